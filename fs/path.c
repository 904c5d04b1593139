/*
 * Walking paths. Locks: see fs/walk.h.
 */
#include "fs/path.h"

#include "fs/context.h"
#include "fs/credentials.h"
#include "fs/mount.h"
#include "fs/walk.h"
#include "lib/abi/fcntl.h"
#include "lib/abi/mount.h"
#include "lib/error.h"
#include "lib/string.h"

bool walk_has_more(struct walk *walk)
{
	for (;;) {
		while (*walk->text == '/')
			walk->text++;
		if (*walk->text)
			return true;
		if (walk->rests == 0)
			return false;
		walk->text = walk->rest[--walk->rests];
	}
}

int walk_begin(struct walk *walk, struct path path)
{
	if (!*path.text)
		return -ENOENT;
	if (strnlen(path.text, PATH_MAX) == PATH_MAX)
		return -ENAMETOOLONG;
	walk->root = fs_context_root(path.context);
	if (*path.text == '/')
		walk->at = dentry_get(walk->root);
	else if (path.start)
		walk->at = dentry_get(path.start);
	else
		walk->at = fs_context_cwd(path.context);
	walk->text = path.text;
	walk->rests = 0;
	walk->links = 0;
	walk->directory = false;
	return 0;
}

void walk_end(struct walk *walk)
{
	dentry_put(walk->at);
	dentry_put(walk->root);
}

/* The walk stands at `dentry` from now on; takes over the reference. */
static void walk_go(struct walk *walk, struct dentry *dentry)
{
	dentry_put(walk->at);
	walk->at = dentry;
}

/*
 * The next component becomes walk->name. Only a directory has components, even "." and "..", and
 * only for callers that may search it.
 */
static int walk_take_name(struct walk *walk)
{
	size_t length = 0;
	int error;

	if (!inode_is_directory(walk->at->inode))
		return -ENOTDIR;
	error = permission(walk->at->inode, X_OK);
	if (error)
		return error;
	while (walk->text[length] && walk->text[length] != '/')
		length++;
	if (length > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(walk->name, walk->text, length);
	walk->name[length] = '\0';
	walk->text += length;
	walk->slash = *walk->text == '/';
	return 0;
}

struct dentry *walk_find(struct walk *walk)
{
	struct inode *inode = walk->at->inode;
	struct dentry *found;

	if (!inode_is_directory(inode))
		return error_pointer(-ENOTDIR);
	found = dentry_find(walk->at, walk->name);
	if (found)
		return dentry_get(found);
	if (inode->operations && inode->operations->lookup)
		return inode->operations->lookup(walk->at, walk->name);
	return NULL;
}

int walk_follow(struct walk *walk, struct inode *link)
{
	if (++walk->links > SYMLOOP_MAX)
		return -ELOOP;
	if (link->operations && link->operations->follow) {
		struct dentry *target = link->operations->follow(link);

		if (is_error(target))
			return pointer_error(target);
		walk_go(walk, target);
		return 0;
	}
	/* The tree holds the link, and its text, as long as names_lock is held. */
	if (*walk->text)
		walk->rest[walk->rests++] = walk->text;
	walk->text = link->target;
	if (*walk->text == '/')
		walk_go(walk, dentry_get(walk->root));
	return 0;
}

bool walk_ends_special(const struct walk *walk)
{
	return !*walk->name || strcmp(walk->name, ".") == 0 || strcmp(walk->name, "..") == 0;
}

int walk_check_changeable(const struct walk *walk)
{
	struct mount *mount = walk->at->inode->mount;

	if (!inode_is_directory(walk->at->inode))
		return -ENOTDIR;
	if (dentry_state(walk->at) == DENTRY_DELETED)
		return -ENOENT;
	if (!mount->type->make)
		return -EPERM;
	/* Unmounted: its names are being taken away. */
	if (dentry_state(mount->root) == DENTRY_DELETED)
		return -ENOENT;
	if (mount->flags & MS_RDONLY)
		return -EROFS;
	return permission(walk->at->inode, W_OK | X_OK);
}

int walk_check_removable(const struct walk *walk, const struct inode *inode)
{
	const struct inode *directory = walk->at->inode;
	int error = walk_check_changeable(walk);

	if (error || !(inode_permissions(directory) & S_ISVTX) || owns_inode(inode))
		return error;
	return inode_uid(directory) == credentials_of_caller()->user.file ? 0 : -EPERM;
}

/* Takes the step to walk->name; `follow`: also through a symbolic link. */
static int walk_step(struct walk *walk, bool follow) REQUIRES_SHARED(names_lock)
{
	struct dentry *next;
	int error;

	if (!*walk->name)
		return 0;
	if (!inode_is_directory(walk->at->inode))
		return -ENOTDIR;
	if (strcmp(walk->name, ".") == 0)
		return 0;
	if (strcmp(walk->name, "..") == 0) {
		walk_go(walk, dentry_get(dentry_up(walk->at, walk->root)));
		return 0;
	}
	next = walk_find(walk);
	if (!next)
		return -ENOENT;
	if (is_error(next))
		return pointer_error(next);
	if (S_ISLNK(next->inode->type) && (follow || walk->directory)) {
		error = walk_follow(walk, next->inode);
		dentry_put(next);
		return error;
	}
	while (next->mounted) {
		struct dentry *covered = next;

		next = dentry_get(covered->mounted->root);
		dentry_put(covered);
	}
	walk_go(walk, next);
	return 0;
}

int walk_to_last(struct walk *walk)
{
	int error;

	walk->name[0] = '\0';
	if (!walk_has_more(walk))
		return 0;
	for (;;) {
		error = walk_take_name(walk);
		if (error)
			return error;
		if (!walk_has_more(walk)) {
			walk->directory |= walk->slash;
			return 0;
		}
		error = walk_step(walk, true);
		if (error)
			return error;
		walk_has_more(walk);
	}
}

struct dentry *path_lookup(struct path path, u32 flags)
{
	struct walk walk;
	struct dentry *found = NULL;
	int error = walk_begin(&walk, path);

	if (error)
		return error_pointer(error);
	read_lock(&names_lock);
	do {
		error = walk_to_last(&walk);
		if (!error)
			error = walk_step(&walk, flags & PATH_FOLLOW);
	} while (!error && walk_has_more(&walk));
	if (!error && walk.directory && !inode_is_directory(walk.at->inode))
		error = -ENOTDIR;
	if (!error)
		found = dentry_get(walk.at);
	read_unlock(&names_lock);
	walk_end(&walk);
	return error ? error_pointer(error) : found;
}
