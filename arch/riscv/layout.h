/*
 * The kernel's half of the Sv39 address space. User programs have the lower half.
 *
 *	0xffff_ffc0_0000_0000	direct map: all usable memory, at its physical address + this
 *	0xffff_fff0_0000_0000	shadow, with the address sanitizer only: the direct map is smaller
 *	0xffff_fff8_0000_0000	memory map: struct page of every frame, by frame number
 *	0xffff_fffa_0000_0000	kernel stacks, each with a guard of the same size below it
 *	0xffff_fffb_0000_0000	device registers
 *	0xffff_ffff_8000_0000	the kernel image
 *
 * Every entry of the root table that this half uses is filled at boot (arch/riscv/kmap.c) and
 * never changes, so an address space gets the kernel by copying half a page.
 */
#pragma once

#include "lib/sanitize.h"

#define DIRECT_MAP_BASE 0xffffffc000000000
#if SANITIZE_ADDRESS
#define DIRECT_MAP_SIZE 0x0000003000000000 /* physical addresses below 192 GiB */
#else
#define DIRECT_MAP_SIZE 0x0000003800000000 /* physical addresses below 224 GiB */
#endif
/*
 * The shadow of the kernel's half: a byte for each 8. The build tells the compiler the offset. The
 * shadow of the image, which may have up to IMAGE_SHADOW_SIZE * 8 bytes, is in the image itself.
 */
#define SHADOW_BASE       0xfffffff000000000
#define SHADOW_SHIFT      3
#define SHADOW_OFFSET     0xdffffff800000000 /* SHADOW_BASE - (DIRECT_MAP_BASE >> SHADOW_SHIFT) */
#define IMAGE_SHADOW      0xfffffff7f0000000 /* the shadow of KERNEL_BASE */
#define IMAGE_SHADOW_SIZE 0x200000
#define MEMORY_MAP_BASE   0xfffffff800000000
#define STACKS_BASE       0xfffffffa00000000
#define STACKS_SIZE       0x0000000040000000
#define DEVICES_BASE      0xfffffffb00000000
#define DEVICES_SIZE      0x0000000040000000
#define KERNEL_BASE       0xffffffff80000000

/* User addresses end here; the last page stays empty, so that no range ends at the very top. */
#define USER_END 0x0000003ffffff000

#define STACK_SIZE 0x4000 /* of a kernel stack: 16 KiB; the guard below has the same size */

#ifndef __ASSEMBLER__

#include "lib/types.h"

struct page;

#define memory_map ((struct page *)MEMORY_MAP_BASE)

/* Where the kernel sees a physical address of usable memory. */
static inline void *direct_map(paddr_t address)
{
	return (void *)(DIRECT_MAP_BASE + address.value);
}

static inline paddr_t direct_map_physical(const void *address)
{
	return PADDR((u64)address - DIRECT_MAP_BASE);
}

static inline u8 *shadow_of(u64 address)
{
	return (u8 *)((address >> SHADOW_SHIFT) + SHADOW_OFFSET);
}

#endif
