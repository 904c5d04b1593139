/*
 * Making and removing names. Locks: see fs/walk.h.
 */
#include "fs/path.h"

#include "fs/credentials.h"
#include "fs/mount.h"
#include "fs/walk.h"
#include "lib/abi/fcntl.h"
#include "lib/abi/mount.h"
#include "lib/error.h"
#include "lib/string.h"

static struct inode *make_inode(struct inode *directory, u32 mode)
{
	struct inode *inode = directory->mount->type->make(directory->mount, mode);

	if (inode)
		inode_inherit_group(inode, directory);
	return inode;
}

struct inode *path_make_nameless(struct dentry *directory, u32 mode)
{
	struct mount *mount = directory->inode->mount;
	struct inode *inode;
	int error = 0;

	if (!inode_is_directory(directory->inode))
		error = -ENOTDIR;
	else if (!mount->type->make)
		error = -EOPNOTSUPP;
	else if (mount->flags & MS_RDONLY)
		error = -EROFS;
	else
		error = permission(directory->inode, W_OK | X_OK);
	if (error)
		return error_pointer(error);
	inode = make_inode(directory->inode, mode);
	return inode ? inode : error_pointer(-ENOMEM);
}

/* Whether a name may be made where the walk stands: as walk_check_changeable(), or -ENOSPC. */
static int check_makeable(const struct walk *walk) REQUIRES_SHARED(names_lock)
{
	int error = walk_check_changeable(walk);

	return error || walk->at->inode->mount->type->has_room() ? error : -ENOSPC;
}

/* Adds the inode under walk->name, which must be free. The result is counted. */
static struct dentry *add_here(struct walk *walk, struct inode *inode) REQUIRES(names_lock)
{
	struct dentry *dentry = dentry_add(walk->at, walk->name, inode);

	return dentry ? dentry_get(dentry) : error_pointer(-ENOMEM);
}

/* Walks to the directory where walk->name is to be made, and checks that it can be. */
static int walk_to_new(struct walk *walk, bool directory) REQUIRES(names_lock)
{
	struct dentry *found;
	int error = walk_to_last(walk);

	if (error)
		return error;
	if (walk_ends_special(walk))
		return -EEXIST;
	found = walk_find(walk);
	if (is_error(found))
		return pointer_error(found);
	if (found) {
		dentry_put(found);
		return -EEXIST;
	}
	if (walk->directory && !directory)
		return -ENOENT;
	return check_makeable(walk);
}

/* Follows `link`, the symbolic link that walk->name turned out to be; takes over the reference. */
static int walk_through(struct walk *walk, struct dentry *link) REQUIRES_SHARED(names_lock)
{
	int error = walk_follow(walk, link->inode);

	dentry_put(link);
	return error;
}

/* The body of path_open_or_create(). */
static struct dentry *open_or_create(struct walk *walk, u32 mode, bool exclusive, u32 flags,
	bool *created) REQUIRES(names_lock)
{
	struct dentry *found;
	int error;

	for (;;) {
		error = walk_to_last(walk);
		if (error)
			return error_pointer(error);
		if (walk_ends_special(walk))
			return error_pointer(exclusive ? -EEXIST : -EISDIR);
		if (walk->directory)
			return error_pointer(-EISDIR);
		found = walk_find(walk);
		if (is_error(found))
			return found;
		if (!found)
			break;
		if (exclusive) {
			dentry_put(found);
			return error_pointer(-EEXIST);
		}
		if (!S_ISLNK(found->inode->type) || !(flags & PATH_FOLLOW))
			return found;
		error = walk_through(walk, found);
		if (error)
			return error_pointer(error);
		if (!walk_has_more(walk))
			return dentry_get(walk->at);
	}
	error = check_makeable(walk);
	if (error)
		return error_pointer(error == -EPERM ? -EACCES : error);
	*created = true;
	return add_here(walk, make_inode(walk->at->inode, mode));
}

struct dentry *path_open_or_create(struct path path, u32 mode, bool exclusive, u32 flags,
	bool *created)
{
	struct walk walk;
	struct dentry *dentry;
	int error = walk_begin(&walk, path);

	if (error)
		return error_pointer(error);
	*created = false;
	write_lock(&names_lock);
	dentry = open_or_create(&walk, mode, exclusive, flags, created);
	write_unlock(&names_lock);
	walk_end(&walk);
	return dentry;
}

/* A new inode for walk->name; target: the text of a symbolic link, else NULL. NULL: no memory. */
static struct inode *complete_inode(struct walk *walk, u32 mode, u32 device, const char *target)
{
	struct inode *inode = make_inode(walk->at->inode, mode);

