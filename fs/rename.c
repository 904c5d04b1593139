/*
 * Renaming. Locks: see fs/walk.h; all is done under one hold of names_lock, so that nobody sees the
 * file under both names or none.
 */
#include "fs/path.h"

#include "fs/credentials.h"
#include "fs/walk.h"
#include "lib/abi/fcntl.h"
#include "lib/error.h"
#include "mm/slab.h"

/* A rename under way: the two walks, what is moved, and what stood at the new name or NULL. */
struct rename {
	struct walk old, new;
	struct dentry *moved;
	struct dentry *replaced;
};

/* Finds both ends; errors in the old name's directories come before any of the new name. */
static int rename_find(struct rename *rename, struct path new, u32 flags) REQUIRES(names_lock)
{
	struct dentry *found;
	int error = walk_to_last(&rename->old);

	if (!error)
		error = walk_begin(&rename->new, new);
	if (!error)
		error = walk_to_last(&rename->new);
	if (error)
		return error;
	if (rename->old.at->inode->mount != rename->new.at->inode->mount)
		return -EXDEV;
	if (walk_ends_special(&rename->old))
		return -EBUSY;
	if (walk_ends_special(&rename->new))
		return flags & RENAME_NOREPLACE ? -EEXIST : -EBUSY;
	found = walk_find(&rename->old);
	if (is_error(found) || !found)
		return found ? pointer_error(found) : -ENOENT;
	rename->moved = found;
	found = walk_find(&rename->new);
	if (is_error(found))
		return pointer_error(found);
	rename->replaced = found;
	return 0;
}

/* Why it cannot be done; 0: it can. */
static int rename_check(struct rename *rename, u32 flags) REQUIRES(names_lock)
{
	struct dentry *moved = rename->moved, *replaced = rename->replaced;
	bool directory = inode_is_directory(moved->inode), exchange = flags & RENAME_EXCHANGE;
	int error;

	if (exchange && !replaced)
		return -ENOENT;
	error = walk_check_removable(&rename->old, moved->inode);

	if (!error)
		error = replaced ? walk_check_removable(&rename->new, replaced->inode)
				 : walk_check_changeable(&rename->new);
	/* A directory that moves gets another "..". */
	if (!error && directory && rename->old.at != rename->new.at)
		error = permission(moved->inode, W_OK);
	if (error)
		return error;
	if (replaced && (flags & RENAME_NOREPLACE))
		return -EEXIST;
	if (!directory && (rename->old.directory || (rename->new.directory && !exchange)))
		return -ENOTDIR;
	if (exchange && rename->new.directory && !inode_is_directory(replaced->inode))
		return -ENOTDIR;
	if (directory && dentry_is_within(rename->new.at, moved))
		return -EINVAL;
	if (replaced && dentry_is_within(rename->old.at, replaced))
		return exchange ? -EINVAL : -ENOTEMPTY;
	if (moved->mounted)
		return -EBUSY;
	if (!replaced || replaced->inode == moved->inode)
		return 0;
	if (exchange)
		return replaced->mounted ? -EBUSY : 0;
	if (inode_is_directory(replaced->inode) != directory)
		return directory ? -ENOTDIR : -EISDIR;
	if (!directory)
		return 0;
	if (replaced->mounted)
		return -EBUSY;
	return dentry_is_empty_directory(replaced) ? 0 : -ENOTEMPTY;
}

/* Both names stay, each with the other's file. */
static int exchange_names(struct rename *rename, char *name) REQUIRES(names_lock)
{
	char *old_name = kstrdup(rename->old.name);

	if (!old_name) {
		kfree(name);
		return -ENOMEM;
	}
	dentry_exchange(rename->moved, name, rename->replaced, old_name);
	return 0;
}

static int rename_do(struct rename *rename, u32 flags) REQUIRES(names_lock)
{
	struct dentry *replaced = rename->replaced;
	char *name;

	/* Two names of one file: POSIX says to do nothing. */
	if (replaced && replaced->inode == rename->moved->inode)
		return 0;
	name = kstrdup(rename->new.name);
	if (!name)
		return -ENOMEM;
	if (flags & RENAME_EXCHANGE)
		return exchange_names(rename, name);
	if (replaced)
		dentry_unlink(replaced);
	dentry_move(rename->moved, rename->new.at, name);
	return 0;
}

int path_rename(struct path old, struct path new, u32 flags)
{
	struct rename rename = {};
	int error = walk_begin(&rename.old, old);

	if (error)
		return error;
	write_lock(&names_lock);
	error = rename_find(&rename, new, flags);
	if (!error)
		error = rename_check(&rename, flags);
	if (!error)
		error = rename_do(&rename, flags);
	write_unlock(&names_lock);
	dentry_put(rename.moved);
	dentry_put(rename.replaced);
	walk_end(&rename.new);
	walk_end(&rename.old);
	return error;
}
