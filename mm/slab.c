/*
 * The slab allocator (mm/slab.h). A slab is a block of pages that begins with a header and holds
 * objects of one size; free objects are chained through their first word. The order of a slab is
 * in the struct page of each of its pages, so that the header is found from any object.
 *
 *	cache->lock	the cache's slabs
 *	caches_lock	the list of caches
 *
 * A cache never allocates pages with its lock held: the page allocator, when it runs out, comes
 * back here for empty slabs.
 */
#include "mm/slab.h"

#include "lib/log.h"
#include "lib/sanitize.h"
#include "lib/string.h"
#include "mm/inject.h"
#include "mm/page.h"
#include "mm/slab_internal.h"

#define OBJECTS_MIN    8 /* a slab is made large enough for this many, up to SLAB_ORDER_MAX */
#define SLAB_ORDER_MAX 3
#define EMPTY_KEPT     2 /* empty slabs that a cache keeps for the next use */

static struct spinlock caches_lock;
static struct list caches = LIST_INITIAL(caches);

/* The general caches: 16, 32, 64 ... SLAB_OBJECT_MAX, and half steps between. */
static const u32 general_size[] = { 16, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536,
	2048, 3072, 4096 };
static struct slab_cache general[ARRAY_SIZE(general_size)];

/* A free object's first word: the next free object of the slab. */
static UNCHECKED void *next_free(const void *object)
{
	return *(void *const *)object;
}

static UNCHECKED void set_next_free(void *object, void *next)
{
	*(void **)object = next;
}

static size_t slab_bytes(const struct slab_cache *cache)
{
	return PAGE_SIZE << cache->order;
}

/* Sets up a cache at its first use. */
static void set_up(struct slab_cache *cache)
{
	ASSERT(cache->object_size <= SLAB_OBJECT_MAX);
	spin_lock(&caches_lock);
	if (!cache->objects) {
		cache->stride = cache->object_size + SLAB_REDZONE;
		while (slab_bytes(cache) < SLAB_HEADER + (u64)cache->stride * OBJECTS_MIN &&
			cache->order < SLAB_ORDER_MAX)
			cache->order++;
		cache->objects = (u32)((slab_bytes(cache) - SLAB_HEADER) / cache->stride);
		list_push_back(&caches, &cache->node);
	}
	spin_unlock(&caches_lock);
}

/* The cache after this one, or (NULL) the first. The list only grows: each stays where it is. */
static struct slab_cache *next_cache(struct slab_cache *cache)
{
	struct list_node *node;

	spin_lock(&caches_lock);
	node = cache ? list_next(&caches, &cache->node) : list_first(&caches);
	spin_unlock(&caches_lock);
	return node ? list_entry(node, struct slab_cache, node) : NULL;
}

static struct slab *slab_create(struct slab_cache *cache)
{
	set_up(cache);
	struct page *page = page_alloc_order(PAGE_SLAB, cache->order);

	if (!page)
		return NULL;
	for (u32 i = 0; i < 1u << cache->order; i++)
		page[i].order = (u8)cache->order;
	struct slab *slab = page_address(page);
	char *object = (char *)slab + SLAB_HEADER;

	slab->cache = cache;
	slab->used = 0;
	slab->free = object;
	slab_guard_create(object, slab_bytes(cache) - SLAB_HEADER);
	for (u32 i = 1; i < cache->objects; i++, object += cache->stride)
		set_next_free(object, object + cache->stride);
	set_next_free(object, NULL);
	return slab;
}

static void slab_destroy(struct slab *slab)
{
	page_free_order(page_of_address(slab), slab->cache->order);
}

static void *take_object(struct slab_cache *cache) REQUIRES(cache->lock)
{
	if (list_empty(&cache->partial))
		return slab_guard_take(cache);
	struct slab *slab = list_first_entry(&cache->partial, struct slab, node);
	void *object = slab->free;

	slab->free = next_free(object);
	if (slab->used++ == 0)
		cache->empty--;
	if (!slab->free)
		list_remove(&slab->node);
	return object;
}

static void add_empty(struct slab_cache *cache, struct slab *slab) REQUIRES(cache->lock)
{
	list_push_back(&cache->partial, &slab->node);
	cache->empty++;
}

void *slab_alloc(struct slab_cache *cache)
{
	if (inject_failure())
		return NULL;
	spin_lock(&cache->lock);
	void *object = take_object(cache);

	while (unlikely(!object)) {
		spin_unlock(&cache->lock);
		struct slab *slab = slab_create(cache);

		if (!slab)
			return NULL;
		spin_lock(&cache->lock);
		cache->slabs++;
		add_empty(cache, slab);
		object = take_object(cache);
	}
	spin_unlock(&cache->lock);
	slab_guard_alloc(cache, object);
	if (SHOWS_UNWRITTEN)
		memset(object, UNWRITTEN_BYTE, cache->object_size);
	return object;
}

