/*
 * Where a process stands in the tree of names: root directory, working directory, umask. Counted,
 * since clone(CLONE_FS) shares it.
 *
 *	lock	root and cwd: held briefly, inside names_lock
 */
#pragma once

#include <stdatomic.h>

#include "arch/riscv/lock.h"
#include "lib/types.h"

struct dentry;

struct fs_context {
	_Atomic u32 count;
	_Atomic u32 umask; /* permission bits that new files do not get */
	struct spinlock lock;
	struct dentry *root; /* counted, directories */
	struct dentry *cwd;
};

/* A context whose root and cwd are the root of the whole tree, umask 022. NULL: no memory. */
struct fs_context *fs_context_create(void);

/* A copy for fork(). NULL: no memory. */
struct fs_context *fs_context_clone(struct fs_context *context);

struct fs_context *fs_context_get(struct fs_context *context);
void fs_context_put(struct fs_context *context);

/* Counted. */
struct dentry *fs_context_root(struct fs_context *context);
struct dentry *fs_context_cwd(struct fs_context *context);

/* Takes a reference of its own to the directory. */
void fs_context_set_root(struct fs_context *context, struct dentry *directory);
void fs_context_set_cwd(struct fs_context *context, struct dentry *directory);
