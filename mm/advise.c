/*
 * madvise(2): memory that is no longer needed, and what children get. Locks: the space's, as in
 * mm/space.h.
 */
#include "lib/abi/errno.h"
#include "mm/space_internal.h"
#include "mm/table.h"

/*
 * -ENOMEM: a hole. -EINVAL: private_only, and a region maps a file or is shared; or a region has
 * one of the refused flags.
 */
static int check_regions(struct space *space, u64 start, u64 end, bool private_only, u32 refused)
	REQUIRES_SHARED(space->lock)
{
	int error = 0;

	for (u64 at = start; at < end;) {
		struct region *region = region_find(space->regions, at);

		if (!region || region->start > at)
			error = -ENOMEM;
		if (!region || region->start >= end)
			break;
		if ((private_only && region->operations) || (region->flags & refused))
			return -EINVAL;
		at = region->end;
	}
	return error;
}

static int discard_pages(struct space *space, u64 start, u64 end) REQUIRES(space->lock)
{
	spin_lock(&space->table_lock);
	int error = table_own_edges(space, start, end);

	if (!error)
		table_unmap(space, start, end);
	spin_unlock(&space->table_lock);
	return error;
}

int space_discard(struct space *space, u64 start, u64 length, bool private_only)
{
	length = align_up(length, PAGE_SIZE);

	int error = space_check_range(start, length);

	if (error || !length)
		return error;
	write_lock(&space->lock);
	int hole = check_regions(space, start, start + length, private_only, REGION_LOCKED);

	error = hole == -EINVAL ? hole : discard_pages(space, start, start + length);

	write_unlock(&space->lock);
	return error ? error : hole;
}

int space_check_unlocked(struct space *space, u64 start, u64 length)
{
	length = align_up(length, PAGE_SIZE);

	int error = space_check_range(start, length);

	if (error)
		return error;
	read_lock(&space->lock);
	int found = check_regions(space, start, start + length, false, REGION_LOCKED);

	read_unlock(&space->lock);
	return found == -EINVAL ? -EBUSY : found;
}

int space_mark_locked(struct space *space, u64 start, u64 end, u32 set, u32 clear)
{
	int error = check_regions(space, start, end, set & REGION_WIPE_ON_FORK, 0);

	if (!error)
		error = regions_own(&space->regions);
	if (error)
		return error;
	error = space_split_locked(space, start, end);
	for (struct region *region = region_find(space->regions, start);
		!error && region && region->start < end; region = region_next(region))
		region->flags = (region->flags & ~clear) | set;
	space->regions->for_children |= !error && set;
	regions_merge(space->regions, start, end);
	return error;
}

int space_mark(struct space *space, u64 start, u64 length, u32 set, u32 clear)
{
	length = align_up(length, PAGE_SIZE);

	int error = space_check_range(start, length);

	if (error || !length)
		return error;
	write_lock(&space->lock);
	error = space_mark_locked(space, start, start + length, set, clear);

	write_unlock(&space->lock);
	return error;
}
