/* For the test of drivers: registers are the test's (tests/unit/test_devices.c). */
#pragma once

#include "lib/types.h"

u32 machine_read(u64 address, u32 width);
void machine_write(u64 address, u32 width, u32 value);

/* The pointer that drivers get is the physical address. */
static inline void *mmio_map(paddr_t address, size_t size UNUSED)
{
	return (void *)address.value;
}

static inline u8 mmio_read8(const volatile void *address)
{
	return (u8)machine_read((u64)address, 1);
}

static inline u32 mmio_read32(const volatile void *address)
{
	return machine_read((u64)address, sizeof(u32));
}

static inline void mmio_write8(volatile void *address, u8 value)
{
	machine_write((u64)address, 1, value);
}

static inline void mmio_write32(volatile void *address, u32 value)
{
	machine_write((u64)address, sizeof(u32), value);
}
