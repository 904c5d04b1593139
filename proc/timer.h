/*
 * Timers: one call at a deadline. Each hart keeps those that were started on it in a tree, and
 * arms its hardware for the earliest.
 */
#pragma once

#include "arch/riscv/timer.h"
#include "lib/tree.h"
#include "lib/types.h"

struct timer {
	struct tree_node node;
	u64 deadline; /* nanoseconds on the monotonic clock */
	/* Called in interrupt context, with the hart's timers locked; must not start timers. */
	void (*expired)(struct timer *timer);
	u32 hart;
	bool active;
};

/* What programs set: when it goes off first (0: never), and the interval after that (0: once). */
struct timer_setting {
	u64 first;
	u64 interval;
};

/* How long it is until the next expiry of what goes off at `moment` (0: never), then repeatedly. */
static inline u64 timer_left(u64 moment, u64 interval, u64 now)
{
	if (moment > now)
		return moment - now;
	return moment && interval ? interval - (now - moment) % interval : 0;
}

void timer_setup(struct timer *timer, void (*expired)(struct timer *timer));

/* The timer must not be active. */
void timer_start(struct timer *timer, u64 deadline);

/* After this, `expired` is not running, and will not run. */
void timer_cancel(struct timer *timer);

/* For the scheduler: calls what is due on this hart; returns the next deadline. */
u64 timers_run(u64 now);
