/*
 * Directory entries: making and freeing them, the trees that directories keep them in, and the path
 * to an entry. Locks: see fs/dentry.h.
 */
#include "fs/dentry.h"

#include "fs/mount.h"
#include "lib/error.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/slab.h"

struct rwlock names_lock;

static struct slab_cache dentry_cache = SLAB_CACHE(dentry_cache, "dentry", sizeof(struct dentry));

/* Gives its first name to a dentry. */
static bool set_name(struct dentry *dentry, const char *name)
{
	size_t size = strlen(name) + 1;

	dentry->name = size > DENTRY_INLINE_NAME ? kmalloc(size) : dentry->inline_name;
	if (!dentry->name)
		return false;
	memcpy(dentry->name, name, size);
	return true;
}

static void free_name(struct dentry *dentry)
{
	if (dentry->name != dentry->inline_name)
		kfree(dentry->name);
}

static void count_uses(struct dentry *dentry, s64 difference)
{
	atomic_fetch_add_explicit(&dentry->inode->mount->uses, (u64)difference,
		memory_order_relaxed);
}

struct dentry *dentry_create(struct dentry *parent, const char *name, struct inode *inode)
{
	struct dentry *dentry = slab_alloc(&dentry_cache);

	if (!dentry)
		goto put_inode;
	*dentry = (struct dentry){ .inode = inode };
	if (!set_name(dentry, name))
		goto free_dentry;
	atomic_init(&dentry->count, 1);
	count_uses(dentry, 1);
	if (parent)
		dentry->parent = dentry_get(parent);
	return dentry;
free_dentry:
	slab_free(&dentry_cache, dentry);
put_inode:
	inode_put(inode);
	return NULL;
}

struct dentry *dentry_get(struct dentry *dentry)
{
	count_uses(dentry, 1);
	atomic_fetch_add_explicit(&dentry->count, 1, memory_order_relaxed);
	return dentry;
}

/* True: that was the last reference. */
static bool let_go(struct dentry *dentry)
{
	count_uses(dentry, -1);
	return atomic_fetch_sub_explicit(&dentry->count, 1, memory_order_acq_rel) == 1;
}

void dentry_put(struct dentry *dentry)
{
	while (dentry && let_go(dentry)) {
		struct dentry *parent = dentry->parent;

		inode_put(dentry->inode);
		free_name(dentry);
		slab_free(&dentry_cache, dentry);
		dentry = parent;
	}
}

struct inode *dentry_to_inode(struct dentry *dentry)
{
	struct inode *inode;

	if (is_error(dentry))
		return (struct inode *)dentry;
	inode = inode_get(dentry->inode);
	dentry_put(dentry);
	return inode;
}

struct dentry *dentry_find(struct dentry *directory, const char *name)
{
	struct tree_node *node = directory->inode->directory.by_name.root;

	while (node) {
		struct dentry *dentry = tree_entry(node, struct dentry, by_name);
		int order = strcmp(name, dentry->name);

		if (order == 0)
			return dentry;
		node = node->child[order > 0];
	}
	return NULL;
}

static void insert_by_name(struct tree *tree, struct dentry *dentry)
{
	struct tree_node *parent = NULL, **link = &tree->root;

	while (*link) {
		parent = *link;
		link = &parent->child[strcmp(dentry->name,
					      tree_entry(parent, struct dentry, by_name)->name) > 0];
	}
	tree_insert(tree, &dentry->by_name, parent, link);
}

/* Positions only grow, so the new one is the last. */
static void insert_by_position(struct tree *tree, struct dentry *dentry)
{
	struct tree_node *last = tree_last(tree);

	tree_insert(tree, &dentry->by_position, last,
		last ? &last->child[TREE_RIGHT] : &tree->root);
}

static void insert(struct dentry *dentry) REQUIRES(names_lock)
{
	struct inode *parent = dentry->parent->inode;

	dentry->position = parent->directory.next_position++;
	insert_by_name(&parent->directory.by_name, dentry);
	insert_by_position(&parent->directory.by_position, dentry);
	if (inode_is_directory(dentry->inode))
		atomic_fetch_add_explicit(&parent->links, 1, memory_order_relaxed);
	inode_touch_modified(parent);
}

static void take_out(struct dentry *dentry) REQUIRES(names_lock)
{
	struct inode *parent = dentry->parent->inode;

	tree_remove(&parent->directory.by_name, &dentry->by_name);
	tree_remove(&parent->directory.by_position, &dentry->by_position);
	if (inode_is_directory(dentry->inode))
		atomic_fetch_sub_explicit(&parent->links, 1, memory_order_relaxed);
	inode_touch_modified(parent);
}

/* A directory is named by its entry and by its own ".". */
static u32 links_of_entry(const struct dentry *dentry)
{
	return inode_is_directory(dentry->inode) ? 2 : 1;
}

void dentry_link(struct dentry *dentry)
{
	insert(dentry_get(dentry));
	count_uses(dentry, -2);
	dentry_set_state(dentry, DENTRY_LINKED);
	atomic_fetch_add_explicit(&dentry->inode->links, links_of_entry(dentry),
		memory_order_relaxed);
	inode_touch_changed(dentry->inode);
}

struct dentry *dentry_add(struct dentry *parent, const char *name, struct inode *inode)
{
	struct dentry *dentry = inode ? dentry_create(parent, name, inode) : NULL;

