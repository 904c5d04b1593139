/*
 * System calls that lock files: flock(2), and the record locks of fcntl(2). What they do is in
 * fs/lock.c.
 */
#include "fs/file.h"
#include "fs/lock.h"
#include "lib/error.h"
#include "proc/task.h"
#include "trap/sys.h"
#include "trap/user.h"

s64 sys_flock(u64 fd, u64 operation)
{
	struct lock_request request = { .pid = -1, .whole = true, .last = LOCK_TO_END };
	FILE_HELD struct file *file = user_file(fd);

	if (!file)
		return -EBADF;
	request.owner = file;
	switch ((u32)operation & ~(u32)LOCK_NB) {
	case LOCK_SH:
		request.type = F_RDLCK;
		break;
	case LOCK_EX:
		request.type = F_WRLCK;
		break;
	case LOCK_UN:
		request.type = F_UNLCK;
		break;
	default:
		return -EINVAL;
	}
	return file_lock_set(file->inode, &request, !(operation & LOCK_NB));
}

/* The bytes that a struct flock is about. 0, -EINVAL or -EOVERFLOW. */
static int find_range(struct file *file, const struct flock *flock, struct lock_request *request)
{
	s64 base = 0, start, last = INT64_MAX;

	if (flock->l_whence == SEEK_CUR)
		base = file->operations->seekable ? file_seek(file, 0, SEEK_CUR) : 0;
	else if (flock->l_whence == SEEK_END)
		base = (s64)inode_size(file->inode);
	else if (flock->l_whence != SEEK_SET)
		return -EINVAL;
	if (__builtin_add_overflow(base, flock->l_start, &start))
		return -EOVERFLOW;
	if (start < 0 || (flock->l_len < 0 && start + flock->l_len < 0))
		return -EINVAL;
	if (flock->l_len > 0 && __builtin_add_overflow(start, flock->l_len - 1, &last))
		return -EOVERFLOW;
	if (flock->l_len < 0) {
		last = start - 1;
		start += flock->l_len;
	}
	request->start = (u64)start;
	request->last = last == INT64_MAX ? LOCK_TO_END : (u64)last;
	return 0;
}

static bool is_of_file(u32 command)
{
	return command == F_OFD_GETLK || command == F_OFD_SETLK || command == F_OFD_SETLKW;
}

static int read_request(struct file *file, u32 command, const struct flock *flock,
	struct lock_request *request)
{
	bool of_file = is_of_file(command);

	if (of_file && flock->l_pid)
		return -EINVAL;
	if (flock->l_type != F_RDLCK && flock->l_type != F_WRLCK && flock->l_type != F_UNLCK)
		return -EINVAL;
	*request = (struct lock_request){
		.owner = of_file ? (const void *)file : current->process->files,
		.pid = of_file ? -1 : (s32)current->process->id,
		.type = flock->l_type,
	};
	return find_range(file, flock, request);
}

/* F_GETLK: reports a lock that is in the way. */
static int tell(struct file *file, const struct lock_request *request, struct flock *flock)
{
	struct lock_request found;

	if (request->type == F_UNLCK)
		return -EINVAL;
	if (!file_lock_test(file->inode, request, &found)) {
		flock->l_type = F_UNLCK;
		return 0;
	}
	*flock = (struct flock){
		.l_type = (short)found.type,
		.l_whence = SEEK_SET,
		.l_start = (long)found.start,
		.l_len = found.last == LOCK_TO_END ? 0 : (long)(found.last - found.start + 1),
		.l_pid = found.pid,
	};
	return 0;
}

static s64 lock(struct file *file, u64 fd, u32 command, const struct lock_request *request)
{
	s64 result;

	if ((request->type == F_RDLCK && !file_may_read(file)) ||
		(request->type == F_WRLCK && !file_may_write(file)))
		return -EBADF;
	result =
		file_lock_set(file->inode, request, command == F_SETLKW || command == F_OFD_SETLKW);
	if (result || is_of_file(command))
		return result;
	/* Another thread may have closed the descriptor before there was a lock to drop. */
	FILE_HELD struct file *present = user_file(fd);

	if (present == file || request->type == F_UNLCK)
		return 0;
	file_locks_drop(file->inode, request->owner);
	return -EBADF;
}

s64 lock_records(struct file *file, u64 fd, u32 command, u64 argument)
{
	struct lock_request request;
	struct flock flock;
	s64 result = from_user(&flock, argument, sizeof(flock));

	if (!result)
		result = read_request(file, command, &flock, &request);
	if (result)
		return result;
	if (command != F_GETLK && command != F_OFD_GETLK)
		return lock(file, fd, command, &request);
	result = tell(file, &request, &flock);
	if (result)
		return result;
	return to_user(argument, &flock, sizeof(flock));
}
