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
#ifndef COWSLIP_ARCH_RISCV_PTE_H
#define COWSLIP_ARCH_RISCV_PTE_H

#include <stdatomic.h>

#include "lib/types.h"

typedef struct {
	u64 value;
} pte_t;

#define PTE_VALID BIT(0)
#define PTE_READ BIT(1)
#define PTE_WRITE BIT(2)
#define PTE_EXECUTE BIT(3)
#define PTE_USER BIT(4)
#define PTE_GLOBAL BIT(5)
#define PTE_ACCESSED BIT(6)
#define PTE_DIRTY BIT(7)
#define PTE_COW BIT(8)
#define PTE_SHARED BIT(9)
#define PTE_FRAME_SHIFT 10

#define PTE_LEAF_MASK (PTE_READ | PTE_WRITE | PTE_EXECUTE)
#define PTE_STATE_MASK (PTE_LEAF_MASK | PTE_VALID)

#define TABLE_LEVELS 3
#define TABLE_ROOT_LEVEL 2
#define TABLE_INDEX_BITS 9
#define TABLE_ENTRIES (1 << TABLE_INDEX_BITS)
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

/* Entries change under the feet of the hardware and of other harts: whole and once. */
static inline pte_t pte_load(const pte_t *entry)
{
	return (pte_t){__atomic_load_n(&entry->value, __ATOMIC_RELAXED)};
}

static inline void pte_store(pte_t *entry, pte_t pte)
{
	/* Release: the page's or table's content is there before the entry that points to it. */
	__atomic_store_n(&entry->value, pte.value, __ATOMIC_RELEASE);
}

static inline pte_t pte_exchange(pte_t *entry, pte_t pte)
{
	return (pte_t){__atomic_exchange_n(&entry->value, pte.value, __ATOMIC_ACQ_REL)};
}

/* Clears (sets) bits atomically, for the hardware may set A and D meanwhile. */
static inline pte_t pte_clear_bits(pte_t *entry, u64 bits)
{
	return (pte_t){__atomic_fetch_and(&entry->value, ~bits, __ATOMIC_ACQ_REL)};
}

static inline pte_t pte_set_bits(pte_t *entry, u64 bits)
{
	return (pte_t){__atomic_fetch_or(&entry->value, bits, __ATOMIC_ACQ_REL)};
}

#define PTE_EMPTY ((pte_t){0})

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
	return !(pte.value & PTE_VALID) && (pte.value & PTE_COW);
}

static inline paddr_t pte_physical(pte_t pte)
{
	return PADDR(pte.value >> PTE_FRAME_SHIFT << PAGE_SHIFT);
}

static inline pte_t pte_make(paddr_t address, u64 bits)
{
	return (pte_t){address.value >> PAGE_SHIFT << PTE_FRAME_SHIFT | bits};
}

static inline pte_t pte_make_table(paddr_t table)
{
	return pte_make(table, PTE_VALID);
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

#endif
