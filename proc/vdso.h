/*
 * What the kernel maps into every program: a small shared object with the clocks, and where signal
 * handlers return to, and a page of data before it.
 */
#ifndef COWSLIP_PROC_VDSO_H
#define COWSLIP_PROC_VDSO_H

#include "arch/riscv/layout.h"
#include "lib/types.h"

struct space;

/* The last page of user memory. The stack lies below, with a gap. */
#define VDSO_ADDRESS (USER_END - PAGE_SIZE)

/* Where in it a handler returns to. */
extern u64 vdso_signal_return;

void vdso_init(void);

/* clock_realtime_offset was changed (fs/clock.h). */
void vdso_set_realtime(void);

/* 0 or -ENOMEM. */
int vdso_map(struct space *space) MUST_CHECK;

#endif
