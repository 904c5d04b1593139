/*
 * Shared anonymous memory (mm/shared.h). The object is protected by its count and by the lock of
 * its page cache.
 */
#include "mm/shared.h"

#include <stdatomic.h>

#include "lib/error.h"
#include "lib/string.h"
#include "mm/cache.h"
#include "mm/slab.h"

struct shared_memory {
	_Atomic u32 count;
	struct page_cache cache;
};

static struct page *shared_page(struct region *region, u64 index, bool write UNUSED)
{
	struct shared_memory *memory = region->object;
	struct page *page = cache_find_or_create(&memory->cache, index);

	return page ? page : error_pointer(-ENOMEM);
}

static void shared_get(struct region *region)
{
	struct shared_memory *memory = region->object;

	atomic_fetch_add_explicit(&memory->count, 1, memory_order_relaxed);
}

static void shared_put(struct region *region)
{
	struct shared_memory *memory = region->object;

	if (atomic_fetch_sub_explicit(&memory->count, 1, memory_order_acq_rel) != 1)
		return;
	cache_destroy(&memory->cache);
	kfree(memory);
}

static void shared_name(struct region *region UNUSED, char *buffer, size_t size)
{
	strlcpy(buffer, "/dev/zero (deleted)", size);
}

static u64 shared_inode(struct region *region UNUSED)
{
	return 0;
}

static const struct region_operations shared_operations = {
	.page = shared_page,
	.get = shared_get,
	.put = shared_put,
	.name = shared_name,
	.inode = shared_inode,
};

int shared_memory_create(struct region *model)
{
	struct shared_memory *memory = kmalloc(sizeof(*memory));

	if (!memory)
		return -ENOMEM;
	atomic_init(&memory->count, 1);
	cache_init(&memory->cache);
	model->operations = &shared_operations;
	model->object = memory;
	return 0;
}

void shared_memory_done(struct region *model)
{
	shared_put(model);
}
