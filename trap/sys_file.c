/*
 * System calls that move bytes: read, write and their relatives. What they do is in fs/; this file
 * handles Linux's arguments and errors.
 */
#include "fs/credentials.h"
#include "fs/file.h"
#include "fs/mount.h"
#include "lib/abi/mount.h"
#include "lib/error.h"
#include "mm/slab.h"
#include "proc/task.h"
#include "trap/sys.h"
#include "trap/user.h"

/* Vectors up to this length need no allocation. */
#define VECTOR_SMALL 8

/*
 * The transfers below take `offset`: a place in the file, or NULL for the file's own offset, which
 * they advance. This one checks whether a transfer may begin: 0 or an errno.
 */
static ALWAYS_INLINE s64 check_transfer(const struct file *file, const u64 *offset, bool write)
{
	if (offset && (s64)*offset < 0)
		return -EINVAL;
	if (!file)
		return -EBADF;
	if (offset && !file->operations->seekable)
		return -ESPIPE;
	return (write ? file_may_write(file) : file_may_read(file)) ? 0 : -EBADF;
}

static s64 transfer(struct file *file, struct io *io, const u64 *offset, bool write)
{
	s64 done;

	io->left = min(io->left, TRANSFER_MAX);
	if (!offset)
		done = write ? file_write(file, io) : file_read(file, io);
	else if (write)
		done = file_write_at(file, io, (s64)*offset);
	else
		done = file_read_at(file, io, (s64)*offset);
	if (done == -EPIPE)
		user_broken_pipe(file);
	return done;
}

/* Inlined into each caller, whose constant arguments decide most of it. */
static ALWAYS_INLINE s64 transfer_buffer(u64 fd, u64 buffer, u64 count, const u64 *offset,
	bool write)
{
	FILE_HELD struct file *file = user_file(fd);
	s64 error = check_transfer(file, offset, write);
	struct io io;

	if (error)
		return error;
	if (!is_user_range(buffer, count))
		return -EFAULT;
	io_user(&io, current_space(), UADDR(buffer), count);
	return transfer(file, &io, offset, write);
}

s64 sys_read(u64 fd, u64 buffer, u64 count)
{
	return transfer_buffer(fd, buffer, count, NULL, false);
}

s64 sys_write(u64 fd, u64 buffer, u64 count)
{
	return transfer_buffer(fd, buffer, count, NULL, true);
}

s64 sys_pread64(u64 fd, u64 buffer, u64 count, u64 offset)
{
	return transfer_buffer(fd, buffer, count, &offset, false);
}

s64 sys_pwrite64(u64 fd, u64 buffer, u64 count, u64 offset)
{
	return transfer_buffer(fd, buffer, count, &offset, true);
}

static s64 transfer_vector(u64 fd, u64 address, u64 count, const u64 *offset, bool write)
{
	struct iovec small[VECTOR_SMALL], *vector = small;
	FILE_HELD struct file *file = user_file(fd);
	s64 result = check_transfer(file, offset, write);
	struct io io;

	if (result)
		return result;
	if (count > UIO_MAXIOV)
		return -EINVAL;
	if (count > VECTOR_SMALL)
		vector = kmalloc(count * sizeof(*vector));
	if (!vector)
		return -ENOMEM;
	result = user_vector(vector, address, count);
	if (!result) {
		io_vector(&io, current_space(), vector, count);
		result = transfer(file, &io, offset, write);
	}
	if (vector != small)
		kfree(vector);
	return result;
}

s64 sys_readv(u64 fd, u64 vector, u64 count)
{
	return transfer_vector(fd, vector, count, NULL, false);
}

s64 sys_writev(u64 fd, u64 vector, u64 count)
{
	return transfer_vector(fd, vector, count, NULL, true);
}

s64 sys_preadv(u64 fd, u64 vector, u64 count, u64 offset)
{
	return transfer_vector(fd, vector, count, &offset, false);
}

s64 sys_pwritev(u64 fd, u64 vector, u64 count, u64 offset)
{
	return transfer_vector(fd, vector, count, &offset, true);
}

s64 sys_lseek(u64 fd, u64 offset, u64 whence)
{
	FILE_HELD struct file *file = user_file(fd);

	return file ? file_seek(file, (s64)offset, (int)whence) : -EBADF;
}

s64 sys_ftruncate(u64 fd, u64 size)
{
	FILE_HELD struct file *file = user_file(fd);

	if (!file)
		return -EBADF;
	return file_may_write(file) ? inode_truncate(file->inode, (s64)size) : -EINVAL;
}

/* As if the caller had opened the file for writing. */
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
	if ((s64)size < 0)
		return -EINVAL;
	INODE_HELD struct inode *inode = user_inode((u64)AT_FDCWD, path, 0);

	return is_error(inode) ? pointer_error(inode) : truncate_for_caller(inode, (s64)size);
}

s64 sys_fallocate(u64 fd, u64 flags, u64 offset, u64 length)
{
	FILE_HELD struct file *file = user_file(fd);
	u32 mode = (u32)flags;

	if ((s64)offset < 0 || (s64)length <= 0)
		return -EINVAL;
	if (mode > (FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE) || mode == FALLOC_FL_PUNCH_HOLE)
		return -EOPNOTSUPP;
	if (!file || !file_may_write(file))
		return -EBADF;
	if (mode & FALLOC_FL_PUNCH_HOLE)
		return inode_punch(file->inode, offset, length);
	return inode_reserve(file->inode, offset, length, mode & FALLOC_FL_KEEP_SIZE);
}

/* Advice about reading ahead changes nothing: everything is in memory. */
s64 sys_fadvise64(u64 fd, u64 offset UNUSED, u64 length, u64 advice)
{
	FILE_HELD struct file *file = user_file(fd);

	if (!file)
		return -EBADF;
	if (S_ISFIFO(file->inode->type))
		return -ESPIPE;
	return (s64)length < 0 || advice > POSIX_FADV_NOREUSE ? -EINVAL : 0;
}

/* All files are in memory, and as safe there as they will ever be. */
s64 sys_fsync(u64 fd)
{
	FILE_HELD struct file *file = user_file(fd);

	if (!file)
		return -EBADF;
	return S_ISREG(file->inode->type) || inode_is_directory(file->inode) ? 0 : -EINVAL;
}

s64 sys_sync(void)
{
	return 0;
}
