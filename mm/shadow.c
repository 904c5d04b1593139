/*
 * The shadow of kernel stacks (mm/shadow.h).
 */
#include "mm/shadow.h"

#include "arch/riscv/kmap.h"
#include "lib/log.h"
#include "mm/page.h"

#define SLOT_SIZE (2 * STACK_SIZE) /* of a stack and its guard */

_Static_assert(SLOT_SIZE >> SHADOW_SHIFT == PAGE_SIZE, "a page of shadow for each stack");

static u64 shadow_of_slot(const void *top)
{
	return (u64)shadow_of((u64)top - SLOT_SIZE);
}

void shadow_reserve(void)
{
	if (kernel_map_reserve((u64)shadow_of(STACKS_BASE), STACKS_SIZE >> SHADOW_SHIFT) < 0)
		panic("no memory for the kernel's page tables");
}

bool shadow_map_stack(const void *top)
{
	struct page *page = page_alloc_zeroed(PAGE_KERNEL);

	if (!page)
		return false;
	if (kernel_map(shadow_of_slot(top), page_physical(page), PAGE_SIZE, KERNEL_READ_WRITE) <
		0) {
		page_free_order(page, 0);
		return false;
	}
	return true;
}

void shadow_unmap_stack(const void *top)
{
	struct page *page = page_of_physical(kernel_lookup(shadow_of_slot(top)));

	kernel_unmap(shadow_of_slot(top), PAGE_SIZE);
	page_free_order(page, 0);
}

void shadow_trim(void)
{
	kernel_trim((u64)shadow_of(STACKS_BASE), STACKS_SIZE >> SHADOW_SHIFT);
}

void shadow_clear_stack(const void *top)
{
	sanitize_unpoison((const char *)top - STACK_SIZE, STACK_SIZE);
}
