/*
 * What the address sanitizer adds to the slab allocator: a redzone behind each object, which also
 * records who allocated and freed it; and for each cache a queue in which freed objects wait, so
 * that they are not reused at once. Empty in a normal build.
 */
#pragma once

#include "lib/sanitize.h"
#include "lib/types.h"
#include "sanitize/report.h"

struct slab_cache;

#if SANITIZE_ADDRESS

struct slab_sites {
	u64 allocated[SANITIZE_CALLERS];
	u64 freed[SANITIZE_CALLERS];
	void *next; /* in the queue: the object freed after this one */
	u64 unused;
};

/* A cache's queue, under its lock. */
struct slab_queue {
	void *oldest, *newest;
	u32 number;
};

#define SLAB_REDZONE sizeof(struct slab_sites)

/* A new slab's objects: none may be accessed. */
void slab_guard_create(void *objects, size_t size);

/* An object is handed out: all of it, or (slab_guard_size(), which takes NULL) `size` bytes. */
void slab_guard_alloc(struct slab_cache *cache, void *object);
void *slab_guard_size(struct slab_cache *cache, void *object, size_t size);

/* An object is freed: nobody may access it any more. */
void slab_guard_free(struct slab_cache *cache, void *object);

/* Queues a freed object; returns one that has waited long enough, or NULL. The cache is locked. */
void *slab_guard_wait(struct slab_cache *cache, void *object);

/* Takes the object that has waited longest; NULL: none waits. The cache is locked. */
void *slab_guard_take(struct slab_cache *cache);

#else

#define SLAB_REDZONE 0

struct slab_queue {
};

#define slab_guard_create(objects, size)     ((void)0)
#define slab_guard_alloc(cache, object)      ((void)0)
#define slab_guard_size(cache, object, size) (object)
#define slab_guard_free(cache, object)       ((void)0)
#define slab_guard_wait(cache, object)       (object)
#define slab_guard_take(cache)               ((void *)NULL)

#endif
