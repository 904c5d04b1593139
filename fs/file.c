/*
 * Open files: making and freeing them, and the way from a call to the file's operations. Locks: see
 * fs/file.h.
 */
#include "fs/file.h"

#include "fs/dentry.h"
#include "fs/epoll.h"
#include "fs/lock.h"
#include "fs/poll.h"
#include "lib/abi/limits.h"
#include "lib/error.h"
#include "lib/format.h"
#include "lib/log.h"
#include "mm/region.h"
#include "mm/slab.h"

static struct slab_cache file_cache = SLAB_CACHE(file_cache, "file", sizeof(struct file));

struct file *file_create(struct inode *inode, const struct file_operations *operations, u32 flags)
{
	struct file *file = slab_alloc(&file_cache);

	if (!file)
		return NULL;
	*file = (struct file){ .operations = operations, .inode = inode_get(inode) };
	atomic_init(&file->count, 1);
	atomic_init(&file->flags, flags);
	mutex_init(&file->offset_lock);
	return file;
}

void file_put(struct file *file)
{
	if (!file || atomic_fetch_sub_explicit(&file->count, 1, memory_order_acq_rel) != 1)
		return;
	if (file->watches)
		epoll_forget(file);
	file_locks_drop(file->inode, file);
	if (file->operations->release)
		file->operations->release(file);
	if (file->counts_writer)
		inode_end_writing(file->inode);
	if (file->denies_writing)
		inode_allow_writing(file->inode);
	inode_put(file->inode);
	dentry_put(file->dentry);
	slab_free(&file_cache, file);
}

/* Whether a transfer that begins there would end beyond the largest offset. */
static bool ends_too_far(u64 offset, const struct io *io)
{
	return offset + io->left > (u64)INT64_MAX;
}

typedef ssize_t transfer_operation(struct file *file, struct io *io, u64 *offset);

/* The operation that reads (or writes) the file, or an error pointer: there is none. */
static transfer_operation *operation_for(struct file *file, bool write)
{
	transfer_operation *operation = write ? file->operations->write : file->operations->read;

	DEBUG_ASSERT(write ? file_may_write(file) : file_may_read(file));
	if (operation)
		return operation;
	return error_pointer(inode_is_directory(file->inode) ? -EISDIR : -EINVAL);
}

static ssize_t transfer(struct file *file, struct io *io, bool write)
{
	transfer_operation *operation = operation_for(file, write);
	ssize_t done;

	if (is_error(operation))
		return pointer_error(operation);
	if (!file->operations->seekable) {
		u64 nowhere = 0;

		return operation(file, io, &nowhere);
	}
	mutex_lock(&file->offset_lock);
	done = ends_too_far(file->offset, io) ? -EINVAL : operation(file, io, &file->offset);
	mutex_unlock(&file->offset_lock);
	return done;
}

static ssize_t transfer_at(struct file *file, struct io *io, s64 offset, bool write)
{
	transfer_operation *operation = operation_for(file, write);
	u64 position = (u64)offset;

	if (offset < 0)
		return -EINVAL;
	if (is_error(operation))
		return pointer_error(operation);
	return ends_too_far(position, io) ? -EINVAL : operation(file, io, &position);
}

ssize_t file_read(struct file *file, struct io *io)
{
	return transfer(file, io, false);
}

ssize_t file_write(struct file *file, struct io *io)
{
	return transfer(file, io, true);
}

ssize_t file_read_at(struct file *file, struct io *io, s64 offset)
{
	return transfer_at(file, io, offset, false);
}

ssize_t file_write_at(struct file *file, struct io *io, s64 offset)
{
	return transfer_at(file, io, offset, true);
}

ssize_t file_read_kernel(struct file *file, void *buffer, size_t size, s64 offset)
{
	struct io io;

	io_kernel(&io, buffer, size);
	return file_read_at(file, &io, offset);
}

/* The offset that lseek() asks for, or an errno. Files are data to their end, without holes. */
static s64 seek_target(struct file *file, s64 offset, int whence)
{
	s64 size = (s64)inode_size(file->inode), target;

	switch (whence) {
	case SEEK_SET:
		return offset;
	case SEEK_CUR:
		return __builtin_add_overflow((s64)file->offset, offset, &target) ? -EINVAL
										  : target;
	case SEEK_END:
		return __builtin_add_overflow(size, offset, &target) ? -EINVAL : target;
	case SEEK_DATA:
		return offset < 0 || offset >= size ? -ENXIO : offset;
	case SEEK_HOLE:
		return offset < 0 || offset >= size ? -ENXIO : size;
	default:
		return -EINVAL;
	}
}

s64 file_seek(struct file *file, s64 offset, int whence)
{
	s64 target;

	if (!file->operations->seekable)
		return file->operations->kind ? 0 : -ESPIPE;
	if (S_ISCHR(file->inode->type))
		return 0;
	mutex_lock(&file->offset_lock);
	target = seek_target(file, offset, whence);
	if (target < 0 && whence <= SEEK_END)
		target = -EINVAL;
	if (target >= 0)
		file->offset = (u64)target;
	mutex_unlock(&file->offset_lock);
	return target;
}

s64 file_ioctl(struct file *file, u32 command, u64 argument, struct space *space)
{
	if (!file->operations->ioctl)
		return -ENOTTY;
	return file->operations->ioctl(file, command, argument, space);
}

u32 file_poll(struct file *file, struct poll_table *table)
{
	if (!file->operations->poll)
		return POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;
	return file->operations->poll(file, table);
}

int file_map(struct file *file, struct region *model)
{
	bool writable = file_may_write(file);

	if (file_flags(file) & O_PATH)
		return -EBADF;
	if (!file_may_read(file))
		return -EACCES;
	if ((model->flags & REGION_SHARED) && !writable) {
		if (model->flags & REGION_WRITE)
			return -EACCES;
		model->flags |= REGION_NO_WRITE;
	}
	model->operations = NULL;
	model->object = NULL;
	return file->operations->map ? file->operations->map(file, model) : -ENODEV;
}

/* The name that /proc shows for a file that has none. */
static void name_nameless(struct file *file, char *buffer, size_t size)
{
	if (file->operations->kind)
		snprintf(buffer, size, "anon_inode:[%s]", file->operations->kind);
	else
		snprintf(buffer, size, "%s:[%lu]", S_ISSOCK(file->inode->type) ? "socket" : "pipe",
			file->inode->number);
}

struct dentry *file_dentry(struct file *file)
{
	char name[NAME_MAX + 1];
	struct dentry *dentry;

	if (file->dentry)
		return dentry_get(file->dentry);
	name_nameless(file, name, sizeof(name));
	dentry = dentry_create(NULL, name, inode_get(file->inode));
	return dentry ? dentry : error_pointer(-ENOMEM);
}
