/*
 * Wall-clock time: the monotonic clock plus an offset, which a clock chip gives at boot and
 * clock_settime() changes. Without a chip it begins in 1970, but never before the newest file of
 * the initramfs: programs may assume that no file is from the future.
 */
#pragma once

#include <stdatomic.h>

#include "arch/riscv/timer.h"
#include "lib/types.h"

/* Nanoseconds from 1970 to the moment when the monotonic clock was zero. */
extern _Atomic u64 clock_realtime_offset;

/*
 * No clock is set later than this, 30 years before an s64 overflows. File times are s64: this way
 * none that a program sees is negative, however long the machine runs.
 */
#define CLOCK_REALTIME_MAX ((u64)INT64_MAX - 30 * 365 * 24 * 60 * 60 * NANOSECONDS_PER_SECOND)

/* Nanoseconds since 1970-01-01 00:00 UTC. */
static inline u64 clock_realtime(void)
{
	return time_now() + atomic_load_explicit(&clock_realtime_offset, memory_order_relaxed);
}

/* The monotonic clock's time at a time since 1970; 1, never 0, if that is before its start. */
static inline u64 clock_monotonic_of(u64 realtime)
{
	u64 offset = atomic_load(&clock_realtime_offset);

	return realtime > offset ? realtime - offset : 1;
}

/* Sets the clock forward to this time, unless it is later already. At boot only, on one hart. */
void clock_not_before(u64 realtime);
