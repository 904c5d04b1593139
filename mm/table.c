/*
 * Page tables as counted objects (mm/table.h): owning, sharing, dropping.
 *
 * Two trees that share a table may both decide to own it at the same time, each under its own
 * table_lock. Each makes a copy, and both make the old entries immutable on the way: that is
 * idempotent and atomic for each entry. Each drops the old table when its copy is complete; the
 * later one frees it. If the first drop comes before the second tree looks at the count, the
 * second finds itself the only owner and keeps the old table, whose writable leaves the first has
 * already marked copy-on-write.
 *
 * A table's count goes up only when an entry for it is shared, under the table_lock of that entry's
 * tree: a tree that finds the count at 1 under its lock is the sole owner, and stays so.
 */
#include "mm/table.h"

#include "arch/riscv/kmap.h"
#include "arch/riscv/tlb.h"
#include "lib/abi/errno.h"
#include "lib/bitmap.h"
#include "lib/log.h"
#include "mm/page.h"
#include "mm/table_batch.h"

/*
 * A table with at most SPARSE_ENTRIES is copied together with its parent, as that costs less than
 * the fault that would copy it later (docs/performance.md). The parent must be as sparse itself: of
 * the many tables below a full one, the first are not those that will be touched. At most
 * SPARSE_TABLES are copied in one go.
 */
#define SPARSE_ENTRIES 16
#define SPARSE_TABLES  8

static struct page *page_of_pte(pte_t pte)
{
	return page_of_physical(pte_physical(pte));
}

static pte_t *table_entries(struct page *table)
{
	return page_address(table);
}

static pte_t *entry_in(struct page *table, u64 address, unsigned int level)
{
	return &table_entries(table)[table_index(address, level)];
}

#define GROUP_ENTRIES (TABLE_ENTRIES / 64)

/* The first entry at or after an index that may be in use; TABLE_ENTRIES: there is none. */
static u64 next_entry(const struct page *table, u64 index)
{
	if (index % GROUP_ENTRIES)
		return index;
	if (index == TABLE_ENTRIES)
		return index;
	u64 groups = table->occupied >> (index / GROUP_ENTRIES);

	if (groups & 1)
		return index;
	return groups ? index + lowest_bit(groups) * GROUP_ENTRIES : TABLE_ENTRIES;
}

#define for_each_entry(index, table)                                  \
	for (u64 index = next_entry(table, 0); index < TABLE_ENTRIES; \
		index = next_entry(table, index + 1))

static struct page *table_create(void)
{
	struct page *table = page_alloc_zeroed(PAGE_TABLE);

	if (table)
		table->occupied = 0;
	return table;
}

void table_fill(pte_t *entry, pte_t pte)
{
	struct page *table = page_of_address(entry);
	u64 index = ((u64)entry & (PAGE_SIZE - 1)) / sizeof(pte_t);

	table->live++;
	table->occupied |= BIT(index / GROUP_ENTRIES);
	pte_store(entry, pte);
}

static void table_count_out(struct page *table)
{
	if (--table->live == 0)
		table->occupied = 0;
}

static void table_put(struct page *table, unsigned int level);

static void put_pages(pte_t *entries, const struct page *table)
{
	struct page_run run = {};

	for_each_entry(i, table)
	{
		if (pte_is_empty(entries[i]))
			continue;
		page_run_put(&run, page_of_pte(entries[i]));
		entries[i] = PTE_EMPTY;
	}
	page_run_free(&run);
}

static void put_tables(pte_t *entries, const struct page *table, unsigned int level)
{
	for_each_entry(i, table)
	{
		if (pte_is_empty(entries[i]))
			continue;
		table_put(page_of_pte(entries[i]), level - 1);
		entries[i] = PTE_EMPTY;
	}
}

static void table_put(struct page *table, unsigned int level)
{
	if (!page_drop(table))
		return;
	/* The entries are emptied on the way, so the page need not be zeroed for its next use. */
	if (level)
		put_tables(table_entries(table), table, level);
	else
		put_pages(table_entries(table), table);
	if (level == TABLE_ROOT_LEVEL)
		root_table_clear(table_entries(table));
	page_free_zeroed(table);
}

void table_entry_put(pte_t pte, unsigned int level, struct page_run *run)
{
	if (level == 0)
		page_run_put(run, page_of_pte(pte));
	else
		table_put(page_of_pte(pte), level - 1);
}

