/* For unit tests: memory of the simulated machine (tests/unit/machine.h) in place of the kernel's. */
#pragma once

#include "lib/types.h"

#define USER_END   0x0000003ffffff000
#define STACK_SIZE 0x4000

#define DIRECT_MAP_SIZE 0x0000003800000000
#define STACKS_BASE     0xfffffffa00000000
#define STACKS_SIZE     0x0000000040000000
#define DEVICES_BASE    0xfffffffb00000000
#define DEVICES_SIZE    0x0000000040000000
#define KERNEL_BASE     0xffffffff80000000
#define SHADOW_BASE     0xfffffff000000000
#define SHADOW_SHIFT    3

struct page;

extern u8 *const machine_memory;
extern struct page *const machine_pages;

#define memory_map machine_pages

static inline void *direct_map(paddr_t address)
{
	return machine_memory + address.value;
}

static inline paddr_t direct_map_physical(const void *address)
{
	return PADDR((const u8 *)address - machine_memory);
}
