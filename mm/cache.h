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
	_Atomic u64 *tally;    /* a count of pages that it shares with other caches; or NULL */
	struct list_node node; /* in the list of all caches, for the ledger */
	u64 serial;            /* never given to another cache */
};

/* tally: as in the structure. */
void cache_init(struct page_cache *cache, _Atomic u64 *tally);

/* One more region refers to the cache, or one fewer; true when that was the last. */
static inline void cache_mapped(struct page_cache *cache)
{
	atomic_fetch_add_explicit(&cache->mappings, 1, memory_order_relaxed);
}

static inline bool cache_unmapped(struct page_cache *cache)
{
	return atomic_fetch_sub_explicit(&cache->mappings, 1, memory_order_acq_rel) == 1;
}

/* Drops every page. Pages that are mapped live on as anonymous ones. */
void cache_destroy(struct page_cache *cache);

/* The page at an index (of pages), with a reference for the caller; NULL: a hole. */
struct page *cache_find(struct page_cache *cache, u64 index);

/* The same for writing: a hole is filled with a zeroed page. NULL: no memory. */
struct page *cache_find_or_create(struct page_cache *cache, u64 index);

/*
 * Drops the pages with indices in [first, end); an `end` of UINT64_MAX: all from `first` on. If
 * part of a page is to be kept, the caller zeroes the rest of it.
 */
void cache_remove(struct page_cache *cache, u64 first, u64 end);

/*
 * The same, and takes the pages out of every address space that maps them, so that the next access
 * faults (mm/withdraw.c). copies: their private copies go as well. Does not sleep and cannot fail.
 */
void cache_withdraw(struct page_cache *cache, u64 first, u64 end, bool copies);

/* Every page of every cache, for the ledger. The visitor must not allocate or free. */
void cache_for_each(void (*visit)(struct page *page, void *argument), void *argument);

/* Nodes for radix trees, from a slab. */
extern const struct radix_memory radix_slab;
