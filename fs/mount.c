/*
 * The table of mounts: putting file systems into the tree of names, and taking them out again.
 * Locks: see fs/mount.h.
 */
#include "fs/mount.h"

#include "fs/credentials.h"
#include "fs/device.h"
#include "fs/path.h"
#include "fs/procfs.h"
#include "fs/pseudo.h"
#include "fs/pty.h"
#include "fs/ramfs.h"
#include "lib/abi/mount.h"
#include "lib/error.h"
#include "lib/log.h"
#include "lib/string.h"
#include "mm/slab.h"

static const struct file_system *const file_systems[] = {
	&ramfs_type,
	&proc_type,
	&devtmpfs_type,
	&devpts_type,
};

struct mount *mount_root;

/* In the order of mounting. */
static struct list mounts GUARDED_BY(names_lock) = LIST_INITIAL(mounts);

static _Atomic u32 next_device = DEVICES_HIDDEN;

static const struct file_system *find_type(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(file_systems); i++)
		if (strcmp(file_systems[i]->name, name) == 0)
			return file_systems[i];
	return NULL;
}

void mount_get(struct mount *mount)
{
	atomic_fetch_add_explicit(&mount->count, 1, memory_order_relaxed);
}

void mount_put(struct mount *mount)
{
	if (atomic_fetch_sub_explicit(&mount->count, 1, memory_order_acq_rel) != 1)
		return;
	kfree(mount->source);
	kfree(mount);
}

/*
 * One step of taking all names out of a tree. Returns where the next step begins; NULL: that was
 * the last. *gone: the dentry that has lost its name, counted, or NULL.
 */
static struct dentry *empty_step(struct dentry *root, struct dentry *dentry, struct dentry **gone)
	REQUIRES(names_lock)
{
	struct dentry *parent = dentry->parent;

	*gone = NULL;
	if (inode_is_directory(dentry->inode) && !dentry_is_empty_directory(dentry))
		return dentry_next_of_tree(dentry);
	if (dentry == root)
		return NULL;
	*gone = dentry_get(dentry);
	dentry_unlink(dentry);
	return parent;
}

void mount_empty_tree(struct dentry *root)
{
	struct dentry *dentry = root, *gone;

	while (dentry) {
		dentry = empty_step(root, dentry, &gone);
		dentry_put(gone);
	}
}

/* Makes a mount with its tree, not yet mounted anywhere. NULL: no memory. */
static struct mount *build(const struct file_system *type, const char *source, u32 flags)
	REQUIRES(names_lock)
{
	struct mount *mount = kmalloc(sizeof(*mount));

	if (!mount)
		return NULL;
	*mount = (struct mount){ .type = type, .flags = flags };
	atomic_init(&mount->count, 1);
	mount->device =
		device_number(0, atomic_fetch_add_explicit(&next_device, 1, memory_order_relaxed));
	mount->source = kstrdup(source);
	if (!mount->source)
		goto put_mount;
	mount->root = type->root(mount);
	if (!mount->root)
		goto put_mount;
	dentry_set_state(mount->root, DENTRY_LINKED);
	return mount;
put_mount:
	mount_put(mount);
	return NULL;
}

/* Whether the type can be mounted over the directory. 0 or an errno. */
static int check_point(struct dentry *directory, const struct file_system *type)
	REQUIRES(names_lock)
{
	struct mount *mount = directory->inode->mount;

	if (!inode_is_directory(directory->inode))
		return -ENOTDIR;
	/* A directory that is made on demand would not be found again. */
	if (dentry_state(directory) != DENTRY_LINKED)
		return -ENOENT;
	if (type->one_instance && mount->type == type && mount->root == directory)
		return -EBUSY;
	return directory->mounted ? -EBUSY : 0;
}

static void set_options(struct mount *mount, const struct mount_options *options)
	REQUIRES(names_lock)
{
	struct inode *root = mount->root->inode;

	if (mount->type->configure) {
		mount->type->configure(mount, options);
		return;
	}
	inode_set_attributes(root, options->mode, options->uid, options->gid);
}

static bool takes_options(const struct file_system *type, const struct mount_options *options)
{
	return type->configure ? !options->pages : options->ptmx_mode == ID_KEEP;
}

/* Whether the root of a mount is still in the tree of names. */
static bool is_mounted(const struct dentry *root) REQUIRES_SHARED(names_lock)
{
	return dentry_state(root) == DENTRY_LINKED;
}

