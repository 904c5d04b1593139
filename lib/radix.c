/*
 * Radix trees. Each node has a shift: the position of those bits of an index that pick one of its
 * slots. At shift 0 it holds values, else nodes at the next lower shift. The caller locks; used by
 * the page cache and for process ids.
 */
#include "lib/radix.h"

#include "lib/error.h"

#define INDEX_BITS 64
#define HEIGHT_MAX ((INDEX_BITS + RADIX_BITS - 1) / RADIX_BITS)

static unsigned int slot_of(u64 index, u32 shift)
{
	return index >> shift & (RADIX_WAYS - 1);
}

/* Whether `index` has more than `bits` bits. */
static bool too_high(u64 index, u32 bits)
{
	return bits < INDEX_BITS && index >> bits != 0;
}

void radix_init(struct radix *radix, const struct radix_memory *memory)
{
	*radix = (struct radix){ .memory = memory };
}

void *radix_lookup(const struct radix *radix, u64 index)
{
	void *found = radix->root;
	u32 shift = radix->bits;

	if (too_high(index, shift))
		return NULL;
	while (found && shift) {
		shift -= RADIX_BITS;
		found = ((struct radix_node *)found)->slot[slot_of(index, shift)];
	}
	return found;
}

/* Frees the empty nodes on the way to `index`, then top levels that hold nothing but slot 0. */
static void prune(struct radix *radix, u64 index)
{
	struct radix_node *way[HEIGHT_MAX]; /* the nodes from the top down */
	struct radix_node *node = radix->root;
	u32 shift = radix->bits, length = 0;

	while (node && shift) {
		way[length++] = node;
		shift -= RADIX_BITS;
		node = shift ? node->slot[slot_of(index, shift)] : NULL;
	}
	for (; length && way[length - 1]->used == 0; length--, shift += RADIX_BITS) {
		radix->memory->free(way[length - 1]);
		if (length == 1) {
			radix->root = NULL;
			radix->bits = 0;
			return;
		}
		way[length - 2]->slot[slot_of(index, shift + RADIX_BITS)] = NULL;
		way[length - 2]->used--;
	}
	while (radix->bits > RADIX_BITS && radix->root->used == 1 && radix->root->slot[0]) {
		struct radix_node *top = radix->root;

		radix->root = top->slot[0];
		radix->bits -= RADIX_BITS;
		radix->memory->free(top);
	}
}

/* Adds levels until `index` fits. */
static int grow(struct radix *radix, u64 index)
{
	while (!radix->root || too_high(index, radix->bits)) {
		struct radix_node *top = radix->memory->allocate();

		if (!top)
			return -ENOMEM;
		if (radix->root) {
			top->slot[0] = radix->root;
			top->used = 1;
		} else {
			/* An empty tree needs no level below its top: start at the right height. */
			while (too_high(index, radix->bits + RADIX_BITS))
				radix->bits += RADIX_BITS;
		}
		radix->root = top;
		radix->bits += RADIX_BITS;
	}
	return 0;
}

int radix_insert(struct radix *radix, u64 index, void *value)
{
	if (grow(radix, index) != 0)
		goto undo;

	struct radix_node *node = radix->root;

	for (u32 shift = radix->bits - RADIX_BITS; shift; shift -= RADIX_BITS) {
		void **slot = &node->slot[slot_of(index, shift)];

		if (!*slot) {
			*slot = radix->memory->allocate();
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

	if (!node || too_high(index, radix->bits))
		return NULL;
	for (u32 shift = radix->bits - RADIX_BITS; node && shift; shift -= RADIX_BITS)
		node = node->slot[slot_of(index, shift)];
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

/* The first value at or after *index under `node`, which is at `shift`; sets *index to it. */
static void *next_below(const struct radix_node *node, u32 shift, u64 *index)
{
	u64 step = 1UL << shift;

	for (unsigned int slot = slot_of(*index, shift); slot < RADIX_WAYS; slot++) {
		void *found = node->slot[slot];

		if (found && shift == 0)
			return found;
		if (found) {
			/* A search that found nothing has moved *index past this slot. */
			found = next_below(found, shift - RADIX_BITS, index);
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
	if (!radix->root || too_high(*index, radix->bits))
		return NULL;
	return next_below(radix->root, radix->bits - RADIX_BITS, index);
}
