/*
 * What an address space holds (mm/report.h).
 *
 *	report_lock	the tallies in struct page, while they count mappings (the ledger's audit uses
 *			them as well, when all other harts are at rest)
 *
 * With shared page tables a page's count does not tell how many processes map it: only a walk over
 * all of them does.
 */
#include "mm/report.h"

#include "lib/abi/pagemap.h"
#include "lib/string.h"
#include "mm/fault.h"
#include "mm/page.h"
#include "mm/space_internal.h"
#include "mm/table.h"

/* Shares of a page are added up in units of 2^-12 bytes, as there may be thousands of sharers. */
#define SHARE_SHIFT 12

static struct spinlock report_lock;

static struct page *page_of_leaf(pte_t pte)
{
	return page_of_physical(pte_physical(pte));
}

static void clear_tally(u64 address UNUSED, pte_t pte, bool shared UNUSED, void *argument UNUSED)
{
	page_of_leaf(pte)->tally = 0;
}

static void add_to_tally(u64 address UNUSED, pte_t pte, bool shared UNUSED, void *argument UNUSED)
{
	page_of_leaf(pte)->tally++;
}

static void visit_all(struct space *space, table_visitor *visit, void *argument)
{
	spin_lock(&space->table_lock);
	table_visit(space, 0, USER_END, visit, argument);
	spin_unlock(&space->table_lock);
}

static void tally_space(struct space *space, void *argument UNUSED)
{
	visit_all(space, add_to_tally, NULL);
}

void report_begin(struct space *space) NO_THREAD_SAFETY_ANALYSIS
{
	spin_lock(&report_lock);
	visit_all(space, clear_tally, NULL);
	space_for_each(tally_space, NULL);
}

void report_end(void) NO_THREAD_SAFETY_ANALYSIS
{
	spin_unlock(&report_lock);
}

static void add_page(u64 address UNUSED, pte_t pte, bool shared UNUSED, void *argument)
{
	struct memory_usage *usage = argument;
	struct page *page = page_of_leaf(pte);
	u64 mappings = max(page->tally, 1UL);
	bool dirty = pte.value & PTE_DIRTY;

	if (page_is_zero_page(page))
		return;
	usage->resident += PAGE_SIZE;
	usage->proportional += (PAGE_SIZE << SHARE_SHIFT) / mappings;
	if (mappings > 1)
		*(dirty ? &usage->shared_dirty : &usage->shared_clean) += PAGE_SIZE;
	else
		*(dirty ? &usage->private_dirty : &usage->private_clean) += PAGE_SIZE;
	if (pte.value & PTE_ACCESSED)
		usage->referenced += PAGE_SIZE;
	if (page->kind == PAGE_ANONYMOUS)
		usage->anonymous += PAGE_SIZE;
}

static void describe(struct space *space, struct region *region, struct region_report *report)
{
	*report = (struct region_report){
		.start = region->start,
		.end = region->end,
		.flags = region->flags,
		.usage.size = region->end - region->start,
	};
	if (region->operations) {
		report->offset = region->offset << PAGE_SHIFT;
		if (region->operations->inode)
			report->inode = region->operations->inode(region);
		region->operations->name(region, report->name, sizeof(report->name));
	} else if (region->flags & REGION_HEAP) {
		strlcpy(report->name, "[heap]", sizeof(report->name));
	} else if (region->end == space->layout.stack_end) {
		strlcpy(report->name, "[stack]", sizeof(report->name));
	}
}

bool report_region(struct space *space, u64 address, struct region_report *report)
{
	read_lock(&space->lock);
	struct region *region = region_find(space->regions, address);

	if (region)
		describe(space, region, report);
	read_unlock(&space->lock);
	return region;
}

bool report_region_usage(struct space *space, u64 address, struct region_report *report)
{
	if (!report_region(space, address, report))
		return false;
	spin_lock(&space->table_lock);
	table_visit(space, report->start, report->end, add_page, &report->usage);
	spin_unlock(&space->table_lock);
	report->usage.proportional >>= SHARE_SHIFT;
	if (report->flags & REGION_LOCKED)
		report->usage.locked = report->usage.proportional;
	return true;
}

struct memory_usage report_total(struct space *space)
{
	struct memory_usage total = {};

	read_lock(&space->lock);
	for (struct region *region = region_first(space->regions); region;
		region = region_next(region))
		total.size += region->end - region->start;
	visit_all(space, add_page, &total);
	read_unlock(&space->lock);
	total.proportional >>= SHARE_SHIFT;
	return total;
}

static void add_own(u64 address UNUSED, pte_t pte, bool shared, void *argument)
{
	u64 *own = argument;

	if (!shared && page_count(page_of_leaf(pte)) == 1)
		*own += PAGE_SIZE;
}

u64 report_own(struct space *space)
{
	u64 own = 0;

	visit_all(space, add_own, &own);
	return own;
}

u64 report_tables(struct space *space)
{
	spin_lock(&space->table_lock);
	u64 tables = table_total(space);

	spin_unlock(&space->table_lock);
	return tables * PAGE_SIZE;
}

struct frame_view report_frame(struct space *space, u64 address)
{
	struct frame_view view = {};
	bool shared;

	if (address >= USER_END)
		return view;
	spin_lock(&space->table_lock);
	const pte_t *entry = table_look_up(space, address, &shared);
	pte_t pte = entry ? pte_load(entry) : PTE_EMPTY;

	if (pte_is_leaf(pte)) {
		struct page *page = page_of_leaf(pte);

		view.frame = page_frame_number(page);
		view.count = page_count(page);
		view.flags = FRAME_PRESENT | (pte_writable(pte) ? FRAME_WRITABLE : 0) |
			(pte_cow(pte) ? FRAME_COW : 0) |
			(pte_shared_mapping(pte) ? FRAME_SHARED : 0) |
			(pte.value & PTE_DIRTY ? FRAME_DIRTY : 0) |
			(pte.value & PTE_ACCESSED ? FRAME_ACCESSED : 0) |
			(page_is_zero_page(page) ? FRAME_ZERO : 0) |
			(shared ? FRAME_TABLE_SHARED : 0);
	}
	spin_unlock(&space->table_lock);
	return view;
}

u64 report_page(struct space *space, u64 address)
{
	u64 entry = 0;
	bool shared;

	spin_lock(&space->table_lock);
	const pte_t *leaf = table_look_up(space, address, &shared);
	pte_t pte = leaf ? pte_load(leaf) : PTE_EMPTY;

	if (pte_is_leaf(pte)) {
		struct page *page = page_of_leaf(pte);

		entry = PAGEMAP_PRESENT | page_frame_number(page);
		if (page->kind != PAGE_ANONYMOUS && !page_is_zero_page(page))
			entry |= PAGEMAP_FILE;
		if (page->tally <= 1 && !page_is_zero_page(page))
			entry |= PAGEMAP_EXCLUSIVE;
	}
	spin_unlock(&space->table_lock);
	return entry;
}

struct space_events report_events(struct space *space)
{
	spin_lock(&space->table_lock);
	struct space_events events = space->events;

	spin_unlock(&space->table_lock);
	return events;
}
