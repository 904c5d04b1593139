/*
 * The kernel's own page tables. Built at boot, on one hart, device registers included; later only
 * kernel stacks come and go, in a window whose upper tables already exist, under its owner's lock.
 */
#pragma once

#include "arch/riscv/layout.h"
#include "arch/riscv/pte.h"
#include "lib/types.h"

/* No mapping is ever both writable and executable. */
enum kernel_protection {
	KERNEL_READ_ONLY,
	KERNEL_READ_WRITE,
	KERNEL_EXECUTE, /* and read */
};

/* The linker's marks in the image (arch/riscv/kernel.ld), each page-aligned. */
extern char image_shadow[]; /* arch/riscv/layout.h: IMAGE_SHADOW */
extern char image_start[], text_end[], rodata_end[], image_end[];

/* Where pages for tables come from. */
struct table_memory {
	paddr_t (*allocate)(void); /* zeroed, in the direct map; 0: no memory */
	void (*free)(paddr_t table);
};

/* Says where the image was loaded, first of all; from then on, tells where something in it lies. */
void image_set_physical(paddr_t image);
paddr_t image_physical(const void *address);

/* Before anything below. */
void kernel_map_init(const struct table_memory *memory);

/* Maps page-aligned ranges with the largest pages that fit. 0 or -ENOMEM. */
int kernel_map(u64 address, paddr_t physical, u64 size, enum kernel_protection) MUST_CHECK;

/* Unmaps pages of one 2 MiB range, without a flush: whoever maps other pages there flushes. */
void kernel_unmap(u64 address, u64 size);

/* Flushes, and frees a window's tables that map nothing any more. The caller holds its lock. */
void kernel_trim(u64 address, u64 size);

/* The physical address that a mapped page's address leads to. */
paddr_t kernel_lookup(u64 address);

/* Makes the tables for a range, without mapping anything: down to level 1. 0 or -ENOMEM. */
int kernel_map_reserve(u64 address, u64 size) MUST_CHECK;

/* Maps the image with its permissions, and runs on these tables from now on. */
void kernel_map_finish(void);

/* The value of satp for the kernel's own tables. */
u64 kernel_satp(void);

/* Puts the kernel's half into an empty root table, and takes it out again. */
void root_table_init(pte_t *table);
void root_table_clear(pte_t *table);

/*
 * Switches the calling hart to the tree of this root table, or to the kernel's own. The caller
 * flushes what the hart remembers of other trees under the same number (arch/riscv/asid.h).
 */
void root_table_switch(paddr_t table, u16 number);
void root_table_switch_kernel(void);
