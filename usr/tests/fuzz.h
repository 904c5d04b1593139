/*
 * What the parts of sysfuzz share: random numbers, arguments made from them, and the calls that may
 * be made. The seed alone determines a run: no answer of the kernel influences what comes next.
 */
#pragma once

#include <stddef.h>

#define FUZZ_ARGUMENTS 6

#define FUZZ_ADDRESSES     8 /* of sockets; their second letters are 'b' and those after it */
#define FUZZ_ADDRESS_BYTES (sizeof(unsigned short) + 2)
#define FUZZ_NUMBERS       512 /* of system calls: those that may be made are below it */

/* The state of one sequence of calls; each thread has its own. */
struct fuzz {
	unsigned long state; /* of the random numbers; never 0 */
	/* In memory shared with the watcher: calls made, and the outcome for each number. */
	unsigned long *calls;
	int *results;
	int verbose; /* each call is written to standard error before it is made */
	int fail;    /* /proc/self/fail-nth, negative where there is none */
};

/* A state that depends on all three arguments. */
unsigned long fuzz_mix(unsigned long seed, unsigned long worker, unsigned long life);

unsigned long fuzz_random(struct fuzz *fuzz);
unsigned long fuzz_below(struct fuzz *fuzz, unsigned long limit);

/* A system call: its number, and the kinds of its arguments, a letter each (fuzz_value()). */
struct fuzz_call {
	int number;
	const char *name;
	const char *arguments;
};

/* Draws a call: never one that may not be made. */
void fuzz_draw_call(struct fuzz *fuzz, struct fuzz_call *call);

/* Prints how many of the calls have ever succeeded, and the last errno of each of the others. */
#define FUZZ_SUCCEEDED (-1)
void fuzz_report(const int *results);

/*
 * One argument of the kind: lower-case letters are numbers, upper-case ones pointers.
 *
 *	f d e s t y	descriptors: of any file, a folder, epoll, a socket, a timer, a terminal
 *	i l o n		a small number, a length, an offset, bytes of pages
 *	r u m c w k q	flags: any, PROT_*, MAP_*, CLONE_*, MSG_*; AF_*, SOCK_*
 *	v z		a command of fcntl, of ioctl
 *	p g h		a process, a signal, a signal that does no harm
 *	0 1 x		0, 1, anything
 *	I j L		the size of a set of signals, of clone3's structure, of an address
 *
 *	P M B		a buffer or record, pages, an address near the break
 *	N R E F O	names: to change, to read, to execute; a file system's type, its options
 *	T W A H		times, a vector, a socket's address, a message
 *	S K J		signals: a set, an action, a stack
 *	C X G		what clone3, exec and capget take
 */
unsigned long fuzz_value(struct fuzz *fuzz, char kind);

/* Those that point to something written for the one call (fuzz_record.c); 0: no such kind. */
unsigned long fuzz_record(struct fuzz *fuzz, char kind);
unsigned long fuzz_page(struct fuzz *fuzz);

/* Map the memory and open the files that arguments refer to. In the worker, before its calls. */
void fuzz_prepare_memory(void);
void fuzz_prepare_files(void);
