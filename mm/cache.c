/*
 * Page caches (mm/cache.h).
 *
 *	cache->lock	the tree of one cache
 *	caches.lock	the list of all caches, and their serial numbers
 */
#include "mm/cache.h"

#include "mm/slab.h"

static struct {
	struct spinlock lock;
	struct list list;
	u64 serial; /* the last one given */
} caches = { .list = LIST_INITIAL(caches.list) };

static struct slab_cache nodes = SLAB_CACHE(nodes, "radix_node", sizeof(struct radix_node));

static struct radix_node *node_allocate(void)
{
	return slab_alloc_zeroed(&nodes);
}

static void node_free(struct radix_node *node)
{
	slab_free(&nodes, node);
}

const struct radix_memory radix_slab = {
	.allocate = node_allocate,
	.free = node_free,
};

/* One page more, or (-1) fewer. */
static void count_page(struct page_cache *cache, u64 difference) REQUIRES(cache->lock)
{
	cache->page_total += difference;
	if (cache->tally)
		atomic_fetch_add_explicit(cache->tally, difference, memory_order_relaxed);
}

void cache_init(struct page_cache *cache, _Atomic u64 *tally)
{
	spin_init(&cache->lock);
	radix_init(&cache->pages, &radix_slab);
	cache->page_total = 0;
	cache->tally = tally;
	atomic_init(&cache->mappings, 0);
	spin_lock(&caches.lock);
	cache->serial = ++caches.serial;
	list_push_back(&caches.list, &cache->node);
	spin_unlock(&caches.lock);
}

void cache_destroy(struct page_cache *cache)
{
	cache_remove(cache, 0, UINT64_MAX);
	spin_lock(&caches.lock);
	list_remove(&cache->node);
	spin_unlock(&caches.lock);
}

struct page *cache_find(struct page_cache *cache, u64 index)
{
	spin_lock(&cache->lock);
	struct page *page = radix_lookup(&cache->pages, index);

	if (page)
		page_get(page);
	spin_unlock(&cache->lock);
	return page;
}

/* Inserts a new page unless another task was faster; the result has a reference for the caller. */
static struct page *insert_or_find(struct page_cache *cache, u64 index, struct page *page)
{
	spin_lock(&cache->lock);
	struct page *present = radix_lookup(&cache->pages, index);

	if (!present && radix_insert(&cache->pages, index, page) == 0) {
		present = page;
		count_page(cache, 1);
	}
	if (present)
		page_get(present);
	spin_unlock(&cache->lock);
	return present;
}

struct page *cache_find_or_create(struct page_cache *cache, u64 index)
{
	struct page *page = cache_find(cache, index);

	if (!page) {
		struct page *fresh = page_alloc_zeroed(PAGE_CACHE);

		if (!fresh)
			return NULL;
		fresh->owner = cache;
		fresh->index = index;
		page = insert_or_find(cache, index, fresh);
		if (page != fresh)
			page_put(fresh);
	}
	/* The caller is about to write. */
	if (page)
		page_changed(page);
	return page;
}

void cache_remove(struct page_cache *cache, u64 first, u64 end)
{
	for (u64 index = first;;) {
		spin_lock(&cache->lock);
		struct page *page = radix_next(&cache->pages, &index);

		if (!page || index >= end) {
			spin_unlock(&cache->lock);
			return;
		}
		radix_remove(&cache->pages, index);
		count_page(cache, -1UL);
		/* From here on it belongs to the spaces that map it, if any. */
		page_set_kind(page, PAGE_ANONYMOUS);
		spin_unlock(&cache->lock);
		page_put(page);
	}
}

void cache_for_each(void (*visit)(struct page *page, void *argument), void *argument)
{
	struct page_cache *cache;

	spin_lock(&caches.lock);
	list_for_each_entry(cache, &caches.list, node) {
		struct page *page;
		u64 index;

		spin_lock(&cache->lock);
		radix_for_each(page, index, &cache->pages)
			visit(page, argument);
		spin_unlock(&cache->lock);
	}
	spin_unlock(&caches.lock);
}
