/*
 * The harts of the machine: bringing them up, and interrupting one another.
 */
#pragma once

#include "arch/riscv/hart.h"
#include "lib/types.h"

struct fdt;

/*
 * Gives the boot hart index 0, and the other usable harts of the device tree the next indices, up
 * to `limit` harts in all. Which extensions all of them have, smp_extension() tells.
 */
void smp_discover(const struct fdt *fdt, u64 boot_id, u32 limit);

/* Whether every hart that has an index has the ISA extension. */
bool smp_extension(const struct fdt *fdt, const char *extension);

/*
 * Starts a hart on the given stack, where it calls hart_main(), and waits until it is online. 0,
 * -EIO, or -ETIMEDOUT if it does not come up; it may do so later, and its stacks must not be freed.
 */
int smp_start(u32 index, void *stack_top, void *emergency_top) MUST_CHECK;

/* The calling hart is ready for interrupts from others. */
void smp_online(void);

/* Interrupts another hart, so that it looks at its work. */
void hart_kick(u32 index);

/* Bit n: hart index n is online. */
u64 harts_online(void);

/* Clears the interrupt by which another hart asked for attention. */
void smp_acknowledge(void);
