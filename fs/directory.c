/*
 * Reading directories. Entries are emitted from the tree in the order of their positions, so that
 * entries that come and go meanwhile neither hide others nor make them appear twice.
 */
#include "fs/directory.h"

#include "fs/dentry.h"
#include "fs/file.h"
#include "lib/error.h"

#define MODE_TO_TYPE_SHIFT 12

static u32 type_of(const struct inode *inode)
{
	return inode->type >> MODE_TO_TYPE_SHIFT;
}

/* The entry at the position, or the first one behind it. */
static struct dentry *entry_from(struct directory *directory, u64 position)
	REQUIRES_SHARED(names_lock)
{
	struct tree_node *node = directory->by_position.root;
	struct dentry *found = NULL;

	while (node) {
		struct dentry *dentry = tree_entry(node, struct dentry, by_position);

		if (dentry->position >= position) {
			found = dentry;
			node = node->child[TREE_LEFT];
		} else {
			node = node->child[TREE_RIGHT];
		}
	}
	return found;
}

/* Emits one entry and moves the cursor behind it. False: no room. */
static bool emit(struct directory_cursor *cursor, const char *name, struct inode *inode, u64 next)
{
	if (!cursor->emit(cursor, name, inode->number, type_of(inode), next))
		return false;
	cursor->position = next;
	return true;
}

/* The directory's own entries. False: no room for the next one. */
static bool emit_entries(struct dentry *directory, struct directory_cursor *cursor)
	REQUIRES_SHARED(names_lock)
{
	struct inode *inode = directory->inode;
	struct dentry *entry;

	if (cursor->position == 0 && !emit(cursor, ".", inode, 1))
		return false;
	if (cursor->position == 1 &&
		!emit(cursor, "..", dentry_up(directory, NULL)->inode, DIRECTORY_FIRST_POSITION))
		return false;
	entry = entry_from(&inode->directory, cursor->position - DIRECTORY_FIRST_POSITION);
	while (entry) {
		u64 next = entry->position + DIRECTORY_FIRST_POSITION + 1;

		if (!emit(cursor, entry->name, entry->inode, next))
			return false;
		entry = tree_entry_or_null(tree_next(&entry->by_position), struct dentry,
			by_position);
	}
	return true;
}

int directory_read(struct file *file, struct directory_cursor *cursor)
{
	struct inode *inode = file->inode;
	bool lists = inode->operations && inode->operations->list, more = true;
	int error = 0;

	if (!inode_is_directory(inode))
		return -ENOTDIR;
	if (!file_may_read(file))
		return -EBADF;
	if (dentry_state(file->dentry) == DENTRY_DELETED)
		return -ENOENT;
	mutex_lock(&file->offset_lock);
	cursor->position = cursor->start = file->offset;
	/* Without a list, own entries go on there: every entry ever made gets a new position. */
	if (!lists || cursor->position < DIRECTORY_LIST_POSITION) {
		read_lock(&names_lock);
		more = emit_entries(file->dentry, cursor);
		read_unlock(&names_lock);
	}
	if (more && lists) {
		cursor->position = max(cursor->position, DIRECTORY_LIST_POSITION);
		error = inode->operations->list(inode, cursor);
	}
	file->offset = cursor->position;
	mutex_unlock(&file->offset_lock);
	inode_touch_accessed(inode);
	return error;
}

const struct file_operations directory_file_operations = { .seekable = true };
