/*
 * Files in memory: contents in the page cache and nowhere else. This is the root, and tmpfs.
 */
#ifndef COWSLIP_FS_RAMFS_H
#define COWSLIP_FS_RAMFS_H

#include "fs/inode.h"
#include "fs/mount.h"

/*
 * A file stops growing (-ENOSPC) when less than this part of all memory is free, so that a full
 * file system leaves the processes room to run.
 */
#define RAMFS_RESERVE_PART 16

extern const struct file_system ramfs_type;
extern const struct inode_operations ramfs_file_inode_operations;
extern const struct file_operations ramfs_file_operations;

/* A regular file without a name, for shared mappings of /dev/zero and the like: a dentry that is
 * called `name`, unlinked, counted. NULL: no memory. */
struct dentry *ramfs_create_unnamed(const char *name, u64 size);

#endif