/* Makes an entry, now `old`, immutable in place; returns it, with a reference, for another tree. */
static pte_t share_entry(pte_t *entry, pte_t old)
{
	pte_t shared = pte_shared_form(old);

	/* The hardware may set A or D at any time, and another owner may share it too. */
	while (!pte_equal(old, shared) && !pte_compare_exchange(entry, &old, shared))
		shared = pte_shared_form(old);
	page_get(page_of_pte(shared));
	return shared;
}

static bool is_sparse(const struct page *table)
{
	return table->live <= SPARSE_ENTRIES;
}

/* Gives an empty table all entries of another: a loop of its own, as a fork may have hundreds. */
static void share_each(struct space *space, struct page *from, struct page *to)
{
	pte_t *source = table_entries(from);
	pte_t *target = table_entries(to);
	u64 tables = 0;

	for_each_entry(i, from)
	{
		pte_t pte = pte_load(&source[i]);

		if (pte_is_empty(pte))
			continue;
		tables += pte_is_table(pte);
		target[i] = share_entry(&source[i], pte);
	}
	space->events.tables_shared += tables;
}

static void share_entries(struct space *space, struct page *from, struct page *to, u32 *copies);

/* The same, but copies sparse tables below instead of sharing them, while *copies allows it. */
static void share_or_copy_each(struct space *space, struct page *from, struct page *to, u32 *copies)
{
	pte_t *source = table_entries(from);
	pte_t *target = table_entries(to);

	for_each_entry(i, from)
	{
		pte_t pte = pte_load(&source[i]);

		if (pte_is_empty(pte))
			continue;
		struct page *lower = pte_is_table(pte) ? page_of_pte(pte) : NULL;
		struct page *copy = lower && *copies && is_sparse(lower) ? table_create() : NULL;

		if (copy) {
			--*copies;
			share_entries(space, lower, copy, copies);
			space->events.tables_copied++;
			/* A walk that counts mappings may see the new tree by now (mm/report.c). */
			pte_store(&target[i], pte_make_table(page_physical(copy)));
		} else {
			space->events.tables_shared += lower != NULL;
			target[i] = share_entry(&source[i], pte);
		}
	}
}

/* Fills an empty table with what another one has; sparse tables below a sparse one are copied. */
static void share_entries(struct space *space, struct page *from, struct page *to, u32 *copies)
{
	if (is_sparse(from))
		share_or_copy_each(space, from, to, copies);
	else
		share_each(space, from, to);
	to->live = from->live;
	to->occupied = from->occupied;
}

/* Makes the shared table below an entry this tree's own. */
static int own_table(struct space *space, pte_t *entry, unsigned int level)
{
	struct page *table = page_of_pte(pte_load(entry));
	u32 copies = SPARSE_TABLES;

	if (page_count(table) == 1) {
		pte_store(entry, pte_make_table(page_physical(table)));
		space->events.tables_owned++;
		return 0;
	}
	struct page *copy = table_create();

	if (!copy)
		return -ENOMEM;
	share_entries(space, table, copy, &copies);
	space->events.tables_copied++;
	pte_store(entry, pte_make_table(page_physical(copy)));
	/* The hardware could not get here while the entry was invalid: nothing to flush. */
	table_put(table, level);
	return 0;
}

/* Makes the entry lead to a table that it owns: a new one, or the shared one made its own. */
static RARE int make_table(struct space *space, pte_t *entry, unsigned int level)
	REQUIRES(space->table_lock)
{
	if (pte_is_shared_table(pte_load(entry)))
		return own_table(space, entry, level - 1);
	struct page *table = table_create();

	if (!table)
		return -ENOMEM;
	table_fill(entry, pte_make_table(page_physical(table)));
	return 0;
}

/* The entries of the table that an entry leads to. */
static pte_t *entries_below(pte_t pte)
{
	return direct_map(pte_physical(pte));
}

int table_find_entry(struct space *space, u64 address, pte_t **result)
{
	pte_t *entries = table_entries(space->root);

	for (unsigned int level = TABLE_ROOT_LEVEL; level > 0; level--) {
		pte_t *entry = &entries[table_index(address, level)];

		if (unlikely(!pte_is_table(pte_load(entry))) && make_table(space, entry, level) < 0)
			return -ENOMEM;
		entries = entries_below(pte_load(entry));
	}
	*result = &entries[table_index(address, 0)];
	return 0;
}

pte_t *table_look_up(struct space *space, u64 address, bool *shared)
{
	pte_t *entries = table_entries(space->root);
	bool any_shared = false;

	for (unsigned int level = TABLE_ROOT_LEVEL; level > 0; level--) {
		pte_t pte = pte_load(&entries[table_index(address, level)]);

		if (pte_is_empty(pte))
			return NULL;
		any_shared |= pte_is_shared_table(pte);
		entries = entries_below(pte);
	}
	*shared = any_shared;
	return &entries[table_index(address, 0)];
}

