/*
 * Directory entries: a name in a directory, and the inode that it names. They are the directories'
 * contents, not a cache of them. Since each mounted file system has one place in the tree, a dentry
 * alone identifies a place: the root directory, a working directory and an open file each hold one.
 *
 *	names_lock	a read-write spin lock over all names of all file systems: paths are walked
 *			with it held for reading, names change and mounts come and go with it held
 *			for writing. Nothing sleeps, and no user memory is touched, while it is
 *			held. Locks of processes and of the allocator are taken inside it.
 *
 * A linked dentry (one with a place in its directory) is held by the directory. A dentry holds its
 * parent, even after it is unlinked. The last dentry_put() takes no lock.
 */
#pragma once

#include <stdatomic.h>

#include "arch/riscv/lock.h"
#include "fs/inode.h"
#include "lib/tree.h"
#include "lib/types.h"

extern struct rwlock names_lock;

#define DENTRY_INLINE_NAME 40

enum dentry_state {
	DENTRY_FLOATING, /* made on demand (/proc), or not linked yet */
	DENTRY_LINKED,   /* has its place in its directory, or is the root of a mounted tree */
	DENTRY_DELETED,
};

struct dentry {
	_Atomic u32 count;
	_Atomic u32 state;     /* enum dentry_state */
	struct dentry *parent; /* NULL: the root of a file system, or in no tree */
	struct inode *inode;
	struct mount *mounted; /* the file system that covers this directory */
	struct tree_node by_name, by_position;
	u64 position; /* in its directory */
	char *name;   /* inline_name, or kmalloc() */
	char inline_name[DENTRY_INLINE_NAME];
};

static inline enum dentry_state dentry_state(const struct dentry *dentry)
{
	return (enum dentry_state)atomic_load_explicit(&dentry->state, memory_order_relaxed);
}

static inline void dentry_set_state(struct dentry *dentry, enum dentry_state state)
{
	atomic_store_explicit(&dentry->state, state, memory_order_relaxed);
}

/*
 * A new dentry, not linked yet. It takes a reference to the parent (which may be NULL) and takes
 * over the caller's reference to the inode, even when it fails. NULL: no memory.
 */
struct dentry *dentry_create(struct dentry *parent, const char *name, struct inode *inode);

struct dentry *dentry_get(struct dentry *dentry);

/* NULL is allowed. */
void dentry_put(struct dentry *dentry);

static inline void dentry_put_held(struct dentry **dentry)
{
	if (!is_error(*dentry))
		dentry_put(*dentry);
}

/* As FILE_HELD (fs/file.h): a counted dentry, or NULL, or an error pointer. */
#define DENTRY_HELD __attribute__((cleanup(dentry_put_held)))

/* The inode, counted, of a dentry whose reference is taken over; an error pointer is passed on. */
struct inode *dentry_to_inode(struct dentry *dentry);

/* The linked entry of that name in the directory, not counted; NULL: none. */
struct dentry *dentry_find(struct dentry *directory, const char *name) REQUIRES_SHARED(names_lock);

/* Puts the dentry into its parent, which must not have that name yet, and counts a link. */
void dentry_link(struct dentry *dentry) REQUIRES(names_lock);

/*
 * A new linked entry, not counted: the parent holds it. Takes over the reference to the inode
 * (which may be NULL: no memory). NULL: no memory.
 */
struct dentry *dentry_add(struct dentry *parent, const char *name, struct inode *inode)
	REQUIRES(names_lock);

/* Takes it out of its parent and uncounts the link. The caller holds a reference of its own. */
void dentry_unlink(struct dentry *dentry) REQUIRES(names_lock);

/* Moves a linked dentry to a name that is free. Takes over `name`, which is from kmalloc(). */
void dentry_move(struct dentry *dentry, struct dentry *parent, char *name) REQUIRES(names_lock);

/* Swaps two linked dentries. Takes over their new names, which are from kmalloc(). */
void dentry_exchange(struct dentry *a, char *name_a, struct dentry *b, char *name_b)
	REQUIRES(names_lock);

bool dentry_is_empty_directory(struct dentry *dentry) REQUIRES_SHARED(names_lock);

/* Whether `ancestor` is the dentry itself or above it, across mounts. */
bool dentry_is_within(struct dentry *dentry, struct dentry *ancestor) REQUIRES_SHARED(names_lock);

/* The dentry after this one in a walk of its tree, directories before their entries. NULL: none. */
struct dentry *dentry_next_of_tree(struct dentry *dentry) REQUIRES_SHARED(names_lock);

/* One step up, across mounts, never above `root`. Not counted. */
struct dentry *dentry_up(struct dentry *dentry, struct dentry *root) REQUIRES_SHARED(names_lock);

/*
 * Writes the path from `root` (NULL: the root of the whole tree) into a buffer. The result is its
 * length without the NUL, -ENAMETOOLONG, or -ENOENT: the dentry was unlinked.
 */
ssize_t dentry_path(struct dentry *dentry, struct dentry *root, char *buffer, size_t size);

/*
 * The same for people to read: an unlinked name is followed by " (deleted)", and of a path that is
 * too long only the last name is shown.
 */
void dentry_show_path(struct dentry *dentry, char *buffer, size_t size);
