/*
 * The ledger (mm/ledger.h). The audit walks every page table and every page cache, counts in each
 * struct page the references to it, and compares that with the page's count.
 */
#include "mm/ledger.h"

#include "arch/riscv/pte.h"
#include "lib/log.h"
#include "mm/buddy.h"
#include "mm/cache.h"
#include "mm/fault.h"
#include "mm/memory.h"
#include "mm/space_internal.h"

#define DIFFERENCES_SHOWN 16

static const char *const kind_names[PAGE_KINDS] = {
	[PAGE_FREE] = "free",
	[PAGE_TABLE] = "table",
	[PAGE_ANONYMOUS] = "anonymous",
	[PAGE_CACHE] = "cache",
	[PAGE_SLAB] = "slab",
	[PAGE_KERNEL] = "kernel",
};

const char *ledger_kind_name(enum page_kind kind)
{
	return kind_names[kind];
}

u64 ledger_total(void)
{
	u64 first, end, total = 0;

	for (u32 bank = 0; memory_bank(bank, &first, &end); bank++)
		total += end - first;
	return total;
}

typedef void frame_visitor(struct page *page, void *argument);

static void for_each_frame(frame_visitor *visit, void *argument)
{
	u64 first, end;

	for (u32 bank = 0; memory_bank(bank, &first, &end); bank++)
		for (u64 frame = first; frame < end; frame++)
			visit(page_of_frame(frame), argument);
}

static void count_kind(struct page *page, void *argument)
{
	struct ledger *ledger = argument;

	ledger->pages[page_kind(page)]++;
}

void ledger_read(struct ledger *ledger)
{
	*ledger = (struct ledger){ .total = ledger_total() };
	for_each_frame(count_kind, ledger);
}

static void clear_tally(struct page *page, void *argument UNUSED)
{
	page->tally = 0;
}

static void tally_cached(struct page *page, void *argument)
{
	u64 *cached = argument;

	page->tally++;
	++*cached;
}

/* What a table holds is counted once, however many entries lead to it. */
static void tally_table(struct page *table, unsigned int level, u64 *differences)
{
	const pte_t *entries = page_address(table);
	u32 number = level == TABLE_ROOT_LEVEL ? TABLE_USER_ENTRIES : TABLE_ENTRIES;
	u32 live = 0;

	if (table->tally++ > 0)
		return;
	for (u32 i = 0; i < number; i++) {
		pte_t pte = pte_load(&entries[i]);

		if (pte_is_empty(pte))
			continue;
		live++;
		struct page *below = page_of_physical(pte_physical(pte));

		if (level)
			tally_table(below, level - 1, differences);
		else
			below->tally++;
	}
	if (level < TABLE_ROOT_LEVEL && live != table->live) {
		log_error("ledger: table 0x%lx has %u entries, says %u", page_physical(table).value,
			live, table->live);
		++*differences;
	}
}

static void tally_space(struct space *space, void *differences)
{
	tally_table(space->root, TABLE_ROOT_LEVEL, differences);
}

/* The references that a page of this kind should have, given those that were found. */
static u64 expected_count(const struct page *page)
{
	switch ((enum page_kind)page->kind) {
	case PAGE_FREE:
		return 0;
	case PAGE_SLAB:
		return 1;
	case PAGE_KERNEL:
		return 1 + page->tally; /* the kernel's own, and where it is shown to users */
	default:
		return page->tally;
	}
}

static void compare(struct page *page, void *argument)
{
	u64 *differences = argument;
	bool reachable = page->tally && (page->kind == PAGE_FREE || page->kind == PAGE_SLAB);

	if (page_count(page) == expected_count(page) && !reachable)
		return;
	if (++*differences <= DIFFERENCES_SHOWN)
		log_error("ledger: %s frame 0x%lx has count %u, %lu references were found",
			kind_names[page->kind], page_physical(page).value, page_count(page),
			page->tally);
}

u64 ledger_audit(void)
{
	u64 differences = 0, cached = 0;
	struct ledger ledger;

	memory_reclaim();
	for_each_frame(clear_tally, NULL);
	space_for_each(tally_space, &differences);
	cache_for_each(tally_cached, &cached);
	fault_zero_page()->tally++;
	for_each_frame(compare, &differences);

	ledger_read(&ledger);
	if (ledger.pages[PAGE_FREE] != page_free_total()) {
		log_error("ledger: %lu frames are free, the allocator has %lu",
			ledger.pages[PAGE_FREE], page_free_total());
		differences++;
	}
	if (ledger.pages[PAGE_CACHE] != cached) {
		log_error("ledger: %lu frames are cached, the caches have %lu",
			ledger.pages[PAGE_CACHE], cached);
		differences++;
	}
	return differences;
}
