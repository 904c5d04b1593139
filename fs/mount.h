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

/* What mount(2) is told in words; ID_KEEP: nothing. */
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
	bool one_instance; /* mounted once, it cannot be mounted over itself */
	/* A new file of the mode's type, NULL: no memory. NULL: users cannot change names here. */
	struct inode *(*make)(struct mount *mount, u32 mode);
	/* Where they can: whether one more name is to be made. */
	bool (*has_room)(void);
	/* NULL, or for statfs(2): pages that there are for its files, and how many of them are free. */
	void (*capacity)(const struct mount *mount, u64 *total, u64 *available);
	/*
	 * The root directory, counted, with its first entries below it. NULL: no memory. Called with
	 * names_lock held for writing.
	 */
	struct dentry *(*root)(struct mount *mount);
	/* NULL, or: what it makes of mode, owner and ptmx_mode, which otherwise are the root's. */
	void (*configure)(struct mount *mount, const struct mount_options *options);
	void (*show_options)(struct mount *mount, struct text *out);
};

struct mount {
	_Atomic u32 count; /* inodes, and the tree of names */
	/* References to its dentries, but for those that what is linked and its directory have to each other. */
	_Atomic u64 uses;
	const struct file_system *type;
	u32 device;        /* st_dev */
	_Atomic u32 flags; /* MS_*; without names_lock they may be others a moment later */
	_Atomic u64 next_inode;
	_Atomic u64 pages;      /* that its files take */
	_Atomic u64 page_limit; /* 0: none */
	_Atomic u32 writers;    /* regular files that are open for writing */
	struct dentry *root;    /* counted */
	struct dentry *point;   /* the directory that it covers, counted; NULL: the root of all */
	char *source;           /* what mount(2) was told */
	struct list_node node;
};

/* The root of all; never changes after mount_init(). */
extern struct mount *mount_root;

void mount_get(struct mount *mount);
void mount_put(struct mount *mount);

/* Takes every name out of a tree; files that are open live on without one. */
void mount_empty_tree(struct dentry *root) REQUIRES(names_lock);

/* Puts a new file system over a directory. -ENODEV, -ENOTDIR, -EBUSY, -ENOMEM. */
int mount_create(struct path point, const char *source, const char *type, u32 flags,
	const struct mount_options *options) MUST_CHECK;

/* Other flags and options for what is mounted there. -EINVAL: nothing is; -EBUSY: is written to. */
int mount_change(struct path point, u32 flags, const struct mount_options *options) MUST_CHECK;

/* follow: PATH_FOLLOW or 0. detach: even when in use. -EBUSY, -EINVAL: nothing is mounted there. */
int mount_remove(struct path point, u32 follow, bool detach) MUST_CHECK;

/* /proc/<pid>/mounts, /proc/<pid>/mountinfo and /proc/filesystems. */
int mount_show(struct text *out, void *argument);
int mount_show_info(struct text *out, void *argument);
int file_system_show(struct text *out, void *argument);

/*
 * The initial value of one with no place in the tree, for files that have no names (pipes). It is a
 * variable, and never freed. st_dev of its files: one of the numbers that no other has.
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

/* Mounts the root. */
void mount_init(void);
