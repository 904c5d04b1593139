/*
 * Files in memory without a name: their inodes belong to a tmpfs that is mounted nowhere. Seals are
 * checked where the contents change: fs/inode.c, fs/ramfs.c. Locks: see fs/memfd.h.
 */
#include "fs/memfd.h"

#include "fs/dentry.h"
#include "fs/ramfs.h"
#include "lib/error.h"
#include "lib/format.h"

#define SEALS_ALL                                                                         \
	(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_FUTURE_WRITE | \
		F_SEAL_EXEC)

static struct mount memory_mount = MOUNT_HIDDEN(ramfs_type, DEVICE_OF_MEMORY);

struct file *memfd_create(const char *name, u32 mode, u32 seals)
{
	struct inode *inode = ramfs_make_inode(&memory_mount, S_IFREG | mode);
	char shown[MEMFD_NAME_MAX + sizeof("/memfd:")];
	struct dentry *dentry;
	struct file *file;

	if (!inode)
		return NULL;
	inode->seals = seals;
	snprintf(shown, sizeof(shown), "/memfd:%s", name);
	dentry = dentry_create(NULL, shown, inode);
	if (!dentry)
		return NULL;
	dentry_set_state(dentry, DENTRY_DELETED);
	file = file_open_made(dentry, O_RDWR | O_LARGEFILE);
	return is_error(file) ? NULL : file;
}

static bool has_seals(const struct file *file)
{
	const struct inode *inode = file->inode;

	return S_ISREG(inode->type) && inode->operations && inode->operations->reserve;
}

int seals_add(struct file *file, u32 seals)
{
	struct inode *inode = file->inode;
	int error = 0;

	if (!has_seals(file) || (seals & ~(u32)SEALS_ALL))
		return -EINVAL;
	if (!file_may_write(file))
		return -EPERM;
	mutex_lock(&inode->lock);
	if (inode->seals & F_SEAL_SEAL)
		error = -EPERM;
	else if ((seals & F_SEAL_WRITE) && !(inode->seals & F_SEAL_WRITE) &&
		atomic_load(&inode->writable_mappings))
		error = -EBUSY;
	else
		inode->seals |= seals;
	mutex_unlock(&inode->lock);
	return error;
}

s64 seals_get(struct file *file)
{
	return has_seals(file) ? (s64)file->inode->seals : -EINVAL;
}
