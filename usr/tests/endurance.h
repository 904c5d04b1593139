/*
 * Storms: what endurance runs side by side. A worker makes one turn of its storm after another, each
 * in a process that leads a group of its own; what the turn leaves running is killed with the group.
 *
 * In some rounds memory is scarce: all of it gets used up, calls are refused and processes killed.
 * A process that survives must still get right results from every call that succeeds.
 */
#pragma once

#include <stdbool.h>

#include "usr/tests/tap.h"

struct storm {
	const char *name;
	void (*turn)(void);
	unsigned int workers;
	bool when_scarce; /* runs when memory is scarce, too: it uses the calls below for that */
};

extern const struct storm process_storms[], data_storms[], memory_storms[];
extern const unsigned int process_storm_count, data_storm_count, memory_storm_count;

/* The calling worker's number: each has its own, from 0. */
unsigned int storm_worker(void);

bool storm_is_scarce(void);

/* Random numbers, determined by the seed, the worker and its turn. limit: not 0. */
unsigned long storm_random(void);
unsigned long storm_below(unsigned long limit);

/* Something was refused: ends the turn, which fails unless memory is scarce. */
_Noreturn void storm_refused(const char *file, int line, const char *what);

#define NEEDS(condition)                                               \
	do {                                                           \
		if (!(condition))                                      \
			storm_refused(__FILE__, __LINE__, #condition); \
	} while (0)

/* fork(), which may fail only when memory is scarce. */
int storm_fork(void);

/* The wait status of a process that exits with the code. */
#define STORM_EXIT(code) ((int)((code) << 8))

/* Waits for the child, which must end with this status unless it was killed, or refused something. */
void storm_join(int pid, int expected);

/* The number of a buffer's first byte and the tag determine all of its content. */
void storm_fill(unsigned char *bytes, unsigned long size, unsigned long first, unsigned long tag);
void storm_check(const unsigned char *bytes, unsigned long size, unsigned long first,
	unsigned long tag);

/* The argument that makes endurance exit at once, with the next argument as its status. */
#define ENDURANCE_EXIT "--exit"
