/* For unit tests: whole pages. */
#ifndef COWSLIP_TESTS_UNIT_SHIM_ARCH_RISCV_PAGECOPY_H
#define COWSLIP_TESTS_UNIT_SHIM_ARCH_RISCV_PAGECOPY_H

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

#endif
