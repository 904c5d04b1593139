/*
 * The harts of the machine: bringing them up, and interrupting one another.
 */
#pragma once

#include "arch/riscv/hart.h"
#include "lib/types.h"

struct fdt;

/*
 * Gives the boot hart index 0, and every other usable hart of the device tree the next, up to
 * `limit` harts. Whether all have an extension is left to smp_extension().
 */
void smp_discover(const struct fdt *fdt, u64 boot_id, u32 limit);

/* Whether every hart that has an index has the ISA extension. */
bool smp_extension(const struct fdt *fdt, const char *extension);

/*
 * Starts a hart on the given stack, where it calls hart_main(). Waits until it is online: -EIO,
 * or -ETIMEDOUT when it does not come, and then its stacks are lost to it.
 */
int smp_start(u32 index, void *stack_top, void *emergency_top) MUST_CHECK;

/* The calling hart is ready for interrupts from others. */
void smp_online(void);

/* Interrupts another hart, for it to look at its work. */
void hart_kick(u32 index);

/* Bit n: hart index n is online. */
u64 harts_online(void);

/* Takes back the interrupt by which another hart asked for attention. */
void smp_acknowledge(void);
