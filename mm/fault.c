/*
 * The one place that resolves a fault, for user programs (trap/trap.c) and for the kernel's own
 * access to their memory (mm/uaccess.c).
 *
 *	what is there			what is wanted	what is done
 *	leaf that permits it		any		nothing but A and D: spurious, or one was unset
 *	private leaf, one reference	write		the page is ours: set W
 *	private leaf, several		write		copy the page, map the copy, drop the old one
 *	empty, private anonymous	read		map the page of zeroes, read-only
 *	empty, private anonymous	write		map a new page of zeroes, and some that follow
 *	empty, private object		read		map the object's page, and those around it, read-only
 *	empty, private object		write		map a copy of the object's page
 *	empty, shared object		any		map the object's page
 *
 * Tables on the way are made and owned first (mm/table.c), by the same rule.
 *
 * The regions are read-locked throughout, so a table that has been found stays where it is. The
 * table lock is dropped while a page is allocated and filled, so that several threads can do so at
 * once; then the entry must still be what it was. If it has changed in between, another thread has
 * resolved the same fault, or the access simply faults again.
 */
#include "mm/fault.h"
#include "arch/riscv/pagecopy.h"
#include "arch/riscv/tlb.h"
#include "lib/abi/errno.h"
#include "mm/limit.h"
#include "mm/page.h"
#include "mm/space.h"
#include "mm/table.h"

#define AROUND_SIZE KIB(64)
#define AHEAD_PAGES 8

struct fault {
	struct space *space;
	struct region *region;
	u64 address; /* of the page */
	enum access access;
	pte_t *entry;
};

static struct page *zero_page;

void fault_init(void)
{
	zero_page = page_alloc_zeroed(PAGE_ANONYMOUS);
}

bool page_is_zero_page(const struct page *page)
{
	return page == zero_page;
}

struct page *fault_zero_page(void)
{
	return zero_page;
}

/* Puts a leaf where there was none, or replaces one, if the entry is still what is expected. */
static bool install(struct fault *fault, pte_t expected, pte_t pte)
{
	bool installed = false;

	spin_lock(&fault->space->table_lock);
	if (pte_equal(pte_load(fault->entry), expected)) {
		if (pte_is_empty(expected))
			table_fill(fault->entry, pte);
		else
			pte_store(fault->entry, pte);
		installed = true;
	}
	spin_unlock(&fault->space->table_lock);
	return installed;
}

/* Lets instruction fetches see what the page holds now, unless they do already. */
static void make_fetchable(struct page *page)
{
	if (page->live & PAGE_FETCHED)
		return;
	tlb_flush_all_instructions();
	/* Only now: another hart that finds the mark does not wait for the flush and may fetch. */
	page->live |= PAGE_FETCHED;
}

static pte_t leaf_for(struct page *page, u32 permissions)
{
	if (permissions & LEAF_EXECUTE)
		make_fetchable(page);
	return pte_make_leaf(page_physical(page), permissions);
}

/* A leaf with all permissions of the region: for the space's own page, or a shared mapping's. */
static pte_t leaf_for_own(const struct fault *fault, struct page *page)
{
	pte_t pte = leaf_for(page, fault->region->flags & REGION_PROTECTION);

	return fault->access == ACCESS_WRITE ? pte_with(pte, PTE_DIRTY) : pte;
}

/* A leaf of a private mapping for a page that has other references. */
static pte_t leaf_for_borrowed(const struct fault *fault, struct page *page)
{
	u32 flags = fault->region->flags;
	pte_t pte = leaf_for(page, leaf_before_write(flags & REGION_PROTECTION));

	return flags & REGION_WRITE ? pte_with(pte, PTE_COW) : pte;
}

/* Maps a page, and takes over the caller's reference; 0 also when another thread was faster. */
static int map_page(struct fault *fault, struct page *page, pte_t pte)
{
	if (install(fault, PTE_EMPTY, pte))
		tlb_flush_local_page(UADDR(fault->address));
	else
		page_put(page);
	return 0;
}

