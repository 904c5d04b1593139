/*
 * Inodes: what a file is, whatever its names are. All file systems here live in memory, so an inode
 * is the file itself; it goes away when it has neither a name (links) nor a user (count).
 *
 *	lock		a mutex: contents and size, mode and owner, while they change. Readers
 *			do without it: they read size once, and take references to pages.
 *	names_lock	(fs/dentry.h) links, the entries of a directory
 *
 * The last inode_put() frees pages, and never sleeps.
 */
#pragma once

#include <stdatomic.h>

#include "fs/wait.h"
#include "lib/abi/stat.h"
#include "lib/error.h"
#include "lib/tree.h"
#include "lib/types.h"
#include "mm/cache.h"

struct dentry;
struct directory_cursor;
struct file_lock;
struct file_operations;
struct inode;
struct mount;
struct pipe;
struct text;

/* The names in a directory: guarded by names_lock. */
struct directory {
	struct tree by_name;
	struct tree by_position; /* the order that readdir keeps while names come and go */
	u64 next_position;
};

/* What differs between file systems. Any of them may be NULL. */
struct inode_operations {
	/*
	 * Directories whose entries are made on demand (/proc): called for a name that is not among
	 * the directory's own entries. The result is a new dentry, not linked to the tree, or NULL:
	 * no such name. Called with names_lock held: must not sleep.
	 */
	struct dentry *(*lookup)(struct dentry *directory, const char *name);
	/*
	 * The names of such entries, after the directory's own ones, from cursor->position on.
	 * Called without names_lock. 0 or an errno.
	 */
	int (*list)(struct inode *inode, struct directory_cursor *cursor);
	/* Symbolic links: the text that readlink shows. 0, -ENOMEM, or another errno. */
	int (*show_target)(struct inode *inode, struct text *out);
	/*
	 * Symbolic links that lead straight to a dentry, whatever their text says (/proc/self/exe):
	 * counted, or an error pointer. Called with names_lock held.
	 */
	struct dentry *(*follow)(struct inode *inode);
	/*
	 * Generated files: whether an open file may still be read, or written. 0 or an errno. NULL:
	 * it may.
	 */
	int (*recheck)(const struct inode *inode, bool write);
	/* Sets the size, with inode->lock held. */
	int (*truncate)(struct inode *inode, u64 size);
	/*
	 * Allocates the pages [first, end), with inode->lock held. -ENOSPC, -EINTR (caller dies).
	 */
	int (*reserve)(struct inode *inode, u64 first, u64 end);
	/* Frees what holds the bytes [start, end), which become zeroes; inode->lock is held. */
	void (*punch)(struct inode *inode, u64 start, u64 end);
	/* Pages that the contents take. */
	u64 (*pages)(struct inode *inode);
	/* The inode is about to be freed: free what belongs to it. */
	void (*evict)(struct inode *inode);
};

#define PERMISSIONS  07777 /* what chmod() sets */
#define EXECUTE_BITS (S_IXUSR | S_IXGRP | S_IXOTH)

/* The usual permissions of directories, generated files and links. */
#define PERMISSIONS_DIRECTORY 0755
#define PERMISSIONS_READ      0444
#define PERMISSIONS_WRITE     0644 /* by root */
#define PERMISSIONS_OWNER     0400 /* the contents concern nobody else */
#define PERMISSIONS_LINK      0777

struct inode {
	_Atomic u32 count; /* users: dentries, and open files without a name */
	u32 type;          /* S_IFMT: never changes */
	/* Read without a lock; `lock` serialises changes to them. */
	_Atomic u32 permissions, uid, gid;
	_Atomic u32 links;
	u32 device; /* of a device node: device_number() */
	u64 number;
	_Atomic u64 size;
	/* Regular files: how many open files can write; negative: how many programs run it. */
	_Atomic s32 writers;
	u32 seals;                               /* F_SEAL_*, of files in memory; under `lock` */
	_Atomic u32 writable_mappings;           /* shared ones */
	bool linkable;                           /* has no name, but may get one: O_TMPFILE */
	_Atomic s64 accessed, modified, changed; /* nanoseconds since 1970 */
	struct mount *mount;                     /* counted */
	const struct inode_operations *operations;
	const struct file_operations *file_operations;
	struct mutex lock;
	union {
		struct page_cache cache;    /* regular files */
		struct directory directory; /* directories */
		char *target;               /* symbolic links: text, kmalloc() */
		struct pipe *pipe;          /* pipes and open FIFOs (fs/pipe.c) */
		const void *definition;     /* generated files: how they are made */
	};
	void *argument;          /* generated files: what they describe */
	struct file_lock *locks; /* fs/lock.c */
};