struct page *table_create_root(void)
{
	struct page *root = table_create();

	if (root)
		root_table_init(table_entries(root));
	return root;
}

void table_destroy_root(struct page *root)
{
	table_put(root, TABLE_ROOT_LEVEL);
}

void table_share_root(struct space *from, struct page *to)
{
	u32 copies = SPARSE_TABLES;

	share_entries(from, from->root, to, &copies);
}

/*
 * Owns the tables on the way to an address, as far down as there are any, and only those that extend
 * beyond [start, end): a table that lies wholly inside is taken out as a whole.
 */
static int own_path(struct space *space, u64 address, u64 start, u64 end)
	REQUIRES(space->table_lock)
{
	pte_t *entries = table_entries(space->root);

	for (unsigned int level = TABLE_ROOT_LEVEL; level > 0; level--) {
		pte_t *entry = &entries[table_index(address, level)];
		u64 size = 1UL << table_shift(level);
		u64 covered = align_down(address, size);

		if (pte_is_empty(pte_load(entry)) || (covered >= start && covered + size <= end))
			return 0;
		if (!pte_is_table(pte_load(entry)) && make_table(space, entry, level) < 0)
			return -ENOMEM;
		entries = entries_below(pte_load(entry));
	}
	return 0;
}

int table_own_edges(struct space *space, u64 start, u64 end)
{
	int error = own_path(space, start, start, end);

	return error ? error : own_path(space, end - 1, start, end);
}

int table_own_range(struct space *space, u64 start, u64 end)
{
	u64 step = 1UL << table_shift(1);

	for (u64 at = start; at < end; at = align_down(at, step) + step) {
		int error = own_path(space, at, 0, 0);

		if (error)
			return error;
	}
	return 0;
}

/* The end of what one entry covers from an address on, but not past `end`. */
static u64 entry_end(u64 address, u64 end, unsigned int level)
{
	u64 step = 1UL << table_shift(level);

	return min(end, align_down(address, step) + step);
}

static void unmap_range(struct page *table, unsigned int level, u64 start, u64 end,
	struct table_batch *batch)
{
	for (u64 at = start, next; at < end; at = next) {
		pte_t *entry = entry_in(table, at, level);
		pte_t pte = pte_load(entry);

		next = entry_end(at, end, level);
		if (pte_is_empty(pte))
			continue;
		if (next - at < 1UL << table_shift(level)) {
			struct page *lower = page_of_pte(pte);

			DEBUG_ASSERT(pte_is_table(pte));
			unmap_range(lower, level - 1, at, next, batch);
			if (lower->live)
				continue;
		}
		pte_store(entry, PTE_EMPTY);
		table_count_out(table);
		table_batch_add(batch, pte, level, at);
	}
}

void table_unmap(struct space *space, u64 start, u64 end)
{
	struct table_batch batch;

	table_batch_begin(&batch, space);
	unmap_range(space->root, TABLE_ROOT_LEVEL, start, end, &batch);
	table_batch_end(&batch);
}

static void withdraw_range(struct page *table, unsigned int level, u64 start, u64 end, bool copies,
	struct table_batch *batch)
{
	for (u64 at = start, next; at < end; at = next) {
		pte_t *entry = entry_in(table, at, level);
		pte_t pte = pte_load(entry);

		next = entry_end(at, end, level);
		if (pte_is_empty(pte))
			continue;
		if (level) {
			withdraw_range(page_of_pte(pte), level - 1, at, next, copies, batch);
		} else if (copies || page_of_pte(pte)->kind == PAGE_CACHE) {
			pte_store(entry, PTE_EMPTY);
			table_count_out(table);
			table_batch_add(batch, pte, 0, at);
		}
	}
}

/*
 * No translation leads through a shared table, since the entries that point to it are invalid:
 * harts of other spaces cannot remember what is taken out of it.
 */
void table_withdraw(struct space *space, u64 start, u64 end, bool copies)
{
	struct table_batch batch;

	table_batch_begin(&batch, space);
	withdraw_range(space->root, TABLE_ROOT_LEVEL, start, end, copies, &batch);
	table_batch_end(&batch);
}

/* A leaf with new permissions. If it may be written again, the next write decides about a copy. */
static pte_t protected_leaf(pte_t pte, u32 permissions)
{
	bool stays_writable = pte_writable(pte) || pte_shared_mapping(pte);

	if (!(permissions & LEAF_WRITE) || stays_writable)
		return pte_with_permissions(pte, permissions);
	return pte_with(pte_with_permissions(pte, leaf_before_write(permissions)), PTE_COW);
}

