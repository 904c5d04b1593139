/*
 * Page-table entries, Sv39 (privileged specification, volume II, sections 4.3 and 4.4).
 *
 * A user virtual address, and the entry that each 9-bit index picks from a table of 512:
 *
 *	 38       30 29       21 20       12 11        0
 *	+-----------+-----------+-----------+-----------+
 *	|  level 2  |  level 1  |  level 0  |  offset   |
 *	+-----------+-----------+-----------+-----------+
 *
 *	 63    54 53                   10  9   8  7 6 5 4 3 2 1 0
 *	+--------+-----------------------+---+---+-+-+-+-+-+-+-+-+
 *	|    0   |  frame number         | S | C |D|A|G|U|X|W|R|V|
 *	+--------+-----------------------+---+---+-+-+-+-+-+-+-+-+
 *
 * Bits 8 and 9 are left to software: C marks a leaf as copy-on-write, S as part of a shared mapping.
 *
 * An entry is one of
 *	empty		0
 *	leaf		V=1, some of R W X: maps a page
 *	table		V=1, R=W=X=0: points to a table that this entry owns alone
 *	shared table	V=0, C=1: points to a table that other entries point to as well. The hardware
 *			sees an invalid entry, so the first touch below it faults, and the
 *			kernel makes the table its own (mm/table.c).
 */
#pragma once

#include <stdatomic.h>

#include "lib/types.h"

typedef struct {
	u64 value;
} pte_t;

#define PTE_VALID       BIT(0)
#define PTE_READ        BIT(1)
#define PTE_WRITE       BIT(2)
#define PTE_EXECUTE     BIT(3)
#define PTE_USER        BIT(4)
#define PTE_GLOBAL      BIT(5)
#define PTE_ACCESSED    BIT(6)
#define PTE_DIRTY       BIT(7)
#define PTE_COW         BIT(8)
#define PTE_SHARED      BIT(9)
#define PTE_FRAME_SHIFT 10

#define PHYSICAL_END BIT(56) /* frame numbers have 44 bits */

#define PTE_LEAF_MASK  (PTE_READ | PTE_WRITE | PTE_EXECUTE)
#define PTE_STATE_MASK (PTE_LEAF_MASK | PTE_VALID)

#define TABLE_ROOT_LEVEL   2
#define TABLE_INDEX_BITS   9
#define TABLE_ENTRIES      (1 << TABLE_INDEX_BITS)
#define TABLE_USER_ENTRIES (TABLE_ENTRIES / 2) /* of the root: the lower half is the user's */

/* log2 of the bytes that one entry covers at a level. */
static inline unsigned int table_shift(unsigned int level)
{
	return PAGE_SHIFT + level * TABLE_INDEX_BITS;
}

static inline unsigned int table_index(u64 address, unsigned int level)
{
	return (address >> table_shift(level)) & (TABLE_ENTRIES - 1);
}

/* The hardware and other harts read entries while they change: access them whole, and once. */
static inline pte_t pte_load(const pte_t *entry)
{
	return (pte_t){ __atomic_load_n(&entry->value, __ATOMIC_RELAXED) };
}

static inline void pte_store(pte_t *entry, pte_t pte)
{
	/* Release: the page's or table's content is there before the entry that points to it. */
	__atomic_store_n(&entry->value, pte.value, __ATOMIC_RELEASE);
}

/* Sets bits atomically, for the hardware may set A and D meanwhile. */
static inline void pte_set_bits(pte_t *entry, u64 bits)
{
	__atomic_fetch_or(&entry->value, bits, __ATOMIC_RELAXED);
}

#define PTE_EMPTY ((pte_t){ 0 })

static inline bool pte_is_empty(pte_t pte)
{
	return pte.value == 0;
}

static inline bool pte_is_leaf(pte_t pte)
{
	return (pte.value & PTE_VALID) && (pte.value & PTE_LEAF_MASK);
}

static inline bool pte_is_table(pte_t pte)
{
	return (pte.value & PTE_STATE_MASK) == PTE_VALID;
}

static inline bool pte_is_shared_table(pte_t pte)
{
	return !pte_is_empty(pte) && !(pte.value & PTE_VALID);
}

static inline paddr_t pte_physical(pte_t pte)
{
	return PADDR(pte.value >> PTE_FRAME_SHIFT << PAGE_SHIFT);
}

static inline pte_t pte_make(paddr_t address, u64 bits)
{
	return (pte_t){ address.value >> PAGE_SHIFT << PTE_FRAME_SHIFT | bits };
}

static inline pte_t pte_make_table(paddr_t table)
{
	return pte_make(table, PTE_VALID);
}

/* What a leaf permits, as the layers above name it: R, W and X from bit 0 up. */
#define LEAF_READ    1
#define LEAF_WRITE   2
#define LEAF_EXECUTE 4

static inline u64 leaf_bits(u32 permissions)
{
	u64 bits = (u64)permissions << 1;

	/* The hardware has no pages that can be written but not read... */
	if (permissions & LEAF_WRITE)
		bits |= PTE_READ;
	/* ...and none without permissions: such a page becomes one that is not the user's. */
	return bits ? bits | PTE_USER : PTE_READ;
}

/* The LEAF_* of a leaf whose first write must still be noticed. What can be written can be read. */
static inline u32 leaf_before_write(u32 permissions)
{
	if (permissions & LEAF_WRITE)
		permissions |= LEAF_READ;
	return permissions & ~(u32)LEAF_WRITE;
}

/* A user's leaf. A is set from the start: the page is mapped because it is being touched. */
static inline pte_t pte_make_leaf(paddr_t address, u32 permissions)
{
	return pte_make(address, PTE_VALID | PTE_ACCESSED | leaf_bits(permissions));
}

/* The same page with other permissions, and without the copy-on-write mark. */
static inline pte_t pte_with_permissions(pte_t pte, u32 permissions)
{
	u64 kept = pte.value & ~(PTE_LEAF_MASK | PTE_USER | PTE_COW);

	return (pte_t){ kept | leaf_bits(permissions) };
}

static inline pte_t pte_with(pte_t pte, u64 bits)
{
	return (pte_t){ pte.value | bits };
}

/* permission: one of LEAF_*. */
static inline bool pte_permits(pte_t pte, u32 permission)
{
	u64 needed = PTE_VALID | PTE_USER | (u64)permission << 1;

	return (pte.value & needed) == needed;
}

static inline bool pte_writable(pte_t pte)
{
	return pte.value & PTE_WRITE;
}

static inline bool pte_cow(pte_t pte)
{
	return pte.value & PTE_COW;
}

static inline bool pte_shared_mapping(pte_t pte)
{
	return pte.value & PTE_SHARED;
}

static inline bool pte_equal(pte_t a, pte_t b)
{
	return a.value == b.value;
}

/*
 * What an entry becomes when a second tree gets it too: immutable. A table becomes invalid; a
 * writable page of a private mapping becomes read-only and copy-on-write.
 */
static inline pte_t pte_shared_form(pte_t pte)
{
	if (pte_is_table(pte))
		return (pte_t){ (pte.value & ~PTE_VALID) | PTE_COW };
	if (pte_writable(pte) && !pte_shared_mapping(pte))
		return (pte_t){ (pte.value & ~PTE_WRITE) | PTE_COW };
	return pte;
}

/* Replaces the entry if it is *expected; if not, stores what it is there and returns false. */
static inline bool pte_compare_exchange(pte_t *entry, pte_t *expected, pte_t desired)
{
	return __atomic_compare_exchange_n(&entry->value, &expected->value, desired.value, false,
		__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}
