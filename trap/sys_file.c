/*
 * System calls that move bytes: read, write and their relatives. What they do is in fs/; here are
 * Linux's arguments and errors.
 */
#include "arch/riscv/layout.h"
#include "fs/credentials.h"
#include "fs/file.h"
#include "fs/mount.h"
#include "lib/abi/mount.h"
#include "lib/error.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "proc/signal.h"
#include "proc/task.h"
#include "trap/sys.h"
#include "trap/user_file.h"
#include "trap/user_path.h"

/* Vectors up to this length need no allocation. */
#define VECTOR_SMALL 8

#define NO_OFFSET INT64_MIN /* the file's own */

static s64 transfer(struct file *file, struct io *io, s64 offset, bool write)
{
	s64 done;

	io->left = min(io->left, TRANSFER_MAX);
	if (offset == NO_OFFSET)
		done = write ? file_write(file, io) : file_read(file, io);
	else
		done = write ? file_write_at(file, io, offset) : file_read_at(file, io, offset);
	if (done == -EPIPE)
		user_broken_pipe(file);
	return done;
}

/* Once for each caller, whose constants decide most of it. */
static ALWAYS_INLINE s64 transfer_buffer(u64 fd, u64 buffer, u64 count, s64 offset, bool write)
{
	struct file *file = user_file(fd);
	struct io io;
	s64 done;

	if (!file)
		return -EBADF;
	if (offset != NO_OFFSET && !file->operations->seekable) {
		done = -ESPIPE;
	} else if (write ? !file_may_write(file) : !file_may_read(file)) {
		done = -EBADF;
	} else if (!is_user_range(buffer, count)) {
		done = -EFAULT;
	} else {
		io_user(&io, current_space(), UADDR(buffer), count);
		done = transfer(file, &io, offset, write);
	}
	file_put(file);
	return done;
}

s64 sys_read(u64 fd, u64 buffer, u64 count)
{
	return transfer_buffer(fd, buffer, count, NO_OFFSET, false);
}

s64 sys_write(u64 fd, u64 buffer, u64 count)
{
	return transfer_buffer(fd, buffer, count, NO_OFFSET, true);
}

s64 sys_pread64(u64 fd, u64 buffer, u64 count, u64 offset)
{
	if ((s64)offset < 0)
		return -EINVAL;
	return transfer_buffer(fd, buffer, count, (s64)offset, false);
}

s64 sys_pwrite64(u64 fd, u64 buffer, u64 count, u64 offset)
{
	if ((s64)offset < 0)
		return -EINVAL;
	return transfer_buffer(fd, buffer, count, (s64)offset, true);
}

static s64 transfer_vector(u64 fd, u64 address, u64 count, s64 offset, bool write)
{
	struct iovec small[VECTOR_SMALL], *vector = small;
	struct file *file = user_file(fd);
	struct io io;
	s64 done;

	if (!file)
		return -EBADF;
	done = -ESPIPE;
	if (offset != NO_OFFSET && !file->operations->seekable)
		goto put_file;
	done = -EBADF;
	if (write ? !file_may_write(file) : !file_may_read(file))
		goto put_file;
	done = -EINVAL;
	if (count > UIO_MAXIOV)
		goto put_file;
	if (count > VECTOR_SMALL)
		vector = kmalloc(count * sizeof(*vector));
	done = -ENOMEM;
	if (!vector)
		goto put_file;
	done = user_vector(vector, address, count);
	if (!done) {
		io_vector(&io, current_space(), vector, count);
		done = transfer(file, &io, offset, write);
	}
	if (vector != small)
		kfree(vector);
put_file:
	file_put(file);
	return done;
}

s64 sys_readv(u64 fd, u64 vector, u64 count)
{
	return transfer_vector(fd, vector, count, NO_OFFSET, false);
}

s64 sys_writev(u64 fd, u64 vector, u64 count)
{
	return transfer_vector(fd, vector, count, NO_OFFSET, true);
}

s64 sys_preadv(u64 fd, u64 vector, u64 count, u64 offset)
{
	if ((s64)offset < 0)
		return -EINVAL;
	return transfer_vector(fd, vector, count, (s64)offset, false);
}

s64 sys_pwritev(u64 fd, u64 vector, u64 count, u64 offset)
{
	if ((s64)offset < 0)
		return -EINVAL;
	return transfer_vector(fd, vector, count, (s64)offset, true);
}

s64 sys_lseek(u64 fd, u64 offset, u64 whence)
{
	struct file *file = user_file(fd);
	s64 result;

	if (!file)
		return -EBADF;
	result = file_seek(file, (s64)offset, (int)whence);
	file_put(file);
	return result;
}

s64 sys_ftruncate(u64 fd, u64 size)
{
	struct file *file = user_file(fd);
	s64 result;

	if (!file)
		return -EBADF;
	if (!file_may_write(file))
		result = -EINVAL;
	else
		result = inode_truncate(file->inode, (s64)size);
	file_put(file);
	return result;
}

/* As if he had opened it for writing. */
static s64 truncate_for_caller(struct inode *inode, s64 size)
{
	s64 error;

	if (!S_ISREG(inode->type))
		return inode_is_directory(inode) ? -EISDIR : -EINVAL;
	if (inode->mount->flags & MS_RDONLY)
		return -EROFS;
	error = permission(inode, W_OK);
	if (!error)
		error = inode_start_writing(inode);
	if (error)
		return error;
	error = inode_truncate(inode, size);
	inode_end_writing(inode);
	return error;
}

s64 sys_truncate(u64 path, u64 size)
{
	struct inode *inode;
	s64 result;

	if ((s64)size < 0)
		return -EINVAL;
	inode = user_inode((u64)AT_FDCWD, path, 0);
	if (is_error(inode))
		return pointer_error(inode);
	result = truncate_for_caller(inode, (s64)size);
	inode_put(inode);
	return result;
}

s64 sys_fallocate(u64 fd, u64 flags, u64 offset, u64 length)
{
	u32 mode = (u32)flags;
	struct file *file;
	s64 result;

	if ((s64)offset < 0 || (s64)length <= 0)
		return -EINVAL;
	if (mode > (FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE) || mode == FALLOC_FL_PUNCH_HOLE)
		return -EOPNOTSUPP;
	file = user_file(fd);
	if (!file)
		return -EBADF;
	if (!file_may_write(file))
		result = -EBADF;
	else if (mode & FALLOC_FL_PUNCH_HOLE)
		result = inode_punch(file->inode, offset, length);
	else
		result = inode_reserve(file->inode, offset, length, mode & FALLOC_FL_KEEP_SIZE);
	file_put(file);
	return result;
}

/* Advice about reading ahead, when all is in memory. */
s64 sys_fadvise64(u64 fd, u64 offset UNUSED, u64 length, u64 advice)
{
	struct file *file = user_file(fd);
	s64 result = 0;

	if (!file)
		return -EBADF;
	if (S_ISFIFO(file->inode->type))
		result = -ESPIPE;
	else if ((s64)length < 0 || advice > POSIX_FADV_NOREUSE)
		result = -EINVAL;
	file_put(file);
	return result;
}

/* All files are in memory, and as safe there as they will ever be. */
s64 sys_fsync(u64 fd)
{
	struct file *file = user_file(fd);
	s64 result;

	if (!file)
		return -EBADF;
	result = S_ISREG(file->inode->type) || inode_is_directory(file->inode) ? 0 : -EINVAL;
	file_put(file);
	return result;
}

s64 sys_sync(void)
{
	return 0;
}
