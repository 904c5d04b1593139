/*
 * Page frames: one struct page for each, and the allocator that hands them out.
 *
 * A frame is of exactly one kind at any time, and its count is the number of references to it:
 * for a data page one for each leaf entry in a distinct page table, plus the kernel's own (the page
 * cache holds one, a copy in progress one); for a page table one for each entry that points to it.
 * A frame with more than one reference is immutable, the contents of files and of shared memory
 * aside: a space that wants to write to it makes it its own first.
 *
 * Nothing here sleeps. The allocator is not for interrupt handlers.
 */
#pragma once

#include <stdatomic.h>

#include "arch/riscv/layout.h"
#include "lib/list.h"
#include "lib/types.h"

enum page_kind {
	PAGE_FREE,
	PAGE_TABLE,     /* part of a user address space's tree, the root included */
	PAGE_ANONYMOUS, /* private memory of processes */
	PAGE_CACHE,     /* contents of a file or of shared memory */
	PAGE_SLAB,
	PAGE_KERNEL, /* all else: the image, stacks, struct page itself, the firmware's frames */
	PAGE_KINDS,
};

struct page {
	_Atomic u32 count;
	u8 kind;  /* enum page_kind */
	u8 order; /* of the block that starts here; of a slab, in each of its pages */
	u16 live; /* page tables: entries in use; other pages: PAGE_FETCHED */
	union {
		struct list_node node; /* free blocks: in the allocator's list */
		struct {
			void *owner; /* PAGE_CACHE: its struct page_cache */
			u64 index;   /* and where in it, in pages */
		};
		u64 occupied; /* PAGE_TABLE: bit n: an entry in [8n, 8n + 8) may be in use */
	};
	u64 tally; /* references that the last recount found (mm/ledger.c, mm/report.c) */
};

_Static_assert(sizeof(struct page) == 32, "the memory map is sized for 32 bytes a frame");

/* In page->live: instruction fetches on all harts see what the page holds now. */
#define PAGE_FETCHED 1

/* The page has been, or will be, written: fetched instructions may no longer match it. */
static inline void page_changed(struct page *page)
{
	page->live &= (u16)~PAGE_FETCHED;
}

/* Atomic, since ledger_read() may read a page's kind while the page's owner changes it. */
static inline enum page_kind page_kind(const struct page *page)
{
	return (enum page_kind)__atomic_load_n(&page->kind, __ATOMIC_RELAXED);
}

static inline void page_set_kind(struct page *page, enum page_kind kind)
{
	__atomic_store_n(&page->kind, (u8)kind, __ATOMIC_RELAXED);
}

#define PAGE_ORDER_MAX 10 /* the largest block is 2^10 pages, 4 MiB */

static inline u64 page_frame_number(const struct page *page)
{
	return (u64)(page - memory_map);
}

static inline struct page *page_of_frame(u64 frame)
{
	return &memory_map[frame];
}

static inline paddr_t page_physical(const struct page *page)
{
	return PADDR(page_frame_number(page) << PAGE_SHIFT);
}

static inline struct page *page_of_physical(paddr_t address)
{
	return page_of_frame(address.value >> PAGE_SHIFT);
}

/* Where the kernel sees the page's bytes, and back. */
static inline void *page_address(const struct page *page)
{
	return direct_map(page_physical(page));
}

static inline struct page *page_of_address(const void *address)
{
	return page_of_physical(direct_map_physical(address));
}

/*
 * 2^order contiguous pages, aligned to their total size, count 1, contents undefined. NULL when
 * there is no memory. page_alloc_zeroed() returns one page of zeroes.
 */
struct page *page_alloc_order(enum page_kind kind, unsigned int order);
struct page *page_alloc(enum page_kind kind);
struct page *page_alloc_zeroed(enum page_kind kind);

/* Frees what page_alloc_order() returned, whatever its count. */
void page_free_order(struct page *page, unsigned int order);

static inline void page_get(struct page *page)
{
	atomic_fetch_add_explicit(&page->count, 1, memory_order_relaxed);
}

static inline u32 page_count(struct page *page)
{
	/*
	 * Acquire: a caller that finds itself the sole owner sees all that the others did to the
	 * page before they dropped their references (page_drop() releases).
	 */
	return atomic_load_explicit(&page->count, memory_order_acquire);
}

/* Drops a reference; true when it was the last, and the caller must free the page. */
static inline bool page_drop(struct page *page)
{
	if (atomic_fetch_sub_explicit(&page->count, 1, memory_order_release) != 1)
		return false;
	atomic_thread_fence(memory_order_acquire);
	return true;
}

/* Frees a single page without references that holds only zeroes: it is kept as a zeroed page. */
void page_free_zeroed(struct page *page);

/* Drops a reference to a single page; the last one frees it. */
void page_put(struct page *page);

/*
 * Drops references to many pages: pages that are adjacent in memory, and are dropped in that order,
 * are freed together. A run begins as {}, and ends with page_run_free().
 */
struct page_run {
	struct page *first, *end;
};

/* Frees adjacent single pages that have no references left. */
void page_free_range(struct page *first, struct page *end);

static inline void page_run_free(struct page_run *run)
{
	if (run->first)
		page_free_range(run->first, run->end);
	*run = (struct page_run){};
}

static inline void page_run_put(struct page_run *run, struct page *page)
{
	if (!page_drop(page))
		return;
	if (page != run->end) {
		page_run_free(run);
		run->first = page;
	}
	run->end = page + 1;
}

/* Frames free at this moment, those in the harts' caches included. */
u64 page_free_total(void);
