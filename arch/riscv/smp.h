/*
 * The harts of the machine: bringing them up, and interrupting one another.
 */
#ifndef COWSLIP_ARCH_RISCV_SMP_H
#define COWSLIP_ARCH_RISCV_SMP_H

#include "arch/riscv/hart.h"
#include "lib/types.h"

struct fdt;

/* Gives the boot hart index 0, and every other usable hart of the device tree the next. */
void smp_discover(const struct fdt *fdt, u32 boot_id, u32 harts_limit);

/*
 * Starts the other harts, each on a stack of its own, where it calls `entry` and never returns.
 * Waits until they are online; says so of those that do not come, and carries on.
 */
void smp_start(void (*entry)(void));

/* Interrupts another hart, for it to look at its work. */
void hart_kick(u32 index);

/* Bit n: hart index n is online. */
u64 harts_online(void);

/* Makes instructions that any hart has written visible to all harts' fetches. */
void instructions_flush(void);

/* The index of a hart id; HARTS_MAX when it has none. */
u32 hart_by_id(u32 id);

#endif