static void protect_range(struct page *table, unsigned int level, u64 start, u64 end,
	u32 permissions)
{
	for (u64 at = start, next; at < end; at = next) {
		pte_t *entry = entry_in(table, at, level);
		pte_t pte = pte_load(entry);

		next = entry_end(at, end, level);
		if (pte_is_empty(pte))
			continue;
		if (level) {
			protect_range(page_of_pte(pte), level - 1, at, next, permissions);
			continue;
		}
		while (!pte_compare_exchange(entry, &pte, protected_leaf(pte, permissions)))
			;
	}
}

void table_protect(struct space *space, u64 start, u64 end, u32 permissions)
{
	/* Instruction fetches are to see what has been stored there so far. */
	if (permissions & LEAF_EXECUTE)
		tlb_flush_instructions(&space->tlb);
	protect_range(space->root, TABLE_ROOT_LEVEL, start, end, permissions);
	tlb_flush_range(&space->tlb, UADDR(start), UADDR(end));
}

/* How far it is from an address to the end of its table, but not past `length`. */
static u64 rest_of_table(u64 address, u64 length)
{
	return entry_end(address, address + length, 1) - address;
}

int table_make_target(struct space *space, u64 from, u64 to, u64 length)
{
	int error = table_own_range(space, to, to + length);
	pte_t *entry;
	bool shared;

	for (u64 offset = 0, part; offset < length && !error; offset += part) {
		part = rest_of_table(from + offset, length - offset);
		if (!table_look_up(space, from + offset, &shared))
			continue;
		/* What is in one table may move into two. */
		error = table_find_entry(space, to + offset, &entry);
		if (!error)
			error = table_find_entry(space, to + offset + part - PAGE_SIZE, &entry);
	}
	return error;
}

/* Takes the leaf out of an entry. */
static pte_t take_leaf(pte_t *entry)
{
	pte_t pte = pte_load(entry);

	if (!pte_is_empty(pte)) {
		pte_store(entry, PTE_EMPTY);
		table_count_out(page_of_address(entry));
	}
	return pte;
}

void table_move(struct space *space, u64 from, u64 to, u64 length)
{
	struct table_batch batch;
	bool shared;

	table_batch_begin(&batch, space);
	for (u64 offset = 0, part; offset < length; offset += part) {
		pte_t *source = table_look_up(space, from + offset, &shared);
		pte_t *target = table_look_up(space, to + offset, &shared);
		pte_t moved = source ? take_leaf(source) : PTE_EMPTY;
		pte_t replaced = target ? take_leaf(target) : PTE_EMPTY;

		part = PAGE_SIZE;
		if (!source && !target)
			part = min(rest_of_table(from + offset, length - offset),
				rest_of_table(to + offset, length - offset));
		if (!pte_is_empty(moved))
			table_fill(target, moved);
		if (!pte_is_empty(replaced))
			table_batch_add(&batch, replaced, 0, to + offset);
	}
	table_batch_end(&batch);
	tlb_flush_range(&space->tlb, UADDR(from), UADDR(from + length));
}

struct visit {
	table_visitor *visit;
	void *argument;
};

static void visit_range(struct page *table, unsigned int level, u64 start, u64 end, bool shared,
	const struct visit *visit)
{
	for (u64 at = start, next; at < end; at = next) {
		pte_t pte = pte_load(entry_in(table, at, level));

		next = entry_end(at, end, level);
		if (pte_is_empty(pte))
			continue;
		if (level)
			visit_range(page_of_pte(pte), level - 1, at, next,
				shared || pte_is_shared_table(pte), visit);
		else
			visit->visit(at, pte, shared, visit->argument);
	}
}

void table_visit(struct space *space, u64 start, u64 end, table_visitor *visit, void *argument)
{
	visit_range(space->root, TABLE_ROOT_LEVEL, start, end, false,
		&(struct visit){ visit, argument });
}

static u64 tables_below(struct page *table, unsigned int level)
{
	u64 number = 1;

	if (!level)
		return number;
	for_each_entry(i, table)
	{
		pte_t pte = pte_load(&table_entries(table)[i]);

		if (!pte_is_empty(pte))
			number += tables_below(page_of_pte(pte), level - 1);
	}
	return number;
}

u64 table_total(struct space *space)
{
	return tables_below(space->root, TABLE_ROOT_LEVEL);
}
