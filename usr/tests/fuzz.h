/*
 * What the parts of sysfuzz share: random numbers, arguments made from them, and the calls that may
 * be made. A run follows from its seed alone: no answer of the kernel is used to choose what
 * comes next.
 */
#ifndef COWSLIP_USR_TESTS_FUZZ_H
#define COWSLIP_USR_TESTS_FUZZ_H

#include <stddef.h>

#define FUZZ_ARGUMENTS 6

/* The state of one sequence of calls; each thread has its own. */
struct fuzz {
	unsigned long state;  /* of the random numbers; never 0 */
	unsigned long *calls; /* how many were made, in memory that is shared with the watcher */
	int verbose;          /* each call is written to standard error before it is made */
};

/* A state that depends on all three. */
unsigned long fuzz_mix(unsigned long seed, unsigned long worker, unsigned long life);

unsigned long fuzz_random(struct fuzz *fuzz);
unsigned long fuzz_below(struct fuzz *fuzz, unsigned long limit);

/* A system call: its number, and what its arguments are, a letter each (fuzz_value.c). */
struct fuzz_call {
	int number;
	const char *name;
	const char *arguments;
};

/* Draws a call; the number of one that may not be made never comes out. */
void fuzz_draw_call(struct fuzz *fuzz, struct fuzz_call *call);

/* One argument of the kind. */
unsigned long fuzz_value(struct fuzz *fuzz, char kind);

/* Maps the memory, and opens the files, that arguments point at. In the worker, before its calls. */
void fuzz_prepare_memory(void);
void fuzz_prepare_files(void);

#endif
