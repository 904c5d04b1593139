/*
 * How a slab is laid out: for mm/slab.c, and for the address sanitizer, which tells what an address
 * belongs to.
 */
#pragma once

#include "lib/list.h"
#include "mm/page.h"
#include "mm/slab.h"

struct slab {
	struct slab_cache *cache;
	void *free; /* the first free object */
	u32 used;
	struct list_node node; /* in cache->partial, unless all objects are in use */
};

#define SLAB_HEADER align_up(sizeof(struct slab), OBJECT_ALIGNMENT)

static inline struct slab *slab_of(const void *object)
{
	u64 bytes = PAGE_SIZE << page_of_address(object)->order;

	return (struct slab *)align_down((u64)object, bytes);
}
