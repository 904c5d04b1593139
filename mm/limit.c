/*
 * How large address spaces may get. Their sizes are not kept but added up, region by region, when
 * there is a limit to compare them with. Locks: the space's.
 */
#include "mm/limit.h"

#include "lib/abi/errno.h"
#include "lib/abi/resource.h"
#include "mm/region.h"
#include "mm/space_internal.h"

/* Private memory that can be written, without stacks: what RLIMIT_DATA is about. */
static bool is_data(u32 flags)
{
	return (flags & REGION_WRITE) && !(flags & (REGION_SHARED | REGION_GROWS_DOWN));
}

static bool counts(u32 flags, u32 resource)
{
	switch (resource) {
	case RLIMIT_DATA:
		return is_data(flags);
	case RLIMIT_MEMLOCK:
		return flags & REGION_LOCKED;
	default:
		return true;
	}
}

/* How much of [start, end) the region covers. */
static u64 bytes_within(const struct region *region, u64 start, u64 end)
{
	u64 low = max(region->start, start), high = min(region->end, end);

	return low < high ? high - low : 0;
}

static bool exceeds(struct space *space, const struct growth *growth, u32 resource)
	REQUIRES_SHARED(space->lock)
{
	u64 limit, sum = growth->bytes;

	if (!counts(growth->flags, resource))
		return false;
	limit = limit_of_caller(resource);
	if (limit == RLIM_INFINITY)
		return false;
	for (struct region *region = region_first(space->regions); region;
		region = region_next(region))
		if (counts(region->flags, resource))
			sum += region->end - region->start -
				bytes_within(region, growth->start, growth->end);
	return sum > limit;
}

int limit_check_growth(struct space *space, struct growth growth)
{
	if (exceeds(space, &growth, RLIMIT_AS) || exceeds(space, &growth, RLIMIT_DATA))
		return -ENOMEM;
	if (exceeds(space, &growth, RLIMIT_MEMLOCK))
		return limit_of_caller(RLIMIT_MEMLOCK) ? -EAGAIN : -EPERM;
	return 0;
}

int limit_check_writable(struct space *space, u64 start, u64 end)
{
	u64 limit = limit_of_caller(RLIMIT_DATA), sum = 0, added = 0;

	if (limit == RLIM_INFINITY)
		return 0;
	for (struct region *region = region_first(space->regions); region;
		region = region_next(region)) {
		if (is_data(region->flags))
			sum += region->end - region->start;
		else if (is_data(region->flags | REGION_WRITE))
			added += bytes_within(region, start, end);
	}
	return added && sum + added > limit ? -ENOMEM : 0;
}

int limit_check_lock(struct space *space, u64 start, u64 end)
{
	u64 limit = limit_of_caller(RLIMIT_MEMLOCK), sum = 0;

	for (struct region *region = region_first(space->regions); region;
		region = region_next(region)) {
		if (region->flags & REGION_LOCKED)
			sum += region->end - region->start;
		else
			sum += bytes_within(region, start, end);
	}
	if (!limit)
		return -EPERM;
	return sum > limit ? -ENOMEM : 0;
}

/* No accessible mapping, which a stack overflow could write to, may lie right below the stack. */
static bool gap_is_free(struct regions *regions, const struct region *stack, u64 start)
{
	struct region *region = region_find(regions, start - min(start, STACK_GAP));

	for (; region != stack; region = region_next(region))
		if ((region->flags & REGION_PROTECTION) && !(region->flags & REGION_GROWS_DOWN))
			return false;
	return true;
}

/* The stack that would have to grow for the address, or NULL. */
static struct region *find_stack(struct space *space, u64 address) REQUIRES_SHARED(space->lock)
{
	struct region *stack = region_find(space->regions, address);

	if (address < MAP_LOWEST)
		return NULL;
	if (!stack || !(stack->flags & REGION_GROWS_DOWN) ||
		stack->end - address > limit_of_caller(RLIMIT_STACK))
		return NULL;
	return gap_is_free(space->regions, stack, address) ? stack : NULL;
}

static int grow_locked(struct space *space, u64 address) REQUIRES(space->lock)
{
	struct region *stack = find_stack(space, address);
	struct growth growth = {};
	int error;

	if (region_at(space->regions, address))
		return 0; /* another thread was faster */
	if (!stack)
		return -EFAULT;
	growth.bytes = stack->start - address;
	growth.flags = stack->flags;
	if (limit_check_growth(space, growth))
		return -EFAULT;
	error = regions_own(&space->regions);
	if (error)
		return error;
	/* The set may be a copy now. The limit may have changed as well, but it was checked. */
	region_find(space->regions, address)->start = address;
	return 0;
}

int stack_grow(struct space *space, u64 address)
{
	int error = -EFAULT;
	bool found;

	address = align_down(address, PAGE_SIZE);
	read_lock(&space->lock);
	found = find_stack(space, address);
	read_unlock(&space->lock);
	if (!found)
		return error;
	write_lock(&space->lock);
	error = grow_locked(space, address);
	write_unlock(&space->lock);
	return error;
}