void *slab_alloc_zeroed(struct slab_cache *cache)
{
	void *object = slab_alloc(cache);

	return object ? memset(object, 0, cache->object_size) : NULL;
}

/* Returns the slab when it has become empty and the cache keeps enough empty ones; else NULL. */
static struct slab *give_object(struct slab_cache *cache, void *object) REQUIRES(cache->lock)
{
	struct slab *slab = slab_of(object);

	if (!slab->free)
		list_push_front(&cache->partial, &slab->node);
	set_next_free(object, slab->free);
	slab->free = object;
	if (--slab->used)
		return NULL;
	list_remove(&slab->node);
	if (cache->empty < EMPTY_KEPT) {
		add_empty(cache, slab);
		return NULL;
	}
	cache->slabs--;
	return slab;
}

void slab_free(struct slab_cache *cache, void *object)
{
	struct slab *surplus = NULL;

	DEBUG_ASSERT(slab_of(object)->cache == cache);
	slab_guard_free(cache, object);
	spin_lock(&cache->lock);
	if (SANITIZE_ADDRESS)
		object = slab_guard_wait(cache, object);
	if (!SANITIZE_ADDRESS || object)
		surplus = give_object(cache, object);
	spin_unlock(&cache->lock);
	if (surplus)
		slab_destroy(surplus);
}

/* Frees the empty slabs, and has the fullest one used next, so that the others may become empty. */
static void cache_shrink(struct slab_cache *cache)
{
	spin_lock(&cache->lock);
	struct slab *slab, *following, *fullest = NULL;

	for (void *object; (object = slab_guard_take(cache));) {
		slab = give_object(cache, object);
		if (slab)
			slab_destroy(slab);
	}
	list_for_each_entry_safe(slab, following, &cache->partial, node) {
		if (slab->used) {
			if (!fullest || slab->used > fullest->used)
				fullest = slab;
			continue;
		}
		list_remove(&slab->node);
		cache->empty--;
		cache->slabs--;
		slab_destroy(slab);
	}
	if (fullest) {
		list_remove(&fullest->node);
		list_push_front(&cache->partial, &fullest->node);
	}
	spin_unlock(&cache->lock);
}

void slab_shrink(void)
{
	for (struct slab_cache *cache = NULL; (cache = next_cache(cache));)
		cache_shrink(cache);
}

static struct slab_usage usage_of(struct slab_cache *cache)
{
	struct slab_usage usage = { .name = cache->name, .object_size = cache->object_size };
	struct slab *slab;

	spin_lock(&cache->lock);
	usage.total = cache->slabs * cache->objects;
	usage.pages = cache->slabs << cache->order;
	usage.used = usage.total;
	list_for_each_entry(slab, &cache->partial, node)
		usage.used -= cache->objects - slab->used;
	spin_unlock(&cache->lock);
	return usage;
}

void slab_for_each(void (*visit)(const struct slab_usage *usage, void *argument), void *argument)
{
	for (struct slab_cache *cache = NULL; (cache = next_cache(cache));) {
		struct slab_usage usage = usage_of(cache);

		visit(&usage, argument);
	}
}

void slab_init(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(general); i++)
		general[i] = (struct slab_cache)SLAB_CACHE(general[i], "kmalloc", general_size[i]);
}

static unsigned int order_for(size_t size)
{
	unsigned int order = 0;

	while (PAGE_SIZE << order < size)
		order++;
	return order;
}

void *kmalloc(size_t size)
{
	for (u32 i = 0; i < ARRAY_SIZE(general); i++)
		if (size <= general_size[i])
			return slab_guard_size(&general[i], slab_alloc(&general[i]), size);

	unsigned int order = order_for(size);
	struct page *page = order > PAGE_ORDER_MAX ? NULL : page_alloc_order(PAGE_KERNEL, order);

	if (!page)
		return NULL;
	sanitize_poison((char *)page_address(page) + align_up(size, OBJECT_ALIGNMENT),
		(PAGE_SIZE << order) - align_up(size, OBJECT_ALIGNMENT), POISON_PAGE_TAIL);
	return page_address(page);
}

void *kmalloc_zeroed(size_t size)
{
	void *pointer = kmalloc(size);

	return pointer ? memset(pointer, 0, size) : NULL;
}

void kfree(void *pointer)
{
	if (!pointer)
		return;
	struct page *page = page_of_address(pointer);

	if (page->kind == PAGE_SLAB)
		slab_free(slab_of(pointer)->cache, pointer);
	else
		page_free_order(page, page->order);
}

char *kstrdup(const char *string)
{
	size_t size = strlen(string) + 1;
	char *copy = kmalloc(size);

	return copy ? memcpy(copy, string, size) : NULL;
}
