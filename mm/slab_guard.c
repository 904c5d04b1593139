/*
 * Redzones and the queues of freed objects (mm/slab_guard.h), only for the address sanitizer. The
 * notes about an object lie in its redzone, where no other code may access them.
 */
#include "mm/slab_guard.h"

#include "arch/riscv/symbols.h"
#include "lib/format.h"
#include "mm/slab_internal.h"

#define WAITING_MAX 128 /* objects of a cache */

static struct slab_sites *sites_of(const struct slab_cache *cache, void *object)
{
	return (struct slab_sites *)((char *)object + cache->object_size);
}

/* Notes the callers of the function with this frame. Only this file may write to a redzone. */
static void note_callers(u64 *callers, const void *frame)
{
	u64 found[SANITIZE_CALLERS] = { 0 };

	backtrace_take((u64)frame, found, SANITIZE_CALLERS);
	for (u32 i = 0; i < SANITIZE_CALLERS; i++)
		callers[i] = found[i];
}

void slab_guard_create(void *objects, size_t size)
{
	sanitize_poison(objects, size, POISON_OBJECT_REDZONE);
}

void slab_guard_alloc(struct slab_cache *cache, void *object)
{
	struct slab_sites *sites = sites_of(cache, object);

	sanitize_unpoison(object, cache->object_size);
	sites->freed[0] = 0;
	note_callers(sites->allocated, __builtin_frame_address(0));
}

void *slab_guard_size(struct slab_cache *cache, void *object, size_t size)
{
	if (!object)
		return NULL;
	sanitize_poison(object, cache->object_size, POISON_OBJECT_REDZONE);
	sanitize_unpoison(object, size);
	return object;
}

void slab_guard_free(struct slab_cache *cache, void *object)
{
	/* If the object is freed a second time, this is the access that is reported. */
	sanitize_write(object, 1);
	sanitize_poison(object, cache->object_size, POISON_OBJECT_FREE);
	note_callers(sites_of(cache, object)->freed, __builtin_frame_address(0));
}

void *slab_guard_take(struct slab_cache *cache)
{
	struct slab_queue *queue = &cache->queue;
	void *object = queue->oldest;

	if (object) {
		queue->oldest = sites_of(cache, object)->next;
		queue->number--;
	}
	return object;
}

void *slab_guard_wait(struct slab_cache *cache, void *object)
{
	struct slab_queue *queue = &cache->queue;

	sites_of(cache, object)->next = NULL;
	if (queue->oldest)
		sites_of(cache, queue->newest)->next = object;
	else
		queue->oldest = object;
	queue->newest = object;
	return ++queue->number > WAITING_MAX ? slab_guard_take(cache) : NULL;
}

void sanitize_describe(u64 address, char *text, size_t size)
{
	const struct page *page = page_of_address((void *)address);

	if (page->kind != PAGE_SLAB) {
		snprintf(text, size, "\npage frame 0x%lx, kind %u", page_frame_number(page),
			page->kind);
		return;
	}
	struct slab *slab = slab_of((void *)address);
	const struct slab_cache *cache = slab->cache;
	u64 first = (u64)slab + SLAB_HEADER;
	u64 index = address < first ? 0 : (address - first) / cache->stride;
	char *object = (char *)first + index * cache->stride;
	const struct slab_sites *sites = sites_of(cache, object);
	size_t used = sanitize_append(text, 0, size, "\n%s of %u bytes at 0x%lx\nallocated by",
		cache->name, cache->object_size, (u64)object);

	used = sanitize_append_callers(text, used, size, sites->allocated);
	if (!sites->freed[0])
		return;
	used = sanitize_append(text, used, size, "\nfreed by");
	sanitize_append_callers(text, used, size, sites->freed);
}
