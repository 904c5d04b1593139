/*
 * System calls that move bytes from file to file (sendfile, copy_file_range), make nameless files
 * in memory (memfd_create), and would bring a file's bytes to or from a disk if there were one.
 */
#include "fs/file.h"
#include "fs/memfd.h"
#include "lib/abi/mman.h"
#include "lib/error.h"
#include "mm/slab.h"
#include "proc/task.h"
#include "trap/sys.h"
#include "trap/user.h"

/* Modes of files that memfd_create() makes. */
#define MODE_PROGRAM 0777
#define MODE_DATA    0666

/* Writes at an offset, or (to NULL) at the file's own. */
static ssize_t put_piece(struct file *out, char *buffer, size_t size, const s64 *to)
{
	struct io io;

	io_kernel(&io, buffer, size);
	return to ? file_write_at(out, &io, *to) : file_write(out, &io);
}

/* Copies up to `count` bytes, a page at a time, and advances the offsets. How many, or an errno. */
static s64 copy(struct file *out, struct file *in, s64 *from, s64 *to, u64 count)
{
	KMALLOC_HELD char *buffer = kmalloc(PAGE_SIZE);
	ssize_t piece = 0;
	u64 done = 0;

	if (!buffer)
		return -ENOMEM;
	count = min(count, TRANSFER_MAX);
	while (done < count && wait_give_way()) {
		piece = file_read_kernel(in, buffer, min(count - done, PAGE_SIZE), *from);
		if (piece > 0)
			piece = put_piece(out, buffer, (size_t)piece, to);
		if (piece <= 0)
			break;
		*from += piece;
		if (to)
			*to += piece;
		done += (u64)piece;
	}
	return done ? (s64)done : piece;
}

/* The offset to read or write at: the one at a user address or, if that is 0, the file's own. */
static s64 offset_from_user(struct file *file, u64 address, s64 *offset)
{
	if (!address)
		return *offset = file_seek(file, 0, SEEK_CUR);
	return from_user(offset, address, sizeof(*offset));
}

static s64 offset_to_user(struct file *file, u64 address, s64 offset)
{
	if (!address)
		return min(file_seek(file, offset, SEEK_SET), (s64)0);
	return to_user(address, &offset, sizeof(offset));
}

/* Shortens the count to what can be read; refuses overlaps. 0 or an errno, as on Linux. */
static s64 check_copy(struct file *in, struct file *out, u64 from, u64 to, u64 *count)
{
	u64 size = inode_size(in->inode);

	if (from + *count < from || to + *count < to)
		return -EOVERFLOW;
	if ((s64)from < 0 || (s64)to < 0)
		return -EINVAL;
	*count = from < size ? min(*count, size - from) : 0;
	if (in->inode == out->inode && from < to + *count && to < from + *count)
		return -EINVAL;
	return 0;
}

/* Only regular files can be copied. 0 or an errno. */
static s64 check_copied(struct file *in, struct file *out)
{
	if (!in || !out)
		return -EBADF;
	if (inode_is_directory(in->inode) || inode_is_directory(out->inode))
		return -EISDIR;
	if (!S_ISREG(in->inode->type) || !S_ISREG(out->inode->type))
		return -EINVAL;
	return file_may_read(in) && file_may_write(out) && !(file_flags(out) & O_APPEND) ? 0
											 : -EBADF;
}

s64 sys_copy_file_range(u64 in_fd, u64 in_address, u64 out_fd, u64 out_address, u64 count,
	u64 flags)
{
	FILE_HELD struct file *in = user_file(in_fd);
	FILE_HELD struct file *out = user_file(out_fd);
	s64 from, to, done = flags ? -EINVAL : check_copied(in, out);

	count = min(count, TRANSFER_MAX);
	if (!done)
		done = min(offset_from_user(in, in_address, &from), (s64)0);
	if (!done)
		done = min(offset_from_user(out, out_address, &to), (s64)0);
	if (!done)
		done = check_copy(in, out, (u64)from, (u64)to, &count);
	if (!done)
		done = copy(out, in, &from, &to, count);
	if (done > 0 &&
		(offset_to_user(in, in_address, from) < 0 ||
			offset_to_user(out, out_address, to) < 0))
		done = -EFAULT;
	return done;
}

s64 sys_sendfile(u64 out_fd, u64 in_fd, u64 offset_address, u64 count)
{
	FILE_HELD struct file *in = user_file(in_fd);
	FILE_HELD struct file *out = user_file(out_fd);
	s64 offset, done;

	if (!in || !out || !file_may_read(in) || !file_may_write(out))
		return -EBADF;
	if (!in->operations->seekable)
		return offset_address ? -ESPIPE : -EINVAL;
	if (inode_is_directory(in->inode) || (file_flags(out) & O_APPEND))
		return -EINVAL;
	done = offset_from_user(in, offset_address, &offset);
	if (done < 0)
		return done;
	done = offset < 0 ? -EINVAL : copy(out, in, &offset, NULL, count);
	if (done == -EPIPE)
		user_broken_pipe(out);
	if (done >= 0 && offset_to_user(in, offset_address, offset))
		done = -EFAULT;
	return done;
}

s64 sys_memfd_create(u64 address, u64 flags)
{
	char name[MEMFD_NAME_MAX + 1];
	ssize_t length;
	struct file *file;

	if (flags & ~(u64)(MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL | MFD_EXEC))
		return -EINVAL;
	if ((flags & MFD_EXEC) && (flags & MFD_NOEXEC_SEAL))
		return -EINVAL;
	length = copy_string_from_user(current_space(), name, UADDR(address), sizeof(name));
	if (length < 0)
		return length == -ENAMETOOLONG ? -EINVAL : length;
	file = memfd_create(name, flags & MFD_NOEXEC_SEAL ? MODE_DATA : MODE_PROGRAM,
		flags & MFD_NOEXEC_SEAL             ? F_SEAL_EXEC
			: flags & MFD_ALLOW_SEALING ? 0
						    : F_SEAL_SEAL);
	return user_file_install(file, 0, flags & MFD_CLOEXEC);
}

/* Everything is in memory: there is nothing to read ahead or to write back. */

s64 sys_readahead(u64 fd, u64 offset UNUSED, u64 count UNUSED)
{
	FILE_HELD struct file *file = user_file(fd);

	if (!file || !file_may_read(file))
		return -EBADF;
	return S_ISREG(file->inode->type) ? 0 : -EINVAL;
}

s64 sys_sync_file_range(u64 fd, u64 offset, u64 length, u64 flags)
{
	FILE_HELD struct file *file = user_file(fd);

	if (!file)
		return -EBADF;
	if ((flags & ~(u64)SYNC_FILE_RANGE_ALL) || (s64)offset < 0 || (s64)(offset + length) < 0 ||
		offset + length < offset)
		return -EINVAL;
	return S_ISREG(file->inode->type) || inode_is_directory(file->inode) ? 0 : -ESPIPE;
}

s64 sys_syncfs(u64 fd)
{
	FILE_HELD struct file *file = user_file(fd);

	return file ? 0 : -EBADF;
}
