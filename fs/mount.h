/*
 * Mounted file systems. Each has its own tree of dentries, and one place in the tree of names.
 * names_lock guards the list of mounts and where they are mounted.
 */
#pragma once

#include <stdatomic.h>

#include "fs/dentry.h"
#include "lib/list.h"
#include "lib/types.h"

struct path;
struct text;

/* The options that mount(2) gets as text; ID_KEEP: not given. */
struct mount_options {
	u64 pages; /* 0: no limit */
	u32 mode, uid, gid;
	u32 ptmx_mode; /* devpts alone has it */
};

#define MOUNT_OPTIONS_NONE                        \
	((struct mount_options){ .mode = ID_KEEP, \
		.uid = ID_KEEP,                   \
		.gid = ID_KEEP,                   \
		.ptmx_mode = ID_KEEP })

struct file_system {
	const char *name;
	u32 magic;         /* for statfs(2) */
	bool one_instance; /* cannot be mounted over itself */
	/*
	 * Makes a file of the mode's type, or returns NULL: no memory. Without this operation,
	 * users cannot change names.
	 */
	struct inode *(*make)(struct mount *mount, u32 mode);
	/* If names can be changed: whether there is room for one more. */
	bool (*has_room)(void);
	/* NULL, or for statfs(2): how many pages its files may have, and how many are free. */
	void (*capacity)(const struct mount *mount, u64 *total, u64 *available);
	/*
	 * Makes the root directory, counted, with its first entries below it. NULL: no memory.
	 * Called with names_lock held for writing.
	 */
	struct dentry *(*root)(struct mount *mount);
	/* Applies mode, owner and ptmx_mode. NULL: mode and owner are set on the root. */
	void (*configure)(struct mount *mount, const struct mount_options *options);
	void (*show_options)(struct mount *mount, struct text *out);
};

struct mount {
	_Atomic u32 count; /* inodes, and the tree of names */
	/*
	 * References to its dentries, except those that a linked dentry and its directory have to
	 * each other.
	 */
	_Atomic u64 uses;
	const struct file_system *type;
	u32 device;        /* st_dev */
	_Atomic u32 flags; /* MS_*; without names_lock they may change at any moment */
	_Atomic u64 next_inode;
	_Atomic u64 pages;      /* taken by its files */
	_Atomic u64 page_limit; /* 0: none */
	_Atomic u32 writers;    /* regular files that are open for writing */
	struct dentry *root;    /* counted */
	struct dentry *point;   /* the directory that it covers, counted; NULL: for mount_root */
	char *source;           /* as given to mount(2) */
	struct list_node node;
};

/* The root of the whole tree; never changes after mount_init(). */
extern struct mount *mount_root;

void mount_get(struct mount *mount);
void mount_put(struct mount *mount);

/* Takes every name out of a tree; open files live on without one. */
void mount_empty_tree(struct dentry *root) REQUIRES(names_lock);

/* Puts a new file system over a directory. -ENODEV, -ENOTDIR, -EBUSY, -ENOMEM. */
int mount_create(struct path point, const char *source, const char *type, u32 flags,
	const struct mount_options *options) MUST_CHECK;

/* Changes a mount's flags and options. -EINVAL: nothing is mounted; -EBUSY: open for writing. */
int mount_change(struct path point, u32 flags, const struct mount_options *options) MUST_CHECK;

/* follow: PATH_FOLLOW or 0. detach: even when in use. -EBUSY, -EINVAL: nothing is mounted there. */
int mount_remove(struct path point, u32 follow, bool detach) MUST_CHECK;

/* /proc/<pid>/mounts, /proc/<pid>/mountinfo and /proc/filesystems. */
int mount_show(struct text *out, void *argument);
int mount_show_info(struct text *out, void *argument);
int file_system_show(struct text *out, void *argument);

/*
 * The initial value of a mount with no place in the tree, for files that have no names (pipes). The
 * mount is a variable, and never freed. number: st_dev of its files, which no other mount has.
 */
#define MOUNT_HIDDEN(file_system, number)                              \
	{                                                              \
		.count = 1, .type = &(file_system), .device = (number) \
	}
enum {
	DEVICE_OF_NAMELESS = 1,
	DEVICE_OF_PIPES,
	DEVICE_OF_MEMORY,
	DEVICE_OF_TERMINALS,
	DEVICES_HIDDEN
};

/* Mounts the root of the whole tree. */
void mount_init(void);
