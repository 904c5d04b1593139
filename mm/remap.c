/*
 * mremap(2): a mapping shrinks, grows where it is, or moves, and its pages with it. All under the
 * space's lock for writing; what can fail comes first.
 */
#include "arch/riscv/layout.h"
#include "lib/abi/errno.h"
#include "mm/limit.h"
#include "mm/region.h"
#include "mm/space.h"
#include "mm/space_internal.h"
#include "mm/table.h"

struct remap {
	struct space *space;
	u64 start;
	u64 old_length;
	u64 new_length;
	bool keep;            /* the old range stays mapped, as new */
	struct region region; /* a copy of the one that holds the range */
};

/* Makes the range longer without moving it, if nothing is behind it. */
static int grow_in_place(struct remap *remap) REQUIRES(remap->space->lock)
{
	struct region addition = remap->region;
	struct region *next = region_find(remap->space->regions, remap->region.end);
	u64 end = remap->start + remap->new_length;

	if (remap->start + remap->old_length != remap->region.end || end > USER_END ||
		(next && next->start < end))
		return -ENOMEM;
	addition.offset += (remap->region.end - remap->region.start) >> PAGE_SHIFT;
	addition.start = remap->region.end;
	addition.end = end;
	int error = regions_own(&remap->space->regions);

	return error ? error : region_insert(remap->space->regions, &addition);
}

/*
 * Prepares all tables that move_pages() needs: owns those of the old range, creates those of the
 * new one. This may fail; move_pages() cannot, and only it drops what the new range holds.
 */
static int reserve_tables(struct remap *remap, u64 to) REQUIRES(remap->space->lock)
{
	struct space *space = remap->space;
	u64 length = min(remap->old_length, remap->new_length);

	spin_lock(&space->table_lock);
	int error = table_own_range(space, remap->start, remap->start + remap->old_length);

	if (!error)
		error = table_make_target(space, remap->start, to, length);
	if (!error && length < remap->new_length)
		error = table_own_edges(space, to + length, to + remap->new_length);
	spin_unlock(&space->table_lock);
	return error;
}

/* The pages follow the region, in place of what was there. */
static void move_pages(struct remap *remap, u64 to) REQUIRES(remap->space->lock)
{
	struct space *space = remap->space;
	u64 length = min(remap->old_length, remap->new_length);

	spin_lock(&space->table_lock);
	table_move(space, remap->start, to, length);
	if (length < remap->new_length)
		table_unmap(space, to + length, to + remap->new_length);
	spin_unlock(&space->table_lock);
}

/* What is mapped at `to`, if anything, is replaced. */
static s64 move(struct remap *remap, u64 to) REQUIRES(remap->space->lock)
{
	struct region model = remap->region;
	u64 old_end = remap->start + remap->old_length;

	model.offset += (remap->start - remap->region.start) >> PAGE_SHIFT;
	model.start = to;
	model.end = to + remap->new_length;
	int error = regions_own(&remap->space->regions);

	if (error)
		return error;
	error = space_split_locked(remap->space, remap->start, old_end);
	if (!error)
		error = reserve_tables(remap, to);
	if (!error)
		error = region_replace(remap->space->regions, &model);
	if (!error) {
		move_pages(remap, to);
		/* At region borders, and with its tables owned, this cannot fail. */
		if (!remap->keep)
			error = space_unmap_locked(remap->space, remap->start, old_end);
	}
	regions_merge(remap->space->regions, model.start, model.end);
	regions_merge(remap->space->regions, remap->start, old_end);
	return error ? error : (s64)to;
}

static s64 move_anywhere(struct remap *remap, u64 wanted) REQUIRES(remap->space->lock)
{
	u64 to = space_place_locked(remap->space, wanted, remap->new_length);

	return to ? move(remap, to) : -ENOMEM;
}

static s64 remap_locked(struct remap *remap, u64 to, u32 flags) REQUIRES(remap->space->lock)
{
	struct region *region = region_at(remap->space->regions, remap->start);
	u64 given_up = remap->keep ? 0 : min(remap->old_length, remap->new_length);
	struct growth growth = { .bytes = remap->new_length - given_up };
	int limited = 0;

	if (!region || remap->start + remap->old_length > region->end)
		return -EFAULT;
	growth.flags = region->flags;
	if (flags & REMAP_FIXED) {
		growth.start = to;
		growth.end = to + remap->new_length;
	}
	if (growth.bytes)
		limited = limit_check_growth(remap->space, growth);
	if (limited)
		return limited;
	remap->region = *region;
	if (flags & REMAP_FIXED)
		return move(remap, to);
	if (remap->keep)
		return move_anywhere(remap, to);
	if (remap->new_length == remap->old_length)
		return (s64)remap->start;
	if (remap->new_length < remap->old_length) {
		int error = space_unmap_locked(remap->space, remap->start + remap->new_length,
			remap->start + remap->old_length);

		return error ? error : (s64)remap->start;
	}
	int error = grow_in_place(remap);

	if (!error)
		return (s64)remap->start;
	return flags & REMAP_MAY_MOVE ? move_anywhere(remap, 0) : -ENOMEM;
}

s64 space_remap(struct space *space, u64 start, u64 old_length, u64 new_length, u64 to, u32 flags)
{
	struct remap remap = {
		.space = space,
		.start = start,
		.old_length = align_up(old_length, PAGE_SIZE),
		.new_length = align_up(new_length, PAGE_SIZE),
		.keep = flags & REMAP_KEEP,
	};

	if (!is_aligned(start | to, PAGE_SIZE) || !old_length || !new_length ||
		new_length > USER_END || old_length > USER_END)
		return -EINVAL;
	if (remap.keep && (!(flags & REMAP_MAY_MOVE) || remap.old_length != remap.new_length))
		return -EINVAL;
	if ((flags & REMAP_FIXED) &&
		(!(flags & REMAP_MAY_MOVE) || to > USER_END - remap.new_length ||
			(to < start + remap.old_length && start < to + remap.new_length)))
		return -EINVAL;
	write_lock(&remap.space->lock);
	s64 result = remap_locked(&remap, to, flags);

	write_unlock(&remap.space->lock);
	if (result >= 0)
		space_populate_locked(space, (u64)result, remap.new_length, remap.region.flags);
	return result;
}
