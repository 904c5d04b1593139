/*
 * The memory's part of fork(): the child shares the parent's set of regions and its page tables, so
 * that the cost depends neither on how much is mapped nor on how much has been touched. Only the
 * entries of the root table are copied here, with a few sparse tables; all else is copied when
 * parent or child first touches it (mm/table.c, mm/fault.c).
 */
#include "arch/riscv/tlb.h"
#include "mm/space_internal.h"
#include "mm/table.h"

/* Takes away what the child does not inherit: locks, and what madvise() excluded. */
static int leave_out(struct space *child) NO_THREAD_SAFETY_ANALYSIS
{
	struct region *region;
	int error = 0;

	/* Nobody else changes the child's regions: it does not run yet. */
	for (u64 at = 0; !error && (region = region_find(child->regions, at));) {
		u64 start = region->start, length = region->end - start;
		u32 flags = region->flags;

		at = region->end;
		if (flags & REGION_LOCKED)
			error = space_mark(child, start, length, 0, REGION_LOCKS);
		if (!error && (flags & REGION_DONT_FORK))
			error = space_unmap(child, start, length);
		else if (!error && (flags & REGION_WIPE_ON_FORK))
			error = space_discard(child, start, length, false);
	}
	return error;
}

struct space *space_fork(struct space *parent)
{
	struct space *child = space_new();

	if (!child)
		return NULL;
	/* Covers the child, too: others lock it only in space_hold_all(), which takes this one. */
	write_lock(&parent->lock);
	child->regions = parent->regions;
	regions_get(child->regions);
	child->layout = parent->layout;
	child->brk = parent->brk;
	spin_lock(&parent->table_lock);
	table_share_root(parent, child->root);
	/*
	 * Another thread of the parent may be writing through a translation from before.
	 * Until it has been forgotten everywhere, such a store would reach the child.
	 */
	tlb_flush_context(&parent->tlb);
	spin_unlock(&parent->table_lock);
	write_unlock(&parent->lock);
	if (unlikely(child->regions->for_children) && leave_out(child)) {
		space_put(child);
		return NULL;
	}
	return child;
}
