/*
 * Open files without a name (fs/anonymous.h): their inodes belong to a file system that is mounted
 * nowhere. No locks.
 */
#include "fs/anonymous.h"

#include "fs/mount.h"

static const struct file_system anonymous_file_system = { .name = "anon_inodefs" };
static struct mount anonymous_mount = MOUNT_HIDDEN(anonymous_file_system, DEVICE_OF_NAMELESS);

struct file *anonymous_file(const struct file_operations *operations, void *private, u32 type,
	u32 flags)
{
	struct inode *inode = inode_create(&anonymous_mount, type | S_IRUSR | S_IWUSR);
	struct file *file;

	if (!inode)
		return NULL;
	atomic_init(&inode->links, 1);
	file = file_create(inode, operations, flags);
	inode_put(inode);
	if (file)
		file->private = private;
	return file;
}
