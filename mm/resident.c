/*
 * Whether a range is mapped, which of its pages are in memory, and bringing them in: for msync,
 * mincore, mlock and madvise. Locks: the space's, as in mm/space.h.
 */
#include "arch/riscv/layout.h"
#include "arch/riscv/pte.h"
#include "lib/abi/errno.h"
#include "lib/abi/resource.h"
#include "mm/cache.h"
#include "mm/limit.h"
#include "mm/space_internal.h"
#include "mm/table.h"
#include "mm/wait.h"

int space_check_range(u64 start, u64 length)
{
	if (!is_aligned(start, PAGE_SIZE))
		return -EINVAL;
	return length > USER_END || start > USER_END - length ? -ENOMEM : 0;
}

int space_check_mapped(struct space *space, u64 start, u64 length, u32 flags)
{
	u64 end = start + align_up(length, PAGE_SIZE), at = start;
	int error = space_check_range(start, align_up(length, PAGE_SIZE));

	if (error)
		return error;
	read_lock(&space->lock);
	while (at < end) {
		struct region *region = region_at(space->regions, at);

		if (!region || (region->flags & flags) != flags) {
			error = region ? -EACCES : -ENOMEM;
			break;
		}
		at = region->end;
	}
	read_unlock(&space->lock);
	return error;
}

static bool object_has_page(struct region *region, u64 address)
{
	struct page *page = cache_find(region->operations->cache(region),
		region->offset + ((address - region->start) >> PAGE_SHIFT));

	if (page)
		page_put(page);
	return page;
}

/* Whether a page is mapped there, or could be without being read in. */
static bool is_resident(struct space *space, struct region *region, u64 address)
	REQUIRES_SHARED(space->lock)
{
	bool shared, present;
	pte_t *entry;

	spin_lock(&space->table_lock);
	entry = table_look_up(space, address, &shared);
	present = entry && pte_is_leaf(pte_load(entry));
	spin_unlock(&space->table_lock);
	return present || (region->operations && object_has_page(region, address));
}

int space_resident(struct space *space, u64 start, u8 *resident, size_t pages)
{
	int error = 0;

	read_lock(&space->lock);
	for (size_t i = 0; i < pages && !error; i++) {
		u64 address = start + i * PAGE_SIZE;
		struct region *region = region_at(space->regions, address);

		if (region)
			resident[i] = is_resident(space, region, address);
		else
			error = -ENOMEM;
	}
	read_unlock(&space->lock);
	return error;
}

/* Which access brings in the page at an address; write: so that it need not be copied later. */
static int find_access(struct space *space, u64 address, bool write, enum access *access)
{
	struct region *region;
	int error = 0;

	read_lock(&space->lock);
	region = region_at(space->regions, address);
	if (!region)
		error = -ENOMEM;
	else if (write && (region->flags & REGION_WRITE))
		*access = ACCESS_WRITE;
	else if (region->flags & REGION_READ)
		*access = ACCESS_READ;
	else if (region->flags & REGION_EXECUTE)
		*access = ACCESS_EXECUTE;
	else
		error = -EFAULT;
	read_unlock(&space->lock);
	return error;
}

/* Brings the range in, if it is to be locked at once. */
void space_populate_locked(struct space *space, u64 start, u64 length, u32 flags)
{
	/* As on Linux, errors are ignored: what is missing comes in, or fails, when touched. */
	if ((flags & REGION_LOCKS) == REGION_LOCKED)
		(void)!space_populate(space, start, length, true);
}

int space_lock(struct space *space, u64 start, u64 length, u32 flags)
{
	int error = space_check_range(start, length);

	if (error || !length)
		return error;
	write_lock(&space->lock);
	error = limit_check_lock(space, start, start + length);
	if (!error)
		error = space_mark_locked(space, start, start + length, flags, REGION_LOCKS);
	write_unlock(&space->lock);
	if (!error && !(flags & REGION_ON_FAULT))
		error = space_populate(space, start, length, true);
	return error == -ENXIO || error == -EFAULT ? -ENOMEM : error;
}

static int mark_all(struct space *space, u32 locks) REQUIRES(space->lock)
{
	int error = regions_own(&space->regions);

	if (error)
		return error;
	for (struct region *region = region_first(space->regions); region;
		region = region_next(region))
		region->flags = (region->flags & ~(u32)REGION_LOCKS) | locks;
	space->regions->for_children |= locks != 0;
	regions_merge(space->regions, 0, USER_END);
	return 0;
}

static void populate_all(struct space *space)
{
	struct region *region, copy = {};

	do {
		read_lock(&space->lock);
		region = region_find(space->regions, copy.end);
		if (region)
			copy = *region;
		read_unlock(&space->lock);
		if (region)
			space_populate_locked(space, copy.start, copy.end - copy.start, copy.flags);
	} while (region);
}

int space_lock_all(struct space *space, u32 present, u32 future)
{
	int error = 0;

	write_lock(&space->lock);
	if (present)
		error = limit_check_lock(space, 0, USER_END);
	else if (future && !limit_of_caller(RLIMIT_MEMLOCK))
		error = -EPERM;
	if (!error && (present || !future))
		error = mark_all(space, present);
	if (!error)
		space->locks_new = future;
	write_unlock(&space->lock);
	if (!error && present)
		populate_all(space);
	return error;
}

int space_populate(struct space *space, u64 start, u64 length, bool write)
{
	u64 end = start + align_up(length, PAGE_SIZE);
	int error = space_check_range(start, align_up(length, PAGE_SIZE));

	for (u64 at = start; at < end && !error; at += PAGE_SIZE) {
		enum access access;

		error = wait_give_way() ? find_access(space, at, write, &access) : -EINTR;
		if (!error)
			error = fault_resolve(space, UADDR(at), access);
	}
	return error;
}
