/*
 * fork() as the memory sees it: the child gets the parent's set of regions and the parent's page
 * tables, all of them shared, so that the cost depends on neither how much is mapped nor how much is
 * touched. What is copied here are the entries of the root table; everything below is copied when
 * one of the two first touches it (mm/table.c, mm/fault.c).
 */
#include "arch/riscv/tlb.h"
#include "mm/page.h"
#include "mm/space_internal.h"
#include "mm/table.h"

struct space *space_fork(struct space *parent)
{
	write_lock(&parent->lock);
	struct space *child = space_new(parent->regions);

	if (child) {
		regions_get(parent->regions);
		child->brk_start = parent->brk_start;
		child->brk = parent->brk;
		spin_lock(&parent->table_lock);
		table_share_root(parent, child->root);
		/*
		 * Another thread of the parent may be writing through a translation from before.
		 * Until it has been forgotten everywhere, such a store would reach the child.
		 */
		tlb_flush_context(&parent->tlb);
		spin_unlock(&parent->table_lock);
	}
	write_unlock(&parent->lock);
	return child;
}
