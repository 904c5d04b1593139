/*
 * From paths to dentries, and the calls that change names.
 *
 * All of them take a context (for the root and the working directory), the directory where a
 * relative path starts (NULL: the working directory) and the path as kernel memory, at most
 * PATH_MAX bytes with the NUL. All errors are those of the man pages: -ENOENT, -ENOTDIR, -ELOOP,
 * -ENAMETOOLONG, -ENOMEM, and those named with each call. None of them sleeps.
 */
#pragma once

#include "fs/dentry.h"
#include "lib/abi/limits.h"
#include "lib/types.h"

struct fs_context;

/* Where a path starts. */
struct path {
	struct fs_context *context;
	struct dentry *start;
	const char *text;
};

#define PATH_FOLLOW 1 /* follow a symbolic link that is the last component */

/* The dentry that the path names, counted, or an error pointer. */
struct dentry *path_lookup(struct path path, u32 flags);

/*
 * For open(O_CREAT): the dentry that the path names, a new regular file if there is none. -EISDIR
 * for a path that ends in a slash; -EEXIST with `exclusive` if there is one. *created: whether the
 * file is new.
 */
struct dentry *path_open_or_create(struct path path, u32 mode, bool exclusive, u32 flags,
	bool *created);

/*
 * An inode for a file without a name in that directory, or an error pointer: -ENOTDIR, -EOPNOTSUPP,
 * -EROFS, -EACCES.
 */
struct inode *path_make_nameless(struct dentry *directory, u32 mode);

/* mode: S_IFMT and permissions, umask already taken off. -EEXIST, -EPERM (not on this fs). */
int path_mknod(struct path path, u32 mode, u32 device) MUST_CHECK;
int path_mkdir(struct path path, u32 mode) MUST_CHECK;
int path_symlink(struct path path, const char *target) MUST_CHECK;

/* The same for the name of a socket: the new dentry, counted, or an error pointer. */
struct dentry *path_make_socket(struct path path, u32 permissions);

/* flags: PATH_FOLLOW for `old`. -EXDEV, -EPERM (a directory), -EEXIST. */
int path_link(struct path old, u32 flags, struct path new) MUST_CHECK;

/* Gives a dentry a further name: as path_link() for a file that is already open. */
int path_link_dentry(struct dentry *dentry, struct path new) MUST_CHECK;

int path_unlink(struct path path) MUST_CHECK; /* -EISDIR */
int path_rmdir(struct path path) MUST_CHECK;  /* -ENOTEMPTY, -EBUSY, -EINVAL (".") */

/* flags: RENAME_NOREPLACE, RENAME_EXCHANGE or 0. */
int path_rename(struct path old, struct path new, u32 flags) MUST_CHECK;
