/*
 * Taking pages of a file away from the spaces that map them, when the file shrinks or gets a hole:
 * called by the file system, through mm/cache.h.
 *
 * There is no list of a page's mappings. A page cache counts the regions that refer to it, and most
 * caches have none; for one that has some, all address spaces are locked at once (space_hold_all())
 * and their regions searched. That is slow, but rare; it needs no memory, and so cannot fail; and
 * what several spaces share is changed in place, for all of them.
 */
#include "mm/cache.h"
#include "mm/space_internal.h"
#include "mm/table.h"

struct withdrawal {
	const struct page_cache *cache;
	u64 first, end; /* in pages */
	bool copies;
};

static void withdraw_from_region(struct space *space, const struct region *region,
	const struct withdrawal *what) REQUIRES(space->table_lock)
{
	u64 region_end = region->offset + ((region->end - region->start) >> PAGE_SHIFT);
	u64 first = max(what->first, region->offset), end = min(what->end, region_end);

	if (first < end)
		table_withdraw(space, region->start + ((first - region->offset) << PAGE_SHIFT),
			region->start + ((end - region->offset) << PAGE_SHIFT),
			what->copies || (region->flags & REGION_SHARED));
}

static void withdraw_from_space(struct space *space, void *argument) NO_THREAD_SAFETY_ANALYSIS
{
	const struct withdrawal *what = argument;
	struct region *region = space->regions ? region_first(space->regions) : NULL;

	for (; region; region = region_next(region))
		if (region->operations && region->operations->cache(region) == what->cache)
			withdraw_from_region(space, region, what);
}

void cache_withdraw(struct page_cache *cache, u64 first, u64 end, bool copies)
{
	struct withdrawal what = { cache, first, end, copies };

	if (!atomic_load(&cache->mappings))
		cache_remove(cache, first, end);
	/* A space that maps it by now may have found a page before that was removed. */
	if (!atomic_load(&cache->mappings))
		return;
	space_hold_all();
	space_for_each_held(withdraw_from_space, &what);
	cache_remove(cache, first, end);
	space_release_all();
}