/*
 * A new inode of a mounted file system: count 1, no links, owned by the caller, the rest as mode
 * says. Takes a reference to the mount. NULL: no memory.
 */
struct inode *inode_create(struct mount *mount, u32 mode);

static inline struct inode *inode_get(struct inode *inode)
{
	if (inode)
		atomic_fetch_add_explicit(&inode->count, 1, memory_order_relaxed);
	return inode;
}

void inode_put(struct inode *inode);

static inline void inode_put_held(struct inode **inode)
{
	if (!is_error(*inode))
		inode_put(*inode);
}

/* As FILE_HELD (fs/file.h): a counted inode, or NULL, or an error pointer. */
#define INODE_HELD __attribute__((cleanup(inode_put_held)))

/*
 * Counts another writer, or another program that nobody may write to while it runs. 0 or -ETXTBSY.
 */
int inode_start_writing(struct inode *inode) MUST_CHECK;
int inode_deny_writing(struct inode *inode) MUST_CHECK;

void inode_end_writing(struct inode *inode);

static inline void inode_allow_writing(struct inode *inode)
{
	atomic_fetch_add_explicit(&inode->writers, 1, memory_order_release);
}

static inline bool inode_is_directory(const struct inode *inode)
{
	return S_ISDIR(inode->type);
}

static inline u32 inode_permissions(const struct inode *inode)
{
	return atomic_load_explicit(&inode->permissions, memory_order_relaxed);
}

static inline u32 inode_uid(const struct inode *inode)
{
	return atomic_load_explicit(&inode->uid, memory_order_relaxed);
}

static inline u32 inode_gid(const struct inode *inode)
{
	return atomic_load_explicit(&inode->gid, memory_order_relaxed);
}

static inline u64 inode_size(struct inode *inode)
{
	return atomic_load_explicit(&inode->size, memory_order_acquire);
}

/* Sets times to now. */
void inode_touch_accessed(struct inode *inode);
void inode_touch_modified(struct inode *inode); /* and changed */
void inode_touch_changed(struct inode *inode);

/* Sets a regular file's size: 0, -EISDIR, -EINVAL (no regular file), -EFBIG, -ENOMEM. Sleeps. */
int inode_truncate(struct inode *inode, s64 size) MUST_CHECK;

/*
 * Makes sure that there is memory for the bytes, so that writing to them finds room; the file grows
 * to hold them, unless keep_size. 0, -EISDIR, -ESPIPE, -ENODEV (no regular file), -EOPNOTSUPP,
 * -EPERM (sealed), -EFBIG, -ENOSPC, -ENOMEM, -EINTR (the caller is to die). Sleeps.
 */
int inode_reserve(struct inode *inode, u64 offset, u64 length, bool keep_size) MUST_CHECK;

/* The opposite: the bytes now read as zeroes and take no room. The size stays. Errors as above. */
int inode_punch(struct inode *inode, u64 offset, u64 length) MUST_CHECK;

/* Sets all three, whoever the caller is; ID_KEEP leaves one as it is. */
void inode_set_attributes(struct inode *inode, u32 permissions, u32 uid, u32 gid);

/* Set permissions, owner and group for the caller; ID_KEEP leaves an id as it is. 0 or -EPERM. */
int inode_set_permissions(struct inode *inode, u32 permissions) MUST_CHECK;
int inode_set_owner(struct inode *inode, u32 uid, u32 gid) MUST_CHECK;

/*
 * RLIMIT_FSIZE: how many of `size` bytes at `offset` the caller may write. 0: none, and the caller
 * has been sent SIGXFSZ: return -EFBIG.
 */
u64 inode_limit_size(u64 offset, u64 size);

/* Takes set-user-id and set-group-id away, since the contents change. inode->lock is held. */
void inode_drop_set_id(struct inode *inode);

/* A new file in a set-group-id directory belongs to its group. */
void inode_inherit_group(struct inode *inode, const struct inode *directory);

/* All that stat(2) reports; st_blocks is in units of STAT_BLOCK_SIZE bytes. */
#define STAT_BLOCK_SIZE 512
void inode_stat(struct inode *inode, struct stat *stat);

/* A new symbolic link's text, copied. False: no memory. */
bool inode_set_target(struct inode *inode, const char *target) MUST_CHECK;

/* Device numbers as Linux packs them into 32 bits. */
static inline u32 device_number(u32 major, u32 minor)
{
	return (minor & 0xff) | (major & 0xfff) << 8 | (minor & ~0xffu) << 12;
}

static inline u32 device_major(u32 device)
{
	return device >> 8 & 0xfff;
}

static inline u32 device_minor(u32 device)
{
	return (device & 0xff) | (device >> 12 & ~0xffu);
}
