/*
 * devpts: a directory with ptmx and, made on demand, a node for each pseudoterminal. All mounts
 * show the same terminals; the options of the latest mount apply to new ones.
 */
#include "fs/credentials.h"
#include "fs/dentry.h"
#include "fs/directory.h"
#include "fs/pseudo.h"
#include "fs/pty.h"
#include "fs/ramfs.h"
#include "lib/abi/dirent.h"

static struct dentry *lookup(struct dentry *root, const char *name)
{
	s64 number = pseudo_number(name);
	struct inode *inode = number < 0 ? NULL : pty_inode((u32)number);

	return inode ? pseudo_entry(root, name, inode) : NULL;
}

static int list(struct inode *inode UNUSED, struct directory_cursor *cursor)
{
	u64 number;

	while ((number = pty_next(cursor->position - DIRECTORY_LIST_POSITION)) < PTY_LIMIT)
		if (!pseudo_emit(cursor, number, PTS_NUMBER(number), DT_CHR))
			break;
	return 0;
}

static const struct inode_operations root_operations = { .lookup = lookup, .list = list };

static struct dentry *devpts_root(struct mount *mount) REQUIRES(names_lock)
{
	struct dentry *root = ramfs_make_root(mount, PERMISSIONS_DIRECTORY);
	struct inode *ptmx = root ? ramfs_make_inode(mount, S_IFCHR) : NULL;

	if (!root || !dentry_add(root, "ptmx", ptmx)) {
		dentry_put(root);
		return NULL;
	}
	root->inode->operations = &root_operations;
	ptmx->device = ptmx_device.number;
	return root;
}

/* NULL: it has been unmounted. */
static struct dentry *ptmx_of(struct mount *mount) REQUIRES_SHARED(names_lock)
{
	return dentry_find(mount->root, "ptmx");
}

static void configure(struct mount *mount, const struct mount_options *options) REQUIRES(names_lock)
{
	inode_set_attributes(ptmx_of(mount)->inode,
		options->ptmx_mode == ID_KEEP ? 0 : options->ptmx_mode, ID_KEEP, ID_KEEP);
	pty_configure(options);
}

static void show_options(struct mount *mount, struct text *out)
{
	struct dentry *ptmx;
	u32 mode;

	read_lock(&names_lock);
	ptmx = ptmx_of(mount);
	mode = ptmx ? inode_permissions(ptmx->inode) : 0;
	read_unlock(&names_lock);
	pty_show_options(out);
	text_printf(out, ",ptmxmode=%03o", mode);
}

const struct file_system devpts_type = {
	.name = "devpts",
	.magic = DEVPTS_SUPER_MAGIC,
	.root = devpts_root,
	.configure = configure,
	.show_options = show_options,
};
