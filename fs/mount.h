/*
 * Mounted file systems. Each has its own tree of dentries, and one place in the tree of names.
 * names_lock guards the list of mounts and where they are mounted.
 */
#ifndef COWSLIP_FS_MOUNT_H
#define COWSLIP_FS_MOUNT_H

#include <stdatomic.h>

#include "fs/dentry.h"
#include "lib/list.h"
#include "lib/types.h"

struct path;
struct text;

struct file_system {
	const char *name;
	u32 magic;      /* for statfs(2) */
	bool read_only; /* names cannot be made, moved or removed by users */
	/* Puts the first entries into a new tree. 0 or an errno; the caller then frees the tree. */
	int (*fill)(struct mount *mount);
};

struct mount {
	_Atomic u32 count; /* inodes, and the tree of names */
	const struct file_system *type;
	u32 device; /* st_dev */
	u32 flags;  /* MS_* */
	_Atomic u64 next_inode;
	struct dentry *root;
	struct dentry *point; /* the directory that it covers; NULL: the root of all */
	char *source;         /* what mount(2) was told */
	struct list_node node;
};

/* The root of all; never changes after mount_init(). */
extern struct mount *mount_root;

void mount_get(struct mount *mount);
void mount_put(struct mount *mount);

/* The type of that name; NULL: there is none. */
const struct file_system *file_system_find(const char *name);

/* Puts a new file system over a directory. -ENODEV, -ENOTDIR, -ENOMEM. */
int mount_create(struct path point, const char *source, const char *type, u32 flags) MUST_CHECK;

/* detach: even when in use. -EBUSY, -EINVAL: nothing is mounted there. */
int mount_remove(struct path point, bool detach) MUST_CHECK;

/* /proc/mounts and /proc/filesystems. */
int mount_show(struct text *out);
int file_system_show(struct text *out);

/* Mounts the root. */
void mount_init(void);

#endif
