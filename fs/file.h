/*
 * Open files: what a descriptor refers to. fork() and dup() share them, offset included.
 *
 *	offset_lock	a mutex: held while a read or write that uses the offset is under way, so
 *			that two writers never write to the same place. Files without an offset
 *			(pipes, terminals) do without it, since they must hold nothing while they
 *			wait.
 */
#pragma once

#include <stdatomic.h>

#include "fs/inode.h"
#include "fs/wait.h"
#include "lib/abi/fcntl.h"
#include "lib/types.h"
#include "mm/uaccess.h"

struct dentry;
struct epoll_item;
struct file;
struct path;
struct poll_table;
struct region;
struct space;

struct file_operations {
	bool seekable;    /* has an offset, and pread() and pwrite() */
	const char *kind; /* of files without a name, as /proc shows it: "anon_inode:[kind]" */
	/* 0 or an errno; may sleep (FIFOs). May replace file->operations and file->private. */
	int (*open)(struct file *file);
	/* The last reference is gone. Must not sleep: munmap() may have dropped it. */
	void (*release)(struct file *file);
	/*
	 * Transfer io->left bytes, or fewer: the result says how many, 0 at the end of the file.
	 * *offset: where; advances by as much (files that are not seekable ignore it).
	 */
	ssize_t (*read)(struct file *file, struct io *io, u64 *offset);
	ssize_t (*write)(struct file *file, struct io *io, u64 *offset);
	/* `argument` may be an address in `space`. -ENOTTY: no such command here. */
	s64 (*ioctl)(struct file *file, u32 command, u64 argument, struct space *space);
	/*
	 * POLL* bits of what would not block now. Joins the queues that a change wakes (fs/poll.h).
	 */
	u32 (*poll)(struct file *file, struct poll_table *table);
	/* Fills in model->operations and model->object, the latter counted. */
	int (*map)(struct file *file, struct region *model);
};

struct file {
	_Atomic u32 count;
	_Atomic u32 flags;  /* O_ACCMODE, O_APPEND, O_NONBLOCK, O_PATH, ... as F_GETFL shows them */
	bool counts_writer; /* is counted in inode->writers, */
	bool denies_writing; /* or against them, as a program */
	const struct file_operations *operations;
	struct inode *inode;
	struct dentry *dentry; /* counted; NULL for pipes */
	struct mutex offset_lock;
	u64 offset;
	void *private;              /* the operations' own */
	struct epoll_item *watches; /* fs/epoll.c */
};

/*
 * Opens a path: flags and mode as for open(2), umask applied. Counted, or an error pointer. May
 * sleep (FIFOs).
 */
struct file *file_open(struct path path, u32 flags, u32 mode);

/*
 * Opens a file that was just made, without checking permissions. Takes over the reference to the
 * dentry. The result is counted, or an error pointer.
 */
struct file *file_open_made(struct dentry *dentry, u32 flags);

/*
 * Opens a program to be run: -EACCES if the caller may not execute it, -ETXTBSY if it is open for
 * writing. Nobody can open it for writing until the last reference is gone. Takes over the
 * reference to the dentry.
 */
struct file *file_open_program(struct dentry *dentry);

/* An open file on an inode without a name (a pipe). Takes a reference to it. NULL: no memory. */
struct file *file_create(struct inode *inode, const struct file_operations *operations, u32 flags);

static inline struct file *file_get(struct file *file)
{
	if (file)
		atomic_fetch_add_explicit(&file->count, 1, memory_order_relaxed);
	return file;
}

void file_put(struct file *file);

static inline void file_put_held(struct file **file)
{
	file_put(*file);
}

/* For a variable with a counted file or NULL: whichever way its block is left, the file is put. */
#define FILE_HELD __attribute__((cleanup(file_put_held)))

/*
 * At the file's own offset, which advances. The caller has checked that it is open for this.
 * -EISDIR.
 */
ssize_t file_read(struct file *file, struct io *io);
ssize_t file_write(struct file *file, struct io *io);

/* The same at an offset of a seekable file, whose own offset stays. -EINVAL (negative offset). */
ssize_t file_read_at(struct file *file, struct io *io, s64 offset);
ssize_t file_write_at(struct file *file, struct io *io, s64 offset);

/* Into kernel memory. */
ssize_t file_read_kernel(struct file *file, void *buffer, size_t size, s64 offset);

/* lseek(2). Devices such as /dev/null and nameless files such as eventfd stay at 0, as on Linux. */
s64 file_seek(struct file *file, s64 offset, int whence);

s64 file_ioctl(struct file *file, u32 command, u64 argument, struct space *space);
u32 file_poll(struct file *file, struct poll_table *table);

/*
 * For mmap(2): fills in what backs a region (operations, object), checks the access mode against
 * model->flags and sets REGION_NO_WRITE where it belongs. After space_map(), whether or not it
 * succeeded, the caller drops its reference: region_model_done(). -EACCES, -ENODEV, -ENOMEM.
 */
int file_map(struct file *file, struct region *model) MUST_CHECK;

/*
 * The file's dentry, counted. For a file that has none, such as a pipe, a new one is made, so that
 * it can be opened again; that may fail: an error pointer (no memory).
 */
struct dentry *file_dentry(struct file *file);

static inline u32 file_flags(const struct file *file)
{
	return atomic_load_explicit(&file->flags, memory_order_relaxed);
}

static inline bool file_may_read(const struct file *file)
{
	return (file_flags(file) & (O_ACCMODE | O_PATH)) == O_RDONLY ||
		(file_flags(file) & (O_ACCMODE | O_PATH)) == O_RDWR;
}

static inline bool file_may_write(const struct file *file)
{
	return (file_flags(file) & (O_ACCMODE | O_PATH)) == O_WRONLY ||
		(file_flags(file) & (O_ACCMODE | O_PATH)) == O_RDWR;
}
