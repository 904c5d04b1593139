/*
 * Shared anonymous memory (mm/region.h). The object is a page cache that lives as long as it is
 * mapped, and is protected by its lock.
 */
#include "lib/error.h"
#include "lib/string.h"
#include "mm/cache.h"
#include "mm/region.h"
#include "mm/slab.h"

static struct page *shared_page(struct region *region, u64 index, bool write UNUSED)
{
	struct page *page = cache_find_or_create(region->object, index);

	return page ? page : error_pointer(-ENOMEM);
}

static void shared_get(struct region *region)
{
	cache_mapped(region->object);
}

static void shared_put(struct region *region)
{
	if (!cache_unmapped(region->object))
		return;
	cache_destroy(region->object);
	kfree(region->object);
}

static struct page_cache *shared_cache(struct region *region)
{
	return region->object;
}

static void shared_name(struct region *region UNUSED, char *buffer, size_t size)
{
	strlcpy(buffer, "/dev/zero (deleted)", size);
}

static const struct region_operations shared_operations = {
	.page = shared_page,
	.get = shared_get,
	.put = shared_put,
	.name = shared_name,
	.cache = shared_cache,
};

int shared_memory_create(struct region *model)
{
	struct page_cache *cache = kmalloc(sizeof(*cache));

	if (!cache)
		return -ENOMEM;
	cache_init(cache, NULL);
	cache_mapped(cache);
	model->operations = &shared_operations;
	model->object = cache;
	return 0;
}
