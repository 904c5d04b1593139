/*
 * Address spaces (mm/space.h): making and dropping them, and changing what is mapped.
 *
 *	spaces.lock	the list of all spaces. Taken before the locks of a space, and needed to
 *			hold those of several at once: see space_hold_all().
 *
 * Whatever can fail does so before anything is changed: first the set of regions and the page
 * tables at the edges of the range are owned, then the change is made.
 */
#include "mm/space.h"

#include "arch/riscv/hart.h"
#include "arch/riscv/kmap.h"
#include "arch/riscv/lock_check.h"
#include "arch/riscv/tlb.h"
#include "lib/abi/errno.h"
#include "lib/log.h"
#include "mm/limit.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "mm/space_internal.h"
#include "mm/table.h"

_Static_assert(REGION_READ == LEAF_READ && REGION_WRITE == LEAF_WRITE &&
		REGION_EXECUTE == LEAF_EXECUTE,
	"a region's protection is a leaf's permissions");

static struct {
	struct spinlock lock;
	struct list list;
} spaces = { .list = LIST_INITIAL(spaces.list) };

static struct slab_cache space_cache = SLAB_CACHE(space_cache, "space", sizeof(struct space));

struct space *space_new(void)
{
	struct space *space = slab_alloc_zeroed(&space_cache);

	if (!space)
		return NULL;
	space->root = table_create_root();
	if (!space->root) {
		slab_free(&space_cache, space);
		return NULL;
	}
	atomic_init(&space->count, 1);
	rwlock_init(&space->lock);
	spin_init(&space->table_lock);
	tlb_context_init(&space->tlb);
	spin_lock(&spaces.lock);
	list_push_back(&spaces.list, &space->node);
	spin_unlock(&spaces.lock);
	return space;
}

struct space *space_create(void)
{
	struct regions *regions = regions_create();

	if (!regions)
		return NULL;
	struct space *space = space_new();

	if (!space) {
		regions_put(regions);
		return NULL;
	}
	write_lock(&space->lock);
	space->regions = regions;
	write_unlock(&space->lock);
	return space;
}

struct space *space_get(struct space *space)
{
	if (space)
		atomic_fetch_add_explicit(&space->count, 1, memory_order_relaxed);
	return space;
}

void space_put(struct space *space)
{
	/* The last holder must see what the others did to the space before they dropped it. */
	if (!space || atomic_fetch_sub_explicit(&space->count, 1, memory_order_acq_rel) != 1)
		return;
	DEBUG_ASSERT(atomic_load(&space->tlb.running) == 0);
	spin_lock(&spaces.lock);
	list_remove(&space->node);
	spin_unlock(&spaces.lock);
	table_destroy_root(space->root);
	tlb_context_release(&space->tlb);
	regions_put(space->regions);
	slab_free(&space_cache, space);
}

void space_for_each(void (*visit)(struct space *space, void *argument), void *argument)
{
	struct space *space;

	spin_lock(&spaces.lock);
	list_for_each_entry(space, &spaces.list, node)
		visit(space, argument);
	spin_unlock(&spaces.lock);
}

void space_hold_all(void) NO_THREAD_SAFETY_ANALYSIS
{
	struct space *space;

	spin_lock(&spaces.lock);
	lock_check_group(true); /* nobody else waits for two of them: see above */
	list_for_each_entry(space, &spaces.list, node) {
		write_lock(&space->lock);
		spin_lock(&space->table_lock);
	}
	lock_check_group(false);
}

void space_release_all(void) NO_THREAD_SAFETY_ANALYSIS
{
	struct space *space;

	lock_check_group(true);
	list_for_each_entry(space, &spaces.list, node) {
		spin_unlock(&space->table_lock);
		write_unlock(&space->lock);
	}
	lock_check_group(false);
	spin_unlock(&spaces.lock);
}

void space_for_each_held(void (*visit)(struct space *space, void *argument), void *argument)
{
	struct space *space;

	list_for_each_entry(space, &spaces.list, node)
		visit(space, argument);
}

