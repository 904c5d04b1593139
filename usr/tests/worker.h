/*
 * Threads of one process, and the futexes that they wait on. Not for the system calls through libc,
 * which would share one errno: see kernel_call().
 */
#pragma once

#include <stdint.h>

struct worker {
	uint32_t tid;
	void *stack;
	void (*body)(struct worker *worker);
	long result; /* this and `words` are for the body to use */
	uint32_t *words;
};

/* Runs body(worker) in a new thread, which ends with it. */
void worker_start(struct worker *worker, void (*body)(struct worker *worker), uint32_t *words);

/* Waits until the thread has ended, and frees its stack. */
void worker_join(struct worker *worker);

/* futex(2), or -errno. */
long futex(uint32_t *word, long operation, long value, const void *timeout, void *second,
	long third);
