/* The calls that uaccesstest and leaktest make, and what they need to know about each. */
#pragma once

#include <stddef.h>

/* What every process that makes the call sees alike, and what may happen. */
#define CALL_STEADY   (1u << 0) /* it writes the same bytes each time */
#define CALL_SHORT    (1u << 1) /* where memory ends it may do less, and return how much */
#define CALL_TICKS    (1u << 2) /* its result is a time */
#define CALL_OPTIONAL (1u << 3) /* skipped where the kernel does not have it */
#define CALL_QUIET    (1u << 4) /* where it cannot write it gives 0: no control message */

struct call {
	const char *name;
	size_t size;             /* bytes that it writes; 0: measure() tells */
	unsigned int flags;      /* CALL_* */
	void (*prepare)(void);   /* or NULL; in the process that makes the call */
	long (*make)(void *out); /* -errno on failure; touches no memory but the stack and `out` */
	size_t (*measure)(void); /* or NULL */
};

struct call_table {
	const struct call *calls;
	size_t count;
};

#define CALL_TABLE(calls)                                   \
	{                                                   \
		(calls), sizeof(calls) / sizeof((calls)[0]) \
	}

extern const struct call_table socket_calls;
extern const struct call_table state_calls;
extern const struct call_table wait_calls;

/* The calls of all tables, numbered from 0; NULL behind the last one. */
const struct call *call_at(size_t number);
