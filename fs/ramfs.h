/*
 * Files in memory: contents in the page cache and nowhere else. This is the root, and tmpfs.
 */
#pragma once

#include "fs/inode.h"
#include "fs/mount.h"

extern const struct file_system ramfs_type;

/* For other file systems that keep their files in the same way. */
struct inode *ramfs_make_inode(struct mount *mount, u32 mode);
struct dentry *ramfs_make_root(struct mount *mount, u32 permissions);
bool ramfs_has_room(void);
void ramfs_capacity(const struct mount *mount, u64 *total, u64 *available);

/* To be called while the memory is still free: sets how much of it files leave free. */
void ramfs_init(void);