void space_switch(struct space *from, struct space *to)
{
	if (from != to)
		tlb_switch(from ? &from->tlb : NULL, to ? &to->tlb : NULL,
			to ? page_physical(to->root) : PADDR(0));
}

/* Whether [start, start + length) is a range of whole user pages. */
static bool range_is_valid(u64 start, u64 length)
{
	return length && is_aligned(start | length, PAGE_SIZE) && length <= USER_END &&
		start <= USER_END - length;
}

/* Prepares the regions, and the tables at the edges of a range, for a change that cannot fail. */
static int own_for_change(struct space *space, u64 start, u64 end) REQUIRES(space->lock)
{
	int error = regions_own(&space->regions);

	if (error)
		return error;
	spin_lock(&space->table_lock);
	error = table_own_edges(space, start, end);
	spin_unlock(&space->table_lock);
	return error;
}

int space_unmap_locked(struct space *space, u64 start, u64 end)
{
	int error = own_for_change(space, start, end);

	if (error)
		return error;
	error = region_remove(space->regions, start, end);
	if (error)
		return error;
	spin_lock(&space->table_lock);
	table_unmap(space, start, end);
	spin_unlock(&space->table_lock);
	return 0;
}

int space_unmap(struct space *space, u64 start, u64 length)
{
	length = align_up(length, PAGE_SIZE);
	if (!range_is_valid(start, length))
		return -EINVAL;
	write_lock(&space->lock);
	int error = 0;
	struct region *region = region_find(space->regions, start);

	if (region && region->start < start + length)
		error = space_unmap_locked(space, start, start + length);
	write_unlock(&space->lock);
	return error;
}

u64 space_place_locked(struct space *space, u64 wanted, u64 length)
{
	if (wanted >= MAP_LOWEST && range_is_valid(wanted, length)) {
		struct region *region = region_find(space->regions, wanted);

		if (!region || region_low(region) >= wanted + length)
			return wanted;
	}
	u64 start = region_gap_below(space->regions, MAP_LOWEST, space->layout.map_top, length);

	return start ? start : region_gap_below(space->regions, MAP_LOWEST, USER_END, length);
}

static int add_mapping(struct space *space, const struct region *model) REQUIRES(space->lock)
{
	int error = regions_own(&space->regions);

	return error ? error : region_insert(space->regions, model);
}

/* What is mapped there is removed only when nothing can fail any more. */
static int replace_mapping(struct space *space, const struct region *model) REQUIRES(space->lock)
{
	int error = own_for_change(space, model->start, model->end);

	if (!error)
		error = region_replace(space->regions, model);
	if (error)
		return error;
	regions_merge(space->regions, model->start, model->end);
	spin_lock(&space->table_lock);
	table_unmap(space, model->start, model->end);
	spin_unlock(&space->table_lock);
	return 0;
}

static s64 map_locked(struct space *space, struct region *model, enum map_where where)
	REQUIRES(space->lock)
{
	u64 length = model->end - model->start;
	struct region *present = region_find(space->regions, model->start);
	bool occupied = present && present->start < model->end;

	if (where == MAP_EXACT && occupied)
		return -EEXIST;
	if (where == MAP_ANYWHERE) {
		model->start = space_place_locked(space, model->start, length);
		if (!model->start)
			return -ENOMEM;
		model->end = model->start + length;
	}
	model->flags |= space->locks_new;
	int error = limit_check_growth(space,
		(struct growth){ length, model->flags, model->start, model->end });

	if (!error)
		error = occupied && where == MAP_REPLACE ? replace_mapping(space, model)
							 : add_mapping(space, model);

	return error ? error : (s64)model->start;
}

