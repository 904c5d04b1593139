/*
 * Character devices: the list of them, device nodes, and devtmpfs, which has a node for each.
 * The list only grows, at boot, on one hart: no lock.
 */
#include "fs/device.h"

#include "fs/dentry.h"
#include "fs/ramfs.h"
#include "lib/error.h"

static struct list devices = LIST_INITIAL(devices);

void device_register(struct character_device *device)
{
	list_push_back(&devices, &device->node);
}

static struct character_device *find(u32 number)
{
	struct character_device *device;

	list_for_each_entry(device, &devices, node)
		if (device->number == number)
			return device;
	return NULL;
}

static int node_open(struct file *file)
{
	struct character_device *device = find(file->inode->device);

	if (!device)
		return -ENXIO;
	file->operations = device->operations;
	return device->operations->open ? device->operations->open(file) : 0;
}

const struct file_operations device_node_operations = { .open = node_open };

/* What else belongs in /dev: links into /proc. */
static const struct {
	const char *name, *target;
} links[] = {
	{ "fd", "/proc/self/fd" },
	{ "stdin", "/proc/self/fd/0" },
	{ "stdout", "/proc/self/fd/1" },
	{ "stderr", "/proc/self/fd/2" },
};

/* A new entry of /dev, linked; NULL: no memory. */
static struct inode *add_entry(struct dentry *root, const char *name, u32 mode) REQUIRES(names_lock)
{
	struct inode *inode = ramfs_make_inode(root->inode->mount, mode);

	return dentry_add(root, name, inode) ? inode : NULL;
}

static bool add_devices(struct dentry *root) REQUIRES(names_lock)
{
	struct character_device *device;

	list_for_each_entry(device, &devices, node) {
		struct inode *inode = add_entry(root, device->name, S_IFCHR | device->permissions);

		if (!inode)
			return false;
		inode->device = device->number;
	}
	return true;
}

static bool add_links(struct dentry *root) REQUIRES(names_lock)
{
	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		struct inode *inode = add_entry(root, links[i].name, S_IFLNK | PERMISSIONS_LINK);

		if (!inode || !inode_set_target(inode, links[i].target))
			return false;
	}
	return true;
}

static struct dentry *devtmpfs_root(struct mount *mount) REQUIRES(names_lock)
{
	struct dentry *root = ramfs_make_root(mount, PERMISSIONS_DIRECTORY);

	if (!root)
		return NULL;
	if (add_devices(root) && add_links(root))
		return root;
	mount_empty_tree(root);
	dentry_put(root);
	return NULL;
}

const struct file_system devtmpfs_type = {
	.name = "devtmpfs",
	.magic = TMPFS_MAGIC,
	.one_instance = true,
	.make = ramfs_make_inode,
	.has_room = ramfs_has_room,
	.capacity = ramfs_capacity,
	.root = devtmpfs_root,
};
