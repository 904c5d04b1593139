/*
 * Device registers. The fences order a register access with the memory accesses around it, so that
 * everything happens in the order in which a driver is written.
 */
#pragma once

#include "lib/types.h"

/* Maps registers for the kernel, for good. NULL: no room, or no hart has such an address. */
void *mmio_map(paddr_t address, size_t size);

static inline u8 mmio_read8(const volatile void *address)
{
	u8 value = *(const volatile u8 *)address;

	__asm__ volatile("fence i, ior" ::: "memory");
	return value;
}

static inline u32 mmio_read32(const volatile void *address)
{
	u32 value = *(const volatile u32 *)address;

	__asm__ volatile("fence i, ior" ::: "memory");
	return value;
}

static inline void mmio_write8(volatile void *address, u8 value)
{
	__asm__ volatile("fence iow, o" ::: "memory");
	*(volatile u8 *)address = value;
}

static inline void mmio_write32(volatile void *address, u32 value)
{
	__asm__ volatile("fence iow, o" ::: "memory");
	*(volatile u32 *)address = value;
}
