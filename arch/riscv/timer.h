/*
 * Time. The counter ticks at the device tree's timebase-frequency; all else is in nanoseconds since
 * the counter was zero. Each hart has one one-shot timer: that of Sstc if it exists, else SBI's.
 */
#pragma once

#include "lib/types.h"

#define NANOSECONDS_PER_SECOND      1000000000UL
#define NANOSECONDS_PER_MILLISECOND 1000000UL
#define NANOSECONDS_PER_MICROSECOND 1000UL
#define MICROSECONDS_PER_SECOND     1000000UL
#define TIMER_NEVER                 UINT64_MAX

/* frequency: ticks per second; false if too low or too high. sstc: the stimecmp register exists. */
MUST_CHECK bool timer_init(u64 frequency, bool sstc);

/* For each hart as it comes up. */
void timer_init_hart(void);

u64 time_now(void);

/* Nanoseconds per tick, scaled by 2^32; 0: programs cannot read the counter. */
u64 timer_factor_for_users(void);

/* Asks for a timer interrupt at the deadline (at once if it is past); TIMER_NEVER: for none. */
void timer_arm(u64 deadline);
