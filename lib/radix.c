/*
 * Radix trees. A node at level 0 holds values, one at level n holds nodes of level n - 1; the
 * root is at level height - 1. The caller locks; used by the page cache and for process ids.
 */
#include "lib/radix.h"

#include "lib/error.h"
#include "lib/string.h"

#define INDEX_BITS 64
#define HEIGHT_MAX ((INDEX_BITS + RADIX_BITS - 1) / RADIX_BITS)

static unsigned int slot_of(u64 index, u32 level)
{
	return index >> (level * RADIX_BITS) & (RADIX_WAYS - 1);
}

/* Whether `index` is beyond what `height` levels can hold. */
static bool too_high(u64 index, u32 height)
{
	return height < HEIGHT_MAX && index >> (height * RADIX_BITS) != 0;
}

void radix_init(struct radix *radix, const struct radix_memory *memory)
{
	*radix = (struct radix){ .memory = memory };
}

void *radix_lookup(const struct radix *radix, u64 index)
{
	void *found = radix->root;

	if (too_high(index, radix->height))
		return NULL;
	for (u32 level = radix->height; found && level-- > 0;)
		found = ((struct radix_node *)found)->slot[slot_of(index, level)];
	return found;
}

static struct radix_node *new_node(const struct radix *radix)
{
	struct radix_node *node = radix->memory->allocate();

	if (node)
		memset(node, 0, sizeof(*node));
	return node;
}

/* Frees the empty nodes on the way to `index`, then levels that hold nothing but slot 0. */
static void prune(struct radix *radix, u64 index)
{
	struct radix_node *way[HEIGHT_MAX];
	struct radix_node *node = radix->root;
	u32 level = radix->height;

	if (!node)
		return;
	while (node && level-- > 0) {
		way[level] = node;
		if (level == 0)
			break;
		node = node->slot[slot_of(index, level)];
	}
	for (; level < radix->height && way[level]->used == 0; level++) {
		radix->memory->free(way[level]);
		if (level + 1 == radix->height) {
			radix->root = NULL;
			radix->height = 0;
			return;
		}
		way[level + 1]->slot[slot_of(index, level + 1)] = NULL;
		way[level + 1]->used--;
	}
	while (radix->height > 1 && radix->root->used == 1 && radix->root->slot[0]) {
		struct radix_node *top = radix->root;

		radix->root = top->slot[0];
		radix->height--;
		radix->memory->free(top);
	}
}

/* Adds levels until `index` fits. */
static int grow(struct radix *radix, u64 index)
{
	while (!radix->root || too_high(index, radix->height)) {
		struct radix_node *top = new_node(radix);

		if (!top)
			return -ENOMEM;
		if (radix->root) {
			top->slot[0] = radix->root;
			top->used = 1;
		} else {
			/* An empty tree needs no level below its top: start at the right height. */
			while (too_high(index, radix->height + 1))
				radix->height++;
		}
		radix->root = top;
		radix->height++;
	}
	return 0;
}

int radix_insert(struct radix *radix, u64 index, void *value)
{
	if (grow(radix, index) != 0)
		goto undo;

	struct radix_node *node = radix->root;

	for (u32 level = radix->height - 1; level > 0; level--) {
		void **slot = &node->slot[slot_of(index, level)];

		if (!*slot) {
			*slot = new_node(radix);
			if (!*slot)
				goto undo;
			node->used++;
		}
		node = *slot;
	}

	void **slot = &node->slot[slot_of(index, 0)];

	if (*slot)
		return -EEXIST;
	*slot = value;
	node->used++;
	return 0;

undo:
	prune(radix, index);
	return -ENOMEM;
}

void *radix_remove(struct radix *radix, u64 index)
{
	struct radix_node *node = radix->root;

	if (!node || too_high(index, radix->height))
		return NULL;
	for (u32 level = radix->height - 1; node && level > 0; level--)
		node = node->slot[slot_of(index, level)];
	if (!node)
		return NULL;

	unsigned int slot = slot_of(index, 0);
	void *value = node->slot[slot];

	if (value) {
		node->slot[slot] = NULL;
		node->used--;
		prune(radix, index);
	}
	return value;
}

/* The first value at or after *index under `node`, which is at `level`; sets *index to it. */
static void *next_below(const struct radix_node *node, u32 level, u64 *index)
{
	u64 step = 1UL << (level * RADIX_BITS);

	for (unsigned int slot = slot_of(*index, level); slot < RADIX_WAYS; slot++) {
		void *found = node->slot[slot];

		if (found && level == 0)
			return found;
		if (found) {
			/* What comes back empty-handed has moved *index past this slot. */
			found = next_below(found, level - 1, index);
			if (found)
				return found;
		} else {
			*index = (*index & ~(step - 1)) + step;
		}
		if (*index == 0)
			return NULL;
	}
	return NULL;
}

void *radix_next(const struct radix *radix, u64 *index)
{
	if (!radix->root || too_high(*index, radix->height))
		return NULL;
	return next_below(radix->root, radix->height - 1, index);
}