s64 space_map(struct space *space, const struct region *model, enum map_where where)
{
	struct region wanted = *model;

	if (where == MAP_ANYWHERE)
		wanted.start = align_down(wanted.start, PAGE_SIZE);
	wanted.end = wanted.start + (model->end - model->start);
	if (model->end == model->start)
		return -EINVAL;
	if (!is_aligned(wanted.start, PAGE_SIZE))
		return -EINVAL;
	if (wanted.end - wanted.start > USER_END)
		return -ENOMEM;
	if (where != MAP_ANYWHERE && !range_is_valid(wanted.start, wanted.end - wanted.start))
		return -ENOMEM;
	write_lock(&space->lock);
	s64 result = map_locked(space, &wanted, where);

	write_unlock(&space->lock);
	if (result >= 0)
		space_populate_locked(space, wanted.start, wanted.end - wanted.start, wanted.flags);
	return result;
}

/* 0 when regions cover all of [start, end), and each may get the protection. */
static int check_protection(struct space *space, u64 start, u64 end, u32 protection)
	REQUIRES(space->lock)
{
	for (u64 at = start; at < end;) {
		struct region *region = region_at(space->regions, at);

		if (!region)
			return -ENOMEM;
		if ((protection & REGION_WRITE) && (region->flags & REGION_NO_WRITE))
			return -EACCES;
		at = region->end;
	}
	return 0;
}

int space_split_locked(struct space *space, u64 start, u64 end)
{
	struct region *region = region_at(space->regions, start);

	if (region && region->start < start) {
		int error = region_split(space->regions, region, start);

		if (error)
			return error;
	}
	region = region_at(space->regions, end - 1);
	return region && region->end > end ? region_split(space->regions, region, end) : 0;
}

static int protect_locked(struct space *space, u64 start, u64 end, u32 protection)
	REQUIRES(space->lock)
{
	int error = check_protection(space, start, end, protection);

	if (!error && (protection & REGION_WRITE))
		error = limit_check_writable(space, start, end);
	if (!error)
		error = regions_own(&space->regions);
	if (error)
		return error;
	error = space_split_locked(space, start, end);
	if (error)
		goto merge;

	spin_lock(&space->table_lock);
	error = table_own_range(space, start, end);
	if (!error)
		table_protect(space, start, end, protection);
	spin_unlock(&space->table_lock);
	if (error)
		goto merge;

	struct region *region = region_find(space->regions, start);

	while (region && region->start < end) {
		region->flags = (region->flags & ~(u32)REGION_PROTECTION) | protection;
		region = region_next(region);
	}
merge:
	regions_merge(space->regions, start, end);
	return error;
}

int space_protect(struct space *space, u64 start, u64 length, u32 protection)
{
	if (!is_aligned(start, PAGE_SIZE))
		return -EINVAL;
	if (!length)
		return 0;
	length = align_up(length, PAGE_SIZE);
	if (!range_is_valid(start, length))
		return -ENOMEM;
	write_lock(&space->lock);
	int error = protect_locked(space, start, start + length, protection);

	write_unlock(&space->lock);
	return error;
}

static int grow_heap(struct space *space, u64 from, u64 to) REQUIRES(space->lock)
{
	const struct region model = {
		.start = from,
		.end = to,
		.flags = REGION_READ | REGION_WRITE | REGION_HEAP | space->locks_new,
	};
	struct region *present = region_find(space->regions, from);

	if (to > USER_END || (present && region_low(present) < to))
		return -ENOMEM;
	int error = limit_check_growth(space, (struct growth){ to - from, model.flags, from, to });

	if (!error)
		error = regions_own(&space->regions);
	return error ? error : region_insert(space->regions, &model);
}

u64 space_brk(struct space *space, u64 end)
{
	write_lock(&space->lock);
	u64 result = space->brk, grown = align_up(result, PAGE_SIZE);
	u32 locks = space->locks_new;

	if (end >= space->layout.brk_start && end <= USER_END) {
		u64 mapped = grown;
		u64 wanted = align_up(end, PAGE_SIZE);
		int error = 0;

		if (wanted > mapped)
			error = grow_heap(space, mapped, wanted);
		else if (wanted < mapped)
			error = space_unmap_locked(space, wanted, mapped);
		if (!error)
			result = space->brk = end;
	}
	write_unlock(&space->lock);
	if (result > grown)
		space_populate_locked(space, grown, result - grown, locks);
	return result;
}
