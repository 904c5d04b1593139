/* For unit tests: whole pages. */
#pragma once

#include "lib/string.h"
#include "lib/types.h"

static inline void page_copy(void *to, const void *from)
{
	memcpy(to, from, PAGE_SIZE);
}

static inline void page_zero(void *page)
{
	memset(page, 0, PAGE_SIZE);
}
