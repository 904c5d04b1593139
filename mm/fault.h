/*
 * The page of zeroes that reads of untouched memory see, and the counting of fault events.
 * fault_resolve() itself is declared in mm/space.h.
 */
#pragma once

#include <stdatomic.h>

#include "lib/error.h"
#include "lib/types.h"

struct page;

/* Before the first fault. */
void fault_init(void);

bool page_is_zero_page(const struct page *page);
struct page *fault_zero_page(void);

/* Counts an event without the table lock: threads of one space may do so at once. */
static inline void event_count(u64 *event)
{
	__atomic_fetch_add(event, 1, __ATOMIC_RELAXED);
}
