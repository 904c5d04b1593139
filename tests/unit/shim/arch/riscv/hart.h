/* For unit tests: the simulated machine's harts. A thread of the test acts as one at a time. */
#pragma once

#include "lib/types.h"

#define HARTS_MAX 8

extern _Thread_local u32 machine_hart;

struct task;

/* For a test that has tasks (test_futex.c). */
struct hart {
	struct task *current;
};

extern struct hart harts[HARTS_MAX];

#define hart_register (&harts[machine_hart])

static inline u32 hart_index(void)
{
	return machine_hart;
}

static inline u32 hart_count(void)
{
	return HARTS_MAX;
}
