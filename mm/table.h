/*
 * Page tables as counted objects: the tree below an address space's root.
 *
 * An entry either owns the table below it (a valid entry, and the table's count is 1) or shares it
 * with entries of other trees (V=0 and a mark). Sharing a table shares all that lies below it, so
 * its entries must not change: before a tree changes one, it makes every table on the way to it its
 * own. One operation does that, the same at every level, and fork() is this operation applied to
 * the root.
 *
 *	  parent's root            child's root
 *	+---+---+---+---+        +---+---+---+---+
 *	|   | s |   | s |        |   | s |   | s |	s: shared, V=0
 *	+---+-|-+---+-|-+        +---+-|-+---+-|-+
 *	      |       +----------------|-------+
 *	      +-------------+----------+
 *	                    v
 *	            +---+---+---+---+
 *	            | t |   |   | t |	count 2; its entries are as they were before the fork
 *	            +---+---+---+---+
 *
 * All of this is called with the address space's table_lock held, except where it says otherwise.
 */
#pragma once

#include "arch/riscv/lock.h"
#include "arch/riscv/pte.h"
#include "lib/types.h"
#include "mm/space.h"

/* A root with an empty user half; NULL: no memory. */
struct page *table_create_root(void);

/* Drops everything below the root, and the root. No hart runs in this tree; no lock is needed. */
void table_destroy_root(struct page *root);

/* Gives the empty tree below `to` all that is below `from`, copy-on-write. Cannot fail. */
void table_share_root(struct space *from, struct page *to) REQUIRES(from->table_lock);

/*
 * Finds the leaf entry for an address; tables on the way are created, or owned. 0 or -ENOMEM.
 * *result stays valid while space->lock is held, at least for reading.
 */
int table_find_entry(struct space *space, u64 address, pte_t **result)
	REQUIRES(space->table_lock) MUST_CHECK;

/* Fills an entry that was empty; other files put only leaves in. */
void table_fill(pte_t *entry, pte_t pte);

/*
 * The leaf entry for an address, through shared tables too; *shared: it lies below a shared entry.
 * NULL: there is no table for it.
 */
pte_t *table_look_up(struct space *space, u64 address, bool *shared) REQUIRES(space->table_lock);

/*
 * Owns the tables that [start, end) covers in part, so that table_unmap() of that range cannot
 * fail. 0 or -ENOMEM.
 */
int table_own_edges(struct space *space, u64 start, u64 end) REQUIRES(space->table_lock) MUST_CHECK;

/* Owns all tables of leaves in the range. 0 or -ENOMEM. */
int table_own_range(struct space *space, u64 start, u64 end) REQUIRES(space->table_lock) MUST_CHECK;

/* Empties the range, and drops what was there once no hart can reach it any more. */
void table_unmap(struct space *space, u64 start, u64 end) REQUIRES(space->table_lock);

/*
 * Takes the leaves of a range out of their tables, shared ones too. The caller holds the locks of
 * all spaces. copies: all leaves, else only those for pages of a page cache.
 */
void table_withdraw(struct space *space, u64 start, u64 end, bool copies)
	REQUIRES(space->table_lock);

/* Changes the leaves of an owned range; permissions: LEAF_*. Flushes. */
void table_protect(struct space *space, u64 start, u64 end, u32 permissions)
	REQUIRES(space->table_lock);

/*
 * Prepares table_move(): owns the tables that exist for `to`, and creates those that the leaves of
 * the owned range at `from` will need there. 0 or -ENOMEM.
 */
int table_make_target(struct space *space, u64 from, u64 to, u64 length)
	REQUIRES(space->table_lock) MUST_CHECK;

/* Moves an owned range's leaves to a target from table_make_target(), whose leaves are dropped. */
void table_move(struct space *space, u64 from, u64 to, u64 length) REQUIRES(space->table_lock);

/*
 * Visits each leaf in the range, through shared tables too. `shared`: the leaf is in a table that
 * other trees have as well. The visitor may not change anything.
 */
typedef void table_visitor(u64 address, pte_t pte, bool shared, void *argument);
void table_visit(struct space *space, u64 start, u64 end, table_visitor *visit, void *argument)
	REQUIRES(space->table_lock);

/* Page tables in the tree, the root included. */
u64 table_total(struct space *space) REQUIRES(space->table_lock);
