/*
 * Wall-clock time. It stands here because file times are its lowest user; clock_settime() moves it.
 */
#ifndef COWSLIP_FS_CLOCK_H
#define COWSLIP_FS_CLOCK_H

#include <stdatomic.h>

#include "arch/riscv/timer.h"
#include "lib/types.h"

/* Nanoseconds from 1970 to the moment when the monotonic clock was zero. Defined in fs/inode.c. */
extern _Atomic u64 clock_realtime_offset;

/* Nanoseconds since 1970-01-01 00:00 UTC. */
static inline u64 clock_realtime(void)
{
	return time_now() + atomic_load_explicit(&clock_realtime_offset, memory_order_relaxed);
}

#endif
