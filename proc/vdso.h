/*
 * What the kernel maps into every program: a small shared object with the clocks and the code that
 * signal handlers return to, and a page of data before it.
 */
#pragma once

#include "lib/types.h"

struct space;

/* Where a signal handler returns to, as an offset from the vDSO's start. */
extern u64 vdso_signal_return;

void vdso_init(void);

/* clock_realtime_offset was changed (drivers/clock.h). */
void vdso_set_realtime(void);

/* Maps it, and its data in the page before, where the space's layout says. 0 or -ENOMEM. */
int vdso_map(struct space *space) MUST_CHECK;
