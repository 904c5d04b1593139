/*
 * The buddy allocator below mm/page.h, as boot and the ledger see it.
 */
#pragma once

#include "lib/types.h"

#define PAGE_ORDER_NONE   0xff /* page->order of a page that begins no block */
#define PAGE_ORDER_LISTED 0x80 /* added to the order of a page that begins a free block */

void buddy_init(void);

/* Makes the frames [first, end) free. They have struct pages and no owner. */
void buddy_add(u64 first, u64 end);

/*
 * Gives back what the kernel's caches hold in reserve: empty slabs, spare stacks, harts' pages.
 * The allocator does this by itself before it reports that there is no memory.
 */
void memory_reclaim(void);