	if (!inode)
		return NULL;
	inode->device = device;
	if (!target || inode_set_target(inode, target))
		return inode;
	inode_put(inode);
	return NULL;
}

/* Makes a name. The new dentry, counted, or an error pointer. */
static struct dentry *make_name(struct path path, u32 mode, u32 device, const char *target)
{
	struct dentry *made;
	struct walk walk;
	int error = walk_begin(&walk, path);

	if (error)
		return error_pointer(error);
	write_lock(&names_lock);
	error = walk_to_new(&walk, S_ISDIR(mode));
	if (error)
		made = error_pointer(error);
	else
		made = add_here(&walk, complete_inode(&walk, mode, device, target));
	write_unlock(&names_lock);
	walk_end(&walk);
	return made;
}

/* For callers that only want to know whether it was made. */
static int result_of(struct dentry *made)
{
	if (is_error(made))
		return pointer_error(made);
	dentry_put(made);
	return 0;
}

struct dentry *path_make_socket(struct path path, u32 permissions)
{
	return make_name(path, S_IFSOCK | permissions, 0, NULL);
}

int path_mknod(struct path path, u32 mode, u32 device)
{
	return result_of(make_name(path, mode, device, NULL));
}

int path_mkdir(struct path path, u32 mode)
{
	return result_of(make_name(path, S_IFDIR | mode, 0, NULL));
}

int path_symlink(struct path path, const char *target)
{
	if (!*target)
		return -ENOENT;
	return result_of(make_name(path, S_IFLNK | PERMISSIONS_LINK, 0, target));
}

/* Adds a name for an inode that has one already, or is open without a name. */
static int link_here(struct walk *walk, struct inode *inode) REQUIRES(names_lock)
{
	if (inode->mount != walk->at->inode->mount)
		return -EXDEV;
	if (inode_is_directory(inode))
		return -EPERM;
	if (atomic_load_explicit(&inode->links, memory_order_relaxed) == 0 && !inode->linkable)
		return -ENOENT;
	if (!dentry_add(walk->at, walk->name, inode_get(inode)))
		return -ENOMEM;
	inode->linkable = false;
	return 0;
}

int path_link_dentry(struct dentry *dentry, struct path new)
{
	struct walk walk;
	int error = walk_begin(&walk, new);

	if (error)
		return error;
	write_lock(&names_lock);
	error = walk_to_new(&walk, false);
	if (!error)
		error = link_here(&walk, dentry->inode);
	write_unlock(&names_lock);
	walk_end(&walk);
	return error;
}

int path_link(struct path old, u32 flags, struct path new)
{
	DENTRY_HELD struct dentry *dentry = path_lookup(old, flags);

	return is_error(dentry) ? pointer_error(dentry) : path_link_dentry(dentry, new);
}

/* Why unlink() or rmdir() cannot remove the entry; 0: they can. */
static int check_removable(struct walk *walk, struct dentry *victim, bool directory)
	REQUIRES(names_lock)
{
	int error = walk_check_removable(walk, victim->inode);

	if (error)
		return error;
	if (!directory) {
		if (inode_is_directory(victim->inode))
			return -EISDIR;
		return walk->directory ? -ENOTDIR : 0;
	}
	if (!inode_is_directory(victim->inode))
		return -ENOTDIR;
	if (victim->mounted)
		return -EBUSY;
	return dentry_is_empty_directory(victim) ? 0 : -ENOTEMPTY;
}

/* The error of removing a last component that is not a name. */
static int error_of_special_name(const char *name, bool directory)
{
	if (!directory)
		return -EISDIR;
	if (strcmp(name, ".") == 0)
		return -EINVAL;
	return strcmp(name, "..") == 0 ? -ENOTEMPTY : -EBUSY;
}

static int remove_name(struct path path, bool directory)
{
	struct walk walk;
	struct dentry *victim = NULL;
	int error = walk_begin(&walk, path);

	if (error)
		return error;
	write_lock(&names_lock);
	error = walk_to_last(&walk);
	if (error)
		goto unlock;
	if (walk_ends_special(&walk)) {
		error = error_of_special_name(walk.name, directory);
		goto unlock;
	}
	victim = walk_find(&walk);
	if (!victim)
		error = -ENOENT;
	else if (is_error(victim))
		error = pointer_error(victim);
	if (error) {
		victim = NULL;
		goto unlock;
	}
	error = check_removable(&walk, victim, directory);
	if (!error)
		dentry_unlink(victim);
unlock:
	write_unlock(&names_lock);
	dentry_put(victim); /* may free a large file, so not under the lock */
	walk_end(&walk);
	return error;
}

int path_unlink(struct path path)
{
	return remove_name(path, false);
}

int path_rmdir(struct path path)
{
	return remove_name(path, true);
}
