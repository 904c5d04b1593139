/*
 * Storms: what endurance runs beside each other. A worker makes one turn of its storm after another, each
 * in a process that leads a group of its own; what the turn leaves running is killed with the group.
 *
 * In some rounds memory is scarce: all of it gets used up, calls are refused and processes killed.
 * Whoever is not, must still find all that it does to be right.
 */
#pragma once

#include <stdbool.h>

#include "usr/tests/tap.h"

struct storm {
	const char *name;
	void (*turn)(void);
	unsigned int workers;
	bool when_scarce; /* takes part when memory is scarce: uses what is declared below for that */
};

extern const struct storm process_storms[], data_storms[], memory_storms[];
extern const unsigned int process_storm_count, data_storm_count, memory_storm_count;

/* Of the calling worker: another number for each, from 0. */
unsigned int storm_worker(void);

bool storm_is_scarce(void);

/* Random numbers that follow from the seed, the worker and its turn. limit: not 0. */
unsigned long storm_random(void);
unsigned long storm_below(unsigned long limit);

/* Something was refused: ends the turn, which fails unless memory is scarce. */
_Noreturn void storm_refused(const char *file, int line, const char *what);

#define NEEDS(condition)                                               \
	do {                                                           \
		if (!(condition))                                      \
			storm_refused(__FILE__, __LINE__, #condition); \
	} while (0)

/* fork() that may be refused only when memory is scarce. */
int storm_fork(void);

/* The wait status of who exits with the code. */
#define STORM_EXIT(code) ((int)((code) << 8))

/* Waits for the child, whose wait status must be this, unless it was refused something or killed. */
void storm_join(int pid, int expected);

/* The whole buffer follows from the number of its first byte, and from the tag. */
void storm_fill(unsigned char *bytes, unsigned long size, unsigned long first, unsigned long tag);
void storm_check(const unsigned char *bytes, unsigned long size, unsigned long first,
	unsigned long tag);

/* The argument with which endurance exits at once, with the status that comes next. */
#define ENDURANCE_EXIT "--exit"
