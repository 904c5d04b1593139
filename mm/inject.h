/*
 * Failing allocations on purpose. Every allocation asks inject_failure(); proc/ arms it when a task
 * has asked for its nth allocation to fail (/proc/<pid>/fail-nth), and does the counting.
 */
#pragma once

#include <stdatomic.h>

#include "lib/types.h"

/* How many tasks have a countdown running: while it is 0, an allocation pays one load. */
extern _Atomic u32 inject_armed;

/* Returns true when the current allocation should fail. Set once at boot, by proc/. */
extern bool (*inject_hook)(void);

static inline bool inject_failure(void)
{
	return unlikely(atomic_load_explicit(&inject_armed, memory_order_relaxed)) && inject_hook &&
		inject_hook();
}
