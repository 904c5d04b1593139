/*
 * The page cache of one object: a file's contents, or shared anonymous memory. It maps page indices
 * to pages, and holds one reference to each. A missing page reads as zeroes.
 *
 * read(), write(), mmap() and exec() of a file all go through the same pages. A private mapping
 * maps them read-only with the COW mark; the cache's own reference makes the count 2, so the
 * first write copies.
 */
#pragma once

#include <stdatomic.h>

#include "arch/riscv/lock.h"
#include "lib/list.h"
#include "lib/radix.h"
#include "lib/types.h"
#include "mm/page.h"

struct page_cache {
	struct spinlock lock;
	struct radix pages MEMBER_GUARDED_BY(lock);
	u64 page_total MEMBER_GUARDED_BY(lock); /* pages held */
	_Atomic u32 mappings;                   /* regions that refer to it */
	_Atomic u64 *tally;    /* counts its pages too, with those of others; or NULL */
	struct list_node node; /* in the list of all caches, for the ledger */
	u64 serial;            /* no other cache has had it, or ever will */
};

/* tally: as in the structure. */
void cache_init(struct page_cache *cache, _Atomic u64 *tally);

/* A further region refers to it, or one fewer: true when that was the last. */
static inline void cache_mapped(struct page_cache *cache)
{
	atomic_fetch_add_explicit(&cache->mappings, 1, memory_order_relaxed);
}

static inline bool cache_unmapped(struct page_cache *cache)
{
	return atomic_fetch_sub_explicit(&cache->mappings, 1, memory_order_acq_rel) == 1;
}

/* Lets go of every page. Pages that are mapped live on as anonymous ones. */
void cache_destroy(struct page_cache *cache);

/* The page at an index (of pages), with a reference for the caller; NULL: a hole. */
struct page *cache_find(struct page_cache *cache, u64 index);

/* The same for writing, a zeroed page put in where there was a hole. NULL: no memory. */
struct page *cache_find_or_create(struct page_cache *cache, u64 index);

/*
 * Lets go of all pages from an index on, up to but without `end` (UINT64_MAX: all). The rest of a
 * partly kept page is the caller's to zero.
 */
void cache_remove(struct page_cache *cache, u64 first, u64 end);

/*
 * The same, and takes the pages out of every address space that maps them, so that the next access
 * faults (mm/withdraw.c). copies: private copies of them go as well. Nothing sleeps or fails.
 */
void cache_withdraw(struct page_cache *cache, u64 first, u64 end, bool copies);

/* Every page of every cache, for the ledger. The visitor must not allocate or free. */
void cache_for_each(void (*visit)(struct page *page, void *argument), void *argument);

/* Nodes for radix trees, from a slab. */
extern const struct radix_memory radix_slab;
