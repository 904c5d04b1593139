/* For unit tests: the kernel's half of a root table, which is empty here. */
#pragma once

#include "arch/riscv/layout.h"
#include "arch/riscv/pte.h"
#include "lib/types.h"

/* The kernel's own tables: a test that needs them implements these functions. */
enum kernel_protection { KERNEL_READ_ONLY, KERNEL_READ_WRITE, KERNEL_EXECUTE };

struct table_memory {
	paddr_t (*allocate)(void);
	void (*free)(paddr_t table);
};

extern char image_start[], image_end[];

paddr_t image_physical(const void *address);
void kernel_map_init(const struct table_memory *memory);
int kernel_map(u64 address, paddr_t physical, u64 size, enum kernel_protection protection);
int kernel_map_reserve(u64 address, u64 size);
void kernel_map_finish(void);

void root_table_init(pte_t *root);
void root_table_clear(pte_t *root);
void root_table_switch(paddr_t table, u16 number);
void root_table_switch_kernel(void);
