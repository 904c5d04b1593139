/*
 * mremap(2): a mapping shrinks, grows where it is, or moves, and its pages with it. All under the
 * space's lock for writing; what can fail comes first.
 */
#include "arch/riscv/layout.h"
#include "lib/abi/errno.h"
#include "mm/region.h"
#include "mm/space.h"
#include "mm/space_internal.h"
#include "mm/table.h"

struct remap {
	struct space *space;
	u64 start;
	u64 old_length;
	u64 new_length;
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

/* The pages follow the region, which is at its new place already. */
static int move_pages(struct remap *remap, u64 to) REQUIRES(remap->space->lock)
{
	u64 length = min(remap->old_length, remap->new_length);

	spin_lock(&remap->space->table_lock);
	int error = table_own_range(remap->space, remap->start, remap->start + length);

	if (!error)
		error = table_move(remap->space, remap->start, to, length);
	spin_unlock(&remap->space->table_lock);
	return error;
}

static s64 move(struct remap *remap, u64 to, enum map_where where) REQUIRES(remap->space->lock)
{
	struct region model = remap->region;

	model.offset += (remap->start - remap->region.start) >> PAGE_SHIFT;
	model.start = to;
	model.end = to + remap->new_length;
	int error = regions_own(&remap->space->regions);

	if (error)
		return error;
	/* With borders there, and the tables owned, the old range can be let go without fail. */
	s64 result =
		space_split_locked(remap->space, remap->start, remap->start + remap->old_length);

	if (!result)
		result = space_map_locked(remap->space, &model, where);
	if (result < 0)
		goto merge;
	error = move_pages(remap, (u64)result);
	u64 left_behind = error ? (u64)result : remap->start;
	u64 length = error ? remap->new_length : remap->old_length;
	int unmapped = space_unmap_locked(remap->space, left_behind, left_behind + length);

	if (error || unmapped)
		result = error ? error : unmapped;
merge:
	regions_merge(remap->space->regions, remap->start, remap->start + remap->old_length);
	return result;
}

static s64 remap_locked(struct remap *remap, u64 to, u32 flags) REQUIRES(remap->space->lock)
{
	struct region *region = region_at(remap->space->regions, remap->start);

	if (!region || remap->start + remap->old_length > region->end)
		return -EFAULT;
	remap->region = *region;
	if (flags & REMAP_FIXED)
		return move(remap, to, MAP_REPLACE);
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
	return flags & REMAP_MAY_MOVE ? move(remap, 0, MAP_ANYWHERE) : -ENOMEM;
}

s64 space_remap(struct space *space, u64 start, u64 old_length, u64 new_length, u64 to, u32 flags)
{
	struct remap remap = {
		.space = space,
		.start = start,
		.old_length = align_up(old_length, PAGE_SIZE),
		.new_length = align_up(new_length, PAGE_SIZE),
	};

	if (!is_aligned(start | to, PAGE_SIZE) || !old_length || !new_length ||
		new_length > USER_END || old_length > USER_END)
		return -EINVAL;
	if ((flags & REMAP_FIXED) &&
		(!(flags & REMAP_MAY_MOVE) || to > USER_END - remap.new_length ||
			(to < start + remap.old_length && start < to + remap.new_length)))
		return -EINVAL;
	write_lock(&remap.space->lock);
	s64 result = remap_locked(&remap, to, flags);

	write_unlock(&remap.space->lock);
	return result;
}
