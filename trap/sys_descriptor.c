/*
 * System calls on descriptors: open, close, dup, fcntl, ioctl, pipe2.
 */
#include "fs/credentials.h"
#include "fs/file.h"
#include "fs/file_table.h"
#include "fs/memfd.h"
#include "fs/pipe.h"
#include "fs/pty.h"
#include "lib/abi/termios.h"
#include "lib/error.h"
#include "proc/task.h"
#include "trap/sys.h"
#include "trap/user.h"

/* What F_SETFL may change. */
#define FLAGS_CHANGEABLE (O_APPEND | O_NONBLOCK | O_ASYNC | O_DIRECT | O_NOATIME)

static struct file_table *files(void)
{
	return current->process->files;
}

s64 sys_openat(u64 directory, u64 address, u64 flags, u64 mode)
{
	PATH_HELD struct path path = {};
	/* First of all, so that O_CREAT makes no file that then cannot be given a descriptor. */
	int error = file_table_make_room(files());

	if (!error)
		error = user_path_get(&path, directory, address);
	if (error)
		return error;
	return user_file_install(file_open(path, (u32)flags | O_LARGEFILE, (u32)mode), 0,
		flags & O_CLOEXEC);
}

s64 sys_close(u64 fd)
{
	return file_table_close(files(), (u32)fd);
}

s64 sys_close_range(u64 first, u64 last, u64 flags)
{
	if ((u32)first > (u32)last || (flags & ~(u64)CLOSE_RANGE_CLOEXEC))
		return -EINVAL;
	if (!(flags & CLOSE_RANGE_CLOEXEC)) {
		file_table_close_range(files(), (u32)first, (u32)last);
		return 0;
	}
	for (s64 fd = file_table_next(files(), (u32)first); fd >= 0 && fd <= (s64)(u32)last;
		fd = file_table_next(files(), (u64)fd + 1))
		file_table_set_close_on_exec(files(), (u64)fd, true);
	return 0;
}

s64 sys_dup(u64 fd)
{
	struct file *file = user_file_or_path(fd);

	return file ? user_file_install(file, 0, false) : -EBADF;
}

s64 sys_dup3(u64 from, u64 to, u64 flags)
{
	struct file *file;
	s64 fd;

	if ((flags & ~(u64)O_CLOEXEC) || (u32)from == (u32)to)
		return -EINVAL;
	file = user_file_or_path(from);
	if (!file)
		return -EBADF;
	fd = file_table_set(files(), (u32)to, file, flags & O_CLOEXEC);
	if (fd < 0)
		file_put(file);
	return fd;
}

static s64 set_flags(struct file *file, u64 flags)
{
	u32 old = file_flags(file), new;

	if ((flags & O_NOATIME) && !(old & O_NOATIME) && !owns_inode(file->inode))
		return -EPERM;
	do {
		new = (old & ~(u32)FLAGS_CHANGEABLE) | ((u32)flags & FLAGS_CHANGEABLE);
	} while (!atomic_compare_exchange_weak(&file->flags, &old, new));
	return 0;
}

static bool is_of_descriptor(u32 command)
{
	return command == F_DUPFD || command == F_DUPFD_CLOEXEC || command == F_GETFD ||
		command == F_SETFD || command == F_GETFL;
}

s64 sys_fcntl(u64 fd, u64 command, u64 argument)
{
	FILE_HELD struct file *file =
		is_of_descriptor((u32)command) ? user_file_or_path(fd) : user_file(fd);

	if (!file)
		return -EBADF;
	switch ((u32)command) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		return user_file_install(file_get(file), (u32)argument,
			(u32)command == F_DUPFD_CLOEXEC);
	case F_GETFD:
		return file_table_get_close_on_exec(files(), (u32)fd);
	case F_SETFD:
		return file_table_set_close_on_exec(files(), (u32)fd, argument & FD_CLOEXEC);
	case F_GETFL:
		return file_flags(file);
	case F_SETFL:
		return set_flags(file, argument);
	case F_GETPIPE_SZ:
		return S_ISFIFO(file->inode->type) ? (s64)PIPE_CAPACITY : -EBADF;
	case F_ADD_SEALS:
		return seals_add(file, (u32)argument);
	case F_GET_SEALS:
		return seals_get(file);
	case F_GETLK:
	case F_SETLK:
	case F_SETLKW:
	case F_OFD_GETLK:
	case F_OFD_SETLK:
	case F_OFD_SETLKW:
		return lock_records(file, fd, (u32)command, argument);
	default:
		return -EINVAL;
	}
}

/* FIONBIO: like F_SETFL with or without O_NONBLOCK. */
static s64 set_nonblocking(struct file *file, u64 address)
{
	s32 on;
	int error = from_user(&on, address, sizeof(on));

	if (error)
		return error;
	if (on)
		atomic_fetch_or(&file->flags, O_NONBLOCK);
	else
		atomic_fetch_and(&file->flags, ~(u32)O_NONBLOCK);
	return 0;
}

/* FIONREAD of a regular file: the number of bytes from its offset to its end. */
static s64 count_readable(struct file *file, u64 address)
{
	s64 rest = (s64)inode_size(file->inode) - file_seek(file, 0, SEEK_CUR);
	s32 count = (s32)min(max(rest, (s64)0), (s64)INT32_MAX);

	return to_user(address, &count, sizeof(count));
}

/* TIOCGPTPEER: opens the terminal that belongs to a pseudoterminal's master. */
static s64 open_peer(struct file *master, u64 flags)
{
	struct file *file;

	if (flags & ~(u64)(O_ACCMODE | O_NOCTTY | O_NONBLOCK | O_CLOEXEC))
		return -EINVAL;
	file = pty_open_peer(master, (u32)flags & ~O_CLOEXEC);
	return user_file_install(file, 0, flags & O_CLOEXEC);
}

s64 sys_ioctl(u64 fd, u64 command, u64 argument)
{
	FILE_HELD struct file *file = user_file(fd);

	if (!file)
		return -EBADF;
	if ((u32)command == FIOCLEX || (u32)command == FIONCLEX)
		return file_table_set_close_on_exec(files(), (u32)fd, (u32)command == FIOCLEX);
	if ((u32)command == FIONBIO)
		return set_nonblocking(file, argument);
	if ((u32)command == FIONREAD && S_ISREG(file->inode->type))
		return count_readable(file, argument);
	if ((u32)command == TIOCGPTPEER)
		return open_peer(file, argument);
	return file_ioctl(file, (u32)command, argument, current_space());
}

s64 sys_pipe2(u64 address, u64 flags)
{
	struct file *ends[2];
	int error;

	if (flags & ~(u64)(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	error = pipe_create(&ends[0], &ends[1], (u32)flags & O_NONBLOCK);
	return error ? error : user_file_install_pair(ends, flags & O_CLOEXEC, address);
}
