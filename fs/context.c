/*
 * Root directory, working directory, umask. Locks: see fs/context.h.
 */
#include "fs/context.h"

#include "fs/dentry.h"
#include "fs/mount.h"
#include "mm/slab.h"

#define UMASK_INITIAL 022

static struct fs_context *create(struct dentry *root, struct dentry *cwd, u32 umask)
{
	struct fs_context *context = kmalloc(sizeof(*context));

	if (!context)
		return NULL;
	atomic_init(&context->count, 1);
	atomic_init(&context->umask, umask);
	spin_init(&context->lock);
	context->root = dentry_get(root);
	context->cwd = dentry_get(cwd);
	return context;
}

struct fs_context *fs_context_create(void)
{
	return create(mount_root->root, mount_root->root, UMASK_INITIAL);
}

struct fs_context *fs_context_clone(struct fs_context *context)
{
	struct fs_context *clone;

	spin_lock(&context->lock);
	clone = create(context->root, context->cwd,
		atomic_load_explicit(&context->umask, memory_order_relaxed));
	spin_unlock(&context->lock);
	return clone;
}

struct fs_context *fs_context_get(struct fs_context *context)
{
	if (context)
		atomic_fetch_add_explicit(&context->count, 1, memory_order_relaxed);
	return context;
}

void fs_context_put(struct fs_context *context)
{
	if (!context || atomic_fetch_sub_explicit(&context->count, 1, memory_order_acq_rel) != 1)
		return;
	dentry_put(context->root);
	dentry_put(context->cwd);
	kfree(context);
}

static struct dentry *get_directory(struct fs_context *context, struct dentry **which)
{
	struct dentry *directory;

	spin_lock(&context->lock);
	directory = dentry_get(*which);
	spin_unlock(&context->lock);
	return directory;
}

static void set_directory(struct fs_context *context, struct dentry **which,
	struct dentry *directory)
{
	dentry_get(directory);
	spin_lock(&context->lock);
	swap(*which, directory);
	spin_unlock(&context->lock);
	dentry_put(directory);
}

struct dentry *fs_context_root(struct fs_context *context)
{
	return get_directory(context, &context->root);
}

struct dentry *fs_context_cwd(struct fs_context *context)
{
	return get_directory(context, &context->cwd);
}

void fs_context_set_root(struct fs_context *context, struct dentry *directory)
{
	set_directory(context, &context->root, directory);
}

void fs_context_set_cwd(struct fs_context *context, struct dentry *directory)
{
	set_directory(context, &context->cwd, directory);
}
