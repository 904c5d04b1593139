/*
 * Regions and sets of regions (mm/region.h). A set with one reference is protected by its address
 * space's lock, one with more is immutable.
 */
#include "mm/region.h"

#include "lib/abi/errno.h"
#include "lib/log.h"
#include "mm/slab.h"

static struct slab_cache region_cache = SLAB_CACHE(region_cache, "region", sizeof(struct region));
static struct slab_cache regions_cache =
	SLAB_CACHE(regions_cache, "regions", sizeof(struct regions));

static struct region *region_of(struct tree_node *node)
{
	return tree_entry_or_null(node, struct region, node);
}

/* A copy that is in no set, with its own reference to the object. */
static struct region *region_copy(const struct region *model)
{
	struct region *region = slab_alloc(&region_cache);

	if (!region)
		return NULL;
	*region = *model;
	if (region->operations)
		region->operations->get(region);
	return region;
}

/* The same for a set that is to get it; NULL also when the set is full. */
static struct region *region_create(const struct regions *regions, const struct region *model)
{
	return regions->number >= REGIONS_MAX ? NULL : region_copy(model);
}

static void region_free(struct region *region)
{
	if (region->operations)
		region->operations->put(region);
	slab_free(&region_cache, region);
}

static void region_link(struct regions *regions, struct region *region)
{
	struct tree_node *parent = NULL, **link = &regions->tree.root;

	while (*link) {
		parent = *link;
		link = &parent->child[region->start > region_of(parent)->start];
	}
	regions->for_children |= (region->flags & REGION_FOR_CHILDREN) != 0;
	tree_insert(&regions->tree, &region->node, parent, link);
	regions->number++;
}

static void region_unlink(struct regions *regions, struct region *region)
{
	tree_remove(&regions->tree, &region->node);
	regions->number--;
}

struct regions *regions_create(void)
{
	struct regions *regions = slab_alloc(&regions_cache);

	if (!regions)
		return NULL;
	atomic_init(&regions->count, 1);
	tree_init(&regions->tree);
	regions->number = 0;
	regions->for_children = false;
	return regions;
}

void regions_get(struct regions *regions)
{
	atomic_fetch_add_explicit(&regions->count, 1, memory_order_relaxed);
}

void regions_put(struct regions *regions)
{
	/* As with pages: the last holder must see what the others did before they dropped it. */
	if (atomic_fetch_sub_explicit(&regions->count, 1, memory_order_acq_rel) != 1)
		return;
	for (struct region *region = region_first(regions); region;
		region = region_first(regions)) {
		region_unlink(regions, region);
		region_free(region);
	}
	slab_free(&regions_cache, regions);
}

int regions_own(struct regions **regions)
{
	if (atomic_load_explicit(&(*regions)->count, memory_order_acquire) == 1)
		return 0;
	struct regions *copy = regions_create();

	if (!copy)
		return -ENOMEM;
	for (struct region *region = region_first(*regions); region; region = region_next(region)) {
		struct region *twin = region_copy(region);

		if (!twin) {
			regions_put(copy);
			return -ENOMEM;
		}
		region_link(copy, twin);
	}
	regions_put(*regions);
	*regions = copy;
	return 0;
}

struct region *region_find(struct regions *regions, u64 address)
{
	struct tree_node *node = regions->tree.root;
	struct region *best = NULL;

	while (node) {
		struct region *region = region_of(node);

		if (address < region->end) {
			best = region;
			if (address >= region->start)
				break;
			node = node->child[TREE_LEFT];
		} else {
			node = node->child[TREE_RIGHT];
		}
	}
	return best;
}

struct region *region_at(struct regions *regions, u64 address)
{
	struct region *region = region_find(regions, address);

	return region && address >= region->start ? region : NULL;
}

struct region *region_first(struct regions *regions)
{
	return region_of(tree_first(&regions->tree));
}

struct region *region_next(struct region *region)
{
	return region_of(tree_next(&region->node));
}

/* Whether `after` goes on where `before` ends, in the same object. */
static bool region_continues(const struct region *before, const struct region *after)
{
	return before->end == after->start && before->flags == after->flags &&
		before->operations == after->operations && before->object == after->object &&
		(!before->operations ||
			before->offset + ((before->end - before->start) >> PAGE_SHIFT) ==
				after->offset);
}

int region_insert(struct regions *regions, const struct region *model)
{
	struct region *after = region_find(regions, model->start);
	struct region *before =
		region_of(after ? tree_previous(&after->node) : tree_last(&regions->tree));

	DEBUG_ASSERT(!after || after->start >= model->end);
	if (before && region_continues(before, model)) {
		before->end = model->end;
		if (after && region_continues(before, after)) {
			before->end = after->end;
			region_unlink(regions, after);
			region_free(after);
		}
		return 0;
	}
	if (after && region_continues(model, after)) {
		/* Its place in the order does not change. */
		after->start = model->start;
		after->offset = model->offset;
		return 0;
	}
	struct region *region = region_create(regions, model);

	if (!region)
		return -ENOMEM;
	region_link(regions, region);
	return 0;
}

/* Moves the region's start up, and the place in its object with it. */
static void region_trim_start(struct region *region, u64 start)
{
	region->offset += (start - region->start) >> PAGE_SHIFT;
	region->start = start;
}

int region_split(struct regions *regions, struct region *region, u64 address)
{
	struct region *upper = region_create(regions, region);

	if (!upper)
		return -ENOMEM;
	region_trim_start(upper, address);
	region->end = address;
	region_link(regions, upper);
	return 0;
}

void regions_merge(struct regions *regions, u64 start, u64 end)
{
	struct region *region = region_find(regions, start ? start - 1 : 0);

	while (region && region->start <= end) {
		struct region *following = region_next(region);

		if (following && region_continues(region, following)) {
			region->end = following->end;
			region_unlink(regions, following);
			region_free(following);
		} else {
			region = following;
		}
	}
}

int region_remove(struct regions *regions, u64 start, u64 end)
{
	struct region *region = region_find(regions, start);

	/* Only a range inside one region needs memory, and nothing has been changed before. */
	if (region && region->start < start && region->end > end) {
		int error = region_split(regions, region, end);

		if (error)
			return error;
	}
	while (region && region->start < end) {
		struct region *following = region_next(region);

		if (region->start < start) {
			region->end = min(region->end, start);
		} else if (region->end > end) {
			region_trim_start(region, end);
		} else {
			region_unlink(regions, region);
			region_free(region);
		}
		region = following;
	}
	return 0;
}

int region_replace(struct regions *regions, const struct region *model)
{
	struct region *region = region_create(regions, model);

	if (!region)
		return -ENOMEM;
	int error = region_remove(regions, model->start, model->end);

	if (error) {
		region_free(region);
		return error;
	}
	region_link(regions, region);
	return 0;
}

u64 region_gap_below(struct regions *regions, u64 low, u64 high, u64 size)
{
	struct region *above = region_find(regions, high);

	if (above && region_low(above) < high)
		high = region_low(above);
	struct region *below =
		region_of(above ? tree_previous(&above->node) : tree_last(&regions->tree));

	while (below && high - min(high, max(below->end, low)) < size) {
		high = region_low(below);
		below = region_of(tree_previous(&below->node));
	}
	return high >= low && high - low >= size ? high - size : 0;
}
