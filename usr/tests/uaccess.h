/* The calls that uaccesstest aims at memory, and what it needs to know of each. */
#ifndef COWSLIP_USR_TESTS_UACCESS_H
#define COWSLIP_USR_TESTS_UACCESS_H

#include <stddef.h>

/* What is the same in every process that makes the call, and what may happen. */
#define CALL_STEADY   (1u << 0) /* it writes the same bytes each time */
#define CALL_SHORT    (1u << 1) /* where memory ends it may do less, and say so */
#define CALL_TICKS    (1u << 2) /* its result is a time */
#define CALL_OPTIONAL (1u << 3) /* skipped where the kernel does not have it */

struct call {
	const char *name;
	size_t size;             /* bytes that it writes; 0: ask measure() */
	unsigned int flags;      /* CALL_* */
	void (*prepare)(void);   /* or NULL; in the process that makes the call */
	long (*make)(void *out); /* -errno on failure; touches no memory but the stack and `out` */
	size_t (*measure)(void); /* or NULL */
};

extern const struct call calls[];
extern const size_t call_count;

#endif