int mount_change(struct path point, u32 flags, const struct mount_options *options)
{
	struct dentry *root = path_lookup(point, PATH_FOLLOW);
	struct mount *mount;
	int error = 0;

	if (is_error(root))
		return pointer_error(root);
	mount = root->inode->mount;
	write_lock(&names_lock);
	if (root != mount->root || !is_mounted(root))
		error = -EINVAL;
	else if ((flags & MS_RDONLY) && atomic_load(&mount->writers))
		error = -EBUSY;
	else if (!takes_options(mount->type, options) ||
		(options->pages && options->pages < mount->pages))
		error = -EINVAL;
	if (!error) {
		mount->flags = flags;
		if (options->pages)
			mount->page_limit = options->pages;
		if (mount->type->configure)
			mount->type->configure(mount, options);
	}
	write_unlock(&names_lock);
	dentry_put(root);
	return error;
}

int mount_create(struct path point, const char *source, const char *type_name, u32 flags,
	const struct mount_options *options)
{
	const struct file_system *type = find_type(type_name);
	struct dentry *directory;
	struct mount *mount;
	int error;

	directory = path_lookup(point, PATH_FOLLOW);
	if (is_error(directory))
		return pointer_error(directory);
	write_lock(&names_lock);
	error = type ? check_point(directory, type) : -ENODEV;
	if (!error && !takes_options(type, options))
		error = -EINVAL;
	if (error)
		goto unlock;
	mount = build(type, source, flags);
	if (!mount) {
		error = -ENOMEM;
		goto unlock;
	}
	mount->page_limit = options->pages;
	set_options(mount, options);
	mount->point = dentry_get(directory);
	directory->mounted = mount;
	list_push_back(&mounts, &mount->node);
unlock:
	write_unlock(&names_lock);
	dentry_put(directory);
	return error;
}

/*
 * Takes a mount out of the tree of names. Nothing is mounted in it, and from here on nobody makes
 * names in it. It is moved to `gone` along with the tree's reference.
 */
static void take_down(struct mount *mount, struct list *gone) REQUIRES(names_lock)
{
	struct dentry *covered = mount->point;

	ASSERT(covered);
	covered->mounted = NULL;
	mount->point = NULL;
	list_remove(&mount->node);
	dentry_set_state(mount->root, DENTRY_DELETED);
	dentry_put(covered);
	list_push_back(gone, &mount->node);
}

/* How many steps may be taken with names_lock held, while others wait for it. */
#define STEPS_AT_A_TIME 64

/*
 * Removes the names of a mount that was taken down, which nobody else changes, and frees it once
 * nobody uses it. Files are freed without the lock.
 */
static void let_go(struct mount *mount)
{
	struct dentry *dentry = mount->root, *gone[STEPS_AT_A_TIME];

	while (dentry) {
		u32 steps = 0;

		write_lock(&names_lock);
		while (dentry && steps < STEPS_AT_A_TIME)
			dentry = empty_step(mount->root, dentry, &gone[steps++]);
		write_unlock(&names_lock);
		while (steps)
			dentry_put(gone[--steps]);
		(void)!wait_give_way(); /* goes on even if the caller is to die */
	}
	dentry_put(mount->root);
	mount_put(mount);
}

/* Whether `mount` is `top`, or is mounted in its tree, directly or through others. */
static bool is_below(const struct mount *mount, const struct mount *top) REQUIRES(names_lock)
{
	while (mount != top && mount->point)
		mount = mount->point->inode->mount;
	return mount == top;
}

/* The latest mount at or below `top`: nothing is mounted in its tree. */
static struct mount *innermost(const struct mount *top) REQUIRES(names_lock)
{
	struct mount *mount = list_last_entry(&mounts, struct mount, node);

	while (!is_below(mount, top))
		mount = list_entry(mount->node.previous, struct mount, node);
	return mount;
}

/* References to the root: the mount's, and that of the lookup that found it. */
#define MOUNT_USES_LEAST 2

int mount_remove(struct path point, u32 follow, bool detach)
{
	struct dentry *root = path_lookup(point, follow);
	struct list gone = LIST_INITIAL(gone);
	struct mount *mount, *inner;
	int error = 0;

	if (is_error(root))
		return pointer_error(root);
	mount = root->inode->mount;
	write_lock(&names_lock);
	if (root != mount->root || !mount->point)
		error = -EINVAL;
	else if (!detach && atomic_load(&mount->uses) != MOUNT_USES_LEAST)
		error = -EBUSY;
	if (error)
		goto unlock;
	do {
		inner = innermost(mount);
		take_down(inner, &gone);
	} while (inner != mount);
unlock:
	write_unlock(&names_lock);
	dentry_put(root);
	while ((mount = list_pop_front_entry(&gone, struct mount, node)))
		let_go(mount);
	return error;
}