	if (!dentry)
		return NULL;
	dentry_link(dentry);
	dentry_put(dentry);
	return dentry;
}

void dentry_unlink(struct dentry *dentry)
{
	take_out(dentry);
	dentry_set_state(dentry, DENTRY_DELETED);
	atomic_fetch_sub_explicit(&dentry->inode->links, links_of_entry(dentry),
		memory_order_relaxed);
	inode_touch_changed(dentry->inode);
	count_uses(dentry, 2);
	dentry_put(dentry);
}

void dentry_move(struct dentry *dentry, struct dentry *parent, char *name)
{
	struct dentry *old_parent = dentry->parent;

	take_out(dentry);
	free_name(dentry);
	dentry->name = name;
	dentry->parent = dentry_get(parent);
	insert(dentry);
	dentry_put(old_parent);
	inode_touch_changed(dentry->inode);
}

void dentry_exchange(struct dentry *a, char *name_a, struct dentry *b, char *name_b)
{
	take_out(a);
	take_out(b);
	free_name(a);
	free_name(b);
	a->name = name_a;
	b->name = name_b;
	swap(a->parent, b->parent);
	insert(a);
	insert(b);
	inode_touch_changed(a->inode);
	inode_touch_changed(b->inode);
}

bool dentry_is_empty_directory(struct dentry *dentry)
{
	return tree_empty(&dentry->inode->directory.by_name);
}

struct dentry *dentry_next_of_tree(struct dentry *dentry)
{
	struct tree_node *node = NULL;

	if (inode_is_directory(dentry->inode))
		node = tree_first(&dentry->inode->directory.by_position);
	while (!node && dentry->parent) {
		node = tree_next(&dentry->by_position);
		dentry = dentry->parent;
	}
	return tree_entry_or_null(node, struct dentry, by_position);
}

struct dentry *dentry_up(struct dentry *dentry, struct dentry *root)
{
	while (dentry != root && !dentry->parent && dentry->inode->mount->point)
		dentry = dentry->inode->mount->point;
	return dentry == root || !dentry->parent ? dentry : dentry->parent;
}

bool dentry_is_within(struct dentry *dentry, struct dentry *ancestor)
{
	while (dentry != ancestor) {
		struct dentry *up = dentry_up(dentry, NULL);

		if (up == dentry)
			return false;
		dentry = up;
	}
	return true;
}

/*
 * Writes the path from `root` on, its last component first, towards the buffer's start. The result
 * is where it begins, or NULL: it does not fit. *top: the dentry where it stopped, `root` if it got
 * there.
 */
static char *write_backwards(struct dentry *dentry, struct dentry *root, char *buffer, char *end,
	struct dentry **top) REQUIRES_SHARED(names_lock)
{
	char *start = end;

	while (dentry != root) {
		size_t length = strlen(dentry->name);

		if (!dentry->parent) {
			if (!dentry->inode->mount->point)
				break;
			dentry = dentry->inode->mount->point;
			continue;
		}
		if ((size_t)(start - buffer) < length + 1)
			return NULL;
		start -= length;
		memcpy(start, dentry->name, length);
		*--start = '/';
		dentry = dentry->parent;
	}
	*top = dentry;
	if (start == end && start > buffer)
		*--start = '/';
	return start < end ? start : NULL;
}

/* Precedes the path of an entry that is not below the given root. */
#define UNREACHABLE "(unreachable)"

ssize_t dentry_path(struct dentry *dentry, struct dentry *root, char *buffer, size_t size)
{
	size_t prefix = 0, length;
	struct dentry *top;
	char *start;

	if (dentry_state(dentry) == DENTRY_DELETED)
		return -ENOENT;
	if (size == 0)
		return -ENAMETOOLONG;
	if (!root)
		root = mount_root->root;
	read_lock(&names_lock);
	start = write_backwards(dentry, root, buffer, buffer + size - 1, &top);
	read_unlock(&names_lock);
	if (!start)
		return -ENAMETOOLONG;
	length = (size_t)(buffer + size - 1 - start);
	if (top != root)
		prefix = sizeof(UNREACHABLE) - 1;
	if (prefix + length + 1 > size)
		return -ENAMETOOLONG;
	memmove(buffer + prefix, start, length);
	memcpy(buffer, UNREACHABLE, prefix);
	buffer[prefix + length] = '\0';
	return (ssize_t)(prefix + length);
}

/* Whether it is in no tree, such as a pipe: then its name is its whole path. */
static bool is_alone(struct dentry *dentry)
{
	return !dentry->parent && dentry->inode->mount->root != dentry;
}

void dentry_show_path(struct dentry *dentry, char *buffer, size_t size)
{
	const char *suffix = dentry_state(dentry) == DENTRY_DELETED ? " (deleted)" : "";
	char *end = buffer + size - strlen(suffix) - 1;
	struct dentry *top;
	char *start = NULL;

	read_lock(&names_lock);
	if (!is_alone(dentry))
		start = write_backwards(dentry, NULL, buffer, end, &top);
	if (start) {
		memmove(buffer, start, (size_t)(end - start));
		buffer[end - start] = '\0';
	} else {
		strlcpy(buffer, dentry->name, (size_t)(end - buffer) + 1);
	}
	read_unlock(&names_lock);
	strlcpy(buffer + strlen(buffer), suffix, size - strlen(buffer));
}