/*
 * Maps neighbours of a page, each of which saves a fault: those in [start, end), within the same
 * page table, whose entries are empty. Ends when map() returns false.
 */
static void map_neighbours(const struct fault *fault, u64 start, u64 end,
	bool (*map)(struct fault *near))
{
	end = min(end, fault->region->end);
	for (u64 at = start; at < end; at += PAGE_SIZE) {
		struct fault near = *fault;

		near.entry += ((s64)at - (s64)fault->address) / (s64)PAGE_SIZE;
		near.address = at;
		if (pte_is_empty(pte_load(near.entry)) && !map(&near))
			return;
	}
}

/* Maps a new page of zeroes, if there is memory. */
static bool map_zeroed(struct fault *near)
{
	struct page *page = page_alloc_zeroed(PAGE_ANONYMOUS);

	if (!page)
		return false;
	event_count(&near->space->events.zeroed);
	if (!install(near, PTE_EMPTY, leaf_for_own(near, page)))
		page_put(page);
	return true;
}

/*
 * A program that writes to one page after another will probably go on: maps as many pages ahead as
 * were written just before this one, up to AHEAD_PAGES. So no more is wasted than was used.
 */
static void map_ahead(const struct fault *fault)
{
	u64 before = min((fault->address - fault->region->start) / PAGE_SIZE,
		(u64)table_index(fault->address, 0));
	u64 after = TABLE_ENTRIES - 1 - table_index(fault->address, 0);
	u64 pages = 0;

	before = min(before, (u64)AHEAD_PAGES);
	while (pages < before && pte_writable(pte_load(fault->entry - pages - 1)))
		pages++;
	u64 start = fault->address + PAGE_SIZE;

	map_neighbours(fault, start, start + min(pages, after) * PAGE_SIZE, map_zeroed);
}

static int map_zeroes(struct fault *fault)
{
	if (fault->access != ACCESS_WRITE) {
		page_get(zero_page);
		return map_page(fault, zero_page, leaf_for_borrowed(fault, zero_page));
	}
	if (!map_zeroed(fault))
		return -ENOMEM;
	tlb_flush_local_page(UADDR(fault->address));
	if (!fault->region->operations)
		map_ahead(fault);
	return 0;
}

static struct page *copy_of(struct fault *fault, struct page *page)
{
	struct page *copy;

	if (page == zero_page) {
		copy = page_alloc_zeroed(PAGE_ANONYMOUS);
		if (copy)
			event_count(&fault->space->events.zeroed);
		return copy;
	}
	copy = page_alloc(PAGE_ANONYMOUS);
	if (copy) {
		page_copy(page_address(copy), page_address(page));
		event_count(&fault->space->events.copied);
	}
	return copy;
}

static u64 index_in_object(const struct fault *fault)
{
	const struct region *region = fault->region;

	return region->offset + ((fault->address - region->start) >> PAGE_SHIFT);
}

/* Maps the object's page, if it has one. False: there will be no more. */
static bool map_present(struct fault *near)
{
	struct page *page =
		near->region->operations->page(near->region, index_in_object(near), false);

	if (is_error(page))
		return false;
	if (page && !install(near, PTE_EMPTY, leaf_for_borrowed(near, page)))
		page_put(page);
	return true;
}

/*
 * Maps the neighbours of an object's page that was read, within an aligned block of AROUND_SIZE: a
 * program that reads one will probably read others. This takes no memory: the object has the pages
 * already, and a hole is left unmapped.
 */
static void map_around(const struct fault *fault)
{
	u64 block = align_down(fault->address, AROUND_SIZE);

	map_neighbours(fault, max(block, fault->region->start), block + AROUND_SIZE, map_present);
}