static void show_flags(const struct mount *mount, struct text *out)
{
	text_printf(out, "%s%s%s%s%s", mount->flags & MS_RDONLY ? "ro" : "rw",
		mount->flags & MS_NOSUID ? ",nosuid" : "", mount->flags & MS_NODEV ? ",nodev" : "",
		mount->flags & MS_NOEXEC ? ",noexec" : "",
		mount->flags & MS_RELATIME ? ",relatime" : "");
}

static void show_options(struct mount *mount, struct text *out)
{
	if (mount->page_limit)
		text_printf(out, ",size=%luk", mount->page_limit * (PAGE_SIZE / KIB(1)));
	if (mount->type->show_options)
		mount->type->show_options(mount, out);
}

static void show_name(const char *name, struct text *out)
{
	text_append_name(out, name, " \t\n\\");
	text_printf(out, " ");
}

/* The path of each is found under one hold of names_lock. */
static void show_path(struct mount *mount, struct text *out)
{
	char path[PATH_MAX / 8];

	dentry_show_path(mount->root, path, sizeof(path));
	show_name(path, out);
}

static void show_one(struct mount *mount, struct text *out)
{
	show_name(mount->source, out);
	show_path(mount, out);
	text_printf(out, "%s ", mount->type->name);
	show_flags(mount, out);
	show_options(mount, out);
	text_printf(out, " 0 0\n");
}

/* A mount's number is that of its device. */
static u32 number_of_parent(const struct mount *mount)
{
	u32 number;

	read_lock(&names_lock);
	number = mount->point ? mount->point->inode->mount->device : mount->device;
	read_unlock(&names_lock);
	return number;
}

static void show_info_of_one(struct mount *mount, struct text *out)
{
	text_printf(out, "%u %u %u:%u / ", mount->device, number_of_parent(mount),
		device_major(mount->device), device_minor(mount->device));
	show_path(mount, out);
	show_flags(mount, out);
	text_printf(out, " - %s ", mount->type->name);
	show_name(mount->source, out);
	text_printf(out, "%s", mount->flags & MS_RDONLY ? "ro" : "rw");
	show_options(mount, out);
	text_printf(out, "\n");
}

/*
 * The mount after `mount` in the list, or NULL at its end. The result's root, which holds the
 * mount, is held until the next call passes the mount in.
 */
static struct mount *next_mount(struct mount *mount)
{
	struct list_node *node = NULL;
	struct mount *next = NULL;

	read_lock(&names_lock);
	if (!mount)
		node = list_first(&mounts);
	else if (is_mounted(mount->root))
		node = list_next(&mounts, &mount->node);
	if (node) {
		next = list_entry(node, struct mount, node);
		dentry_get(next->root);
	}
	read_unlock(&names_lock);
	if (mount)
		dentry_put(mount->root);
	return next;
}

int mount_show(struct text *out, void *argument UNUSED)
{
	for (struct mount *mount = next_mount(NULL); mount; mount = next_mount(mount))
		show_one(mount, out);
	return 0;
}

int mount_show_info(struct text *out, void *argument UNUSED)
{
	for (struct mount *mount = next_mount(NULL); mount; mount = next_mount(mount))
		show_info_of_one(mount, out);
	return 0;
}

int file_system_show(struct text *out, void *argument UNUSED)
{
	for (size_t i = 0; i < ARRAY_SIZE(file_systems); i++)
		text_printf(out, "nodev\t%s\n", file_systems[i]->name);
	return 0;
}

void mount_init(void)
{
	struct inode *root;

	write_lock(&names_lock);
	mount_root = build(&ramfs_type, "rootfs", 0);
	if (!mount_root)
		panic("no memory for the root file system");
	root = mount_root->root->inode;
	inode_set_attributes(root, inode_permissions(root) & ~(u32)(S_ISVTX | S_IWGRP | S_IWOTH),
		ID_KEEP, ID_KEEP);
	list_push_back(&mounts, &mount_root->node);
	write_unlock(&names_lock);
}
