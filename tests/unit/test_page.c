/* The page allocator (mm/page.c): nothing is handed out twice, and all blocks merge again. */
#include "lib/error.h"
#include "mm/buddy.h"
#include "mm/inject.h"
#include "mm/page.h"
#include "tests/unit/machine.h"
#include "tests/unit/unit.h"

#define BLOCKS 600

static struct block {
	struct page *page;
	unsigned int order;
} blocks[BLOCKS];
static bool taken[MACHINE_FRAMES];

static void take(u32 index, unsigned int order)
{
	struct page *page = page_alloc_order(PAGE_KERNEL, order);

	if (!page)
		return;
	u64 frame = page_frame_number(page);

	CHECK(is_aligned(frame, 1UL << order));
	CHECK(frame >= MACHINE_FIRST_FRAME && frame + (1UL << order) <= MACHINE_FRAMES);
	for (u64 i = frame; i < frame + (1UL << order); i++) {
		CHECK(!taken[i]);
		CHECK(page_of_frame(i)->kind == PAGE_KERNEL && page_count(page_of_frame(i)) == 1);
		taken[i] = true;
	}
	blocks[index] = (struct block){ page, order };
}

static void give(u32 index)
{
	struct block *block = &blocks[index];
	u64 frame = page_frame_number(block->page);

	for (u64 i = frame; i < frame + (1UL << block->order); i++)
		taken[i] = false;
	page_free_order(block->page, block->order);
	block->page = NULL;
}

static u64 count_taken(void)
{
	u64 count = 0;

	for (u32 i = 0; i < MACHINE_FRAMES; i++)
		count += taken[i];
	return count;
}

static void give_all(void)
{
	for (u32 i = 0; i < BLOCKS; i++)
		if (blocks[i].page)
			give(i);
}

static void at_random(void)
{
	u64 before = page_free_total();

	for (u32 round = 0; round < 200000; round++) {
		u32 index = unit_random_below(BLOCKS);

		machine_hart = unit_random_below(HARTS_MAX);
		if (blocks[index].page)
			give(index);
		else if (unit_random_below(3))
			take(index, 0);
		else
			take(index, unit_random_below(PAGE_ORDER_MAX + 1));
		if (round % 1000 == 0)
			CHECK_EQUAL(page_free_total(), before - count_taken());
	}
	give_all();
	CHECK_EQUAL(page_free_total(), before);
}

/* How many of the largest blocks can be allocated; frees them again. */
static u32 count_largest(void)
{
	u32 count = 0;

	while (count < BLOCKS && (take(count, PAGE_ORDER_MAX), blocks[count].page))
		count++;
	give_all();
	return count;
}

static void merging(void)
{
	u32 largest = count_largest();

	CHECK(largest >= 2);
	machine_hart = 0;
	for (u32 i = 0; i < BLOCKS; i++)
		take(i, 0);
	/* Every other one first, so that nothing can merge until the rest comes. */
	for (u32 i = 0; i < BLOCKS; i += 2)
		give(i);
	give_all();
	CHECK_EQUAL(count_largest(), largest);
}

static void exhausted(void)
{
	static struct page *all[MACHINE_FRAMES];
	u64 before = page_free_total(), count = 0;

	machine_hart = 1;
	take(0, 3);
	give(0);
	while ((all[count] = page_alloc(PAGE_ANONYMOUS)))
		count++;
	CHECK_EQUAL(count, before);
	CHECK_EQUAL(page_free_total(), 0);
	CHECK(!page_alloc_order(PAGE_KERNEL, 2) && !page_alloc_zeroed(PAGE_TABLE));
	/* Another hart can get what one hart frees: caches are drained when all else is used up. */
	page_put(all[0]);
	machine_hart = 2;
	all[0] = page_alloc(PAGE_ANONYMOUS);
	CHECK(all[0]);
	for (u64 i = 0; i < count; i++)
		page_put(all[i]);
	CHECK_EQUAL(page_free_total(), before);
}

static void counting(void)
{
	u64 before = page_free_total();
	struct page *page = page_alloc_zeroed(PAGE_ANONYMOUS);
	const u8 *bytes = page_address(page);

	for (u32 i = 0; i < PAGE_SIZE; i++)
		CHECK(bytes[i] == 0);
	CHECK(page_of_address(bytes + 100) == page);
	page_get(page);
	page_get(page);
	CHECK_EQUAL(page_count(page), 3);
	page_put(page);
	CHECK(!page_drop(page));
	CHECK_EQUAL(page_free_total(), before - 1);
	page_put(page);
	CHECK_EQUAL(page_free_total(), before);
	CHECK(page->kind == PAGE_FREE && page_count(page) == 0);
}

static void injected(void)
{
	struct page *page;

	machine_fail_allocation(2);
	page = page_alloc(PAGE_ANONYMOUS);
	CHECK(page && !machine_allocation_failed());
	CHECK(!page_alloc(PAGE_ANONYMOUS) && machine_allocation_failed());
	page_put(page);
	page = page_alloc(PAGE_ANONYMOUS);
	CHECK(page);
	page_put(page);
}

int main(void)
{
	static const struct unit_case cases[] = {
		{ "random blocks on several harts", at_random },
		{ "buddies merge", merging },
		{ "every page can be had", exhausted },
		{ "counts", counting },
		{ "allocations fail when asked to", injected },
	};

	machine_start();
	return UNIT_RUN(cases);
}