static int map_object(struct fault *fault)
{
	struct region *region = fault->region;
	bool shared = region->flags & REGION_SHARED;
	struct page *page = region->operations->page(region, index_in_object(fault), shared);

	if (is_error(page))
		return pointer_error(page);
	if (!page)
		return map_zeroes(fault);
	if (shared)
		return map_page(fault, page, pte_with(leaf_for_own(fault, page), PTE_SHARED));
	if (fault->access != ACCESS_WRITE) {
		int error = map_page(fault, page, leaf_for_borrowed(fault, page));

		map_around(fault);
		return error;
	}
	struct page *copy = copy_of(fault, page);

	page_put(page);
	return copy ? map_page(fault, copy, leaf_for_own(fault, copy)) : -ENOMEM;
}

/*
 * A write to a private page that is mapped without W. Called with the table lock held, and drops
 * it.
 */
static int break_cow(struct fault *fault, pte_t pte) RELEASE(fault->space->table_lock)
{
	struct page *page = page_of_physical(pte_physical(pte));

	if (page_count(page) == 1 && page != zero_page) {
		/* Nobody else can get a reference: that would take our tree, and its lock. */
		fault->space->events.reused++;
		pte_store(fault->entry, leaf_for_own(fault, page));
		spin_unlock(&fault->space->table_lock);
		tlb_flush_local_page(UADDR(fault->address));
		return 0;
	}
	/* While we hold a reference of our own, the page can neither change nor be freed. */
	page_get(page);
	spin_unlock(&fault->space->table_lock);
	int error = -ENOMEM;
	struct page *copy = copy_of(fault, page);

	if (!copy)
		goto put_page;
	error = 0;
	if (!install(fault, pte, leaf_for_own(fault, copy))) {
		page_put(copy);
		goto put_page;
	}
	/*
	 * Other threads may still read the old page: it stays until no hart can reach it, and
	 * none may miss what is written to the new one.
	 */
	tlb_flush_range(&fault->space->tlb, UADDR(fault->address),
		UADDR(fault->address + PAGE_SIZE));
	page_put(page); /* the reference of the entry that we replaced */
put_page:
	page_put(page);
	return error;
}

/* With the regions locked for reading. */
static int resolve(struct fault *fault)
{
	spin_lock(&fault->space->table_lock);
	fault->space->events.faults++;
	if (table_find_entry(fault->space, fault->address, &fault->entry) < 0) {
		spin_unlock(&fault->space->table_lock);
		return -ENOMEM;
	}
	pte_t pte = pte_load(fault->entry);

	if (pte_is_leaf(pte) && fault->access == ACCESS_WRITE && !pte_writable(pte))
		return break_cow(fault, pte);
	if (pte_is_leaf(pte)) {
		/* For hardware that faults instead of setting A and D itself. */
		pte_set_bits(fault->entry,
			fault->access == ACCESS_WRITE ? PTE_ACCESSED | PTE_DIRTY : PTE_ACCESSED);
		spin_unlock(&fault->space->table_lock);
		/* All of it, not only this page: a table may have become valid. */
		tlb_flush_local();
		return 0;
	}
	spin_unlock(&fault->space->table_lock);
	return fault->region->operations ? map_object(fault) : map_zeroes(fault);
}

/* What can be written can be read: the hardware has no write-only leaves. */
static bool allows(const struct region *region, enum access access)
{
	u32 enough = access == ACCESS_READ ? REGION_READ | REGION_WRITE : access;

	return region->flags & enough;
}

static int resolve_address(struct space *space, uaddr_t address, enum access access)
{
	struct fault fault = {
		.space = space,
		.address = uaddr_page(address).value,
		.access = access,
	};
	int error = -EFAULT;

	read_lock(&space->lock);
	fault.region = region_at(space->regions, fault.address);
	if (fault.region && allows(fault.region, access))
		error = resolve(&fault);
	read_unlock(&space->lock);
	return error;
}

int fault_resolve(struct space *space, uaddr_t address, enum access access)
{
	int error = resolve_address(space, address, access);

	if (error != -EFAULT)
		return error;
	error = stack_grow(space, address.value);
	return error ? error : resolve_address(space, address, access);
}
