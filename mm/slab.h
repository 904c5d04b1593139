/*
 * Small kernel objects. A slab cache carves blocks of pages into objects of one size;
 * kmalloc() picks among caches of general sizes, and takes whole pages for anything larger.
 * Nothing here sleeps. Not for interrupt handlers.
 */
#pragma once

#include "arch/riscv/lock.h"
#include "lib/error.h"
#include "lib/list.h"
#include "lib/types.h"
#include "mm/slab_guard.h"

struct slab_cache {
	struct spinlock lock;
	const char *name;
	u32 object_size;
	u32 stride;          /* from one object to the next */
	u32 order;           /* of the blocks of pages */
	u32 objects;         /* in each block; 0: the cache has not been used yet, is in no list */
	struct list partial; /* slabs with a free object; full ones are in no list */
	u32 empty;           /* slabs in partial that have no object in use */
	u32 slabs;           /* all of them */
	struct slab_queue queue;
	struct list_node node;
};

#define OBJECT_ALIGNMENT 16
#define SLAB_OBJECT_MAX  4096

/* Initialises a cache variable; no other set-up is needed. bytes: at most SLAB_OBJECT_MAX. */
#define SLAB_CACHE(variable, label, bytes)                                                      \
	{                                                                                       \
		.lock = SPINLOCK_OF_CLASS("slab cache"), .name = (label),                       \
		.object_size =                                                                  \
			((bytes) + OBJECT_ALIGNMENT - 1) / OBJECT_ALIGNMENT * OBJECT_ALIGNMENT, \
		.partial = LIST_INITIAL((variable).partial),                                    \
	}

/* Contents undefined. NULL when there is no memory. */
void *slab_alloc(struct slab_cache *cache);
void *slab_alloc_zeroed(struct slab_cache *cache);
void slab_free(struct slab_cache *cache, void *object);

/* Any size up to 4 MiB; kfree(NULL) does nothing. */
void *kmalloc(size_t size);
void *kmalloc_zeroed(size_t size);
void kfree(void *pointer);

static inline void kfree_held(void *variable)
{
	void *pointer = *(void **)variable;

	if (!is_error(pointer))
		kfree(pointer);
}

/* On a variable with a pointer from kmalloc(), NULL or an error: leaving its block frees it. */
#define KMALLOC_HELD __attribute__((cleanup(kfree_held)))

/* kmalloc() of a copy of a string; NULL when there is no memory. */
char *kstrdup(const char *string);

/* Before the first kmalloc(). */
void slab_init(void);

/* Gives the pages of empty slabs back. */
void slab_shrink(void);

/* How full a cache is. */
struct slab_usage {
	const char *name;
	u32 object_size;
	u32 used; /* objects */
	u32 total;
	u32 pages;
};

/* Called for each cache that is in use, in no order. */
void slab_for_each(void (*visit)(const struct slab_usage *usage, void *argument), void *argument);
