/*
 * Wall-clock time: the monotonic clock and an offset, which a clock chip gives at boot and
 * clock_settime() moves. Without a chip it begins with 1970. In either case it is not before the
 * newest file of the initramfs: programs may believe that no file is from the future.
 */
#pragma once

#include <stdatomic.h>

#include "arch/riscv/timer.h"
#include "lib/types.h"

/* Nanoseconds from 1970 to the moment when the monotonic clock was zero. */
extern _Atomic u64 clock_realtime_offset;

/*
 * No clock is set later than this, 30 years before the end of an s64: the times of files are such.
 * None that anybody sees is negative, then, however long the machine runs.
 */
#define CLOCK_REALTIME_MAX ((u64)INT64_MAX - 30 * 365 * 24 * 60 * 60 * NANOSECONDS_PER_SECOND)

/* Nanoseconds since 1970-01-01 00:00 UTC. */
static inline u64 clock_realtime(void)
{
	return time_now() + atomic_load_explicit(&clock_realtime_offset, memory_order_relaxed);
}

/* The moment of the monotonic clock that a time since 1970 is, or what is past as well: never 0. */
static inline u64 clock_monotonic_of(u64 realtime)
{
	u64 offset = atomic_load(&clock_realtime_offset);

	return realtime > offset ? realtime - offset : 1;
}

/* It is at least that late, in nanoseconds since 1970. At boot only, on one hart. */
void clock_not_before(u64 realtime);
