/* Copying and zeroing whole, aligned pages, as fast as the hart can. */
#pragma once

#include "lib/sanitize.h"
#include "lib/types.h"

/* arch/riscv/pagecopy.S */
void page_copy_words(void *to, const void *from);
void page_zero_words(void *page);

static inline void page_copy(void *to, const void *from)
{
	sanitize_read(from, PAGE_SIZE);
	sanitize_write(to, PAGE_SIZE);
	page_copy_words(to, from);
}

static inline void page_zero(void *page)
{
	sanitize_write(page, PAGE_SIZE);
	page_zero_words(page);
}
