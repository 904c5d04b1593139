/*
 * The cases of attacktest, by file, and what attackers have: a thread that keeps changing a word, and
 * loads and stores that survive their faults.
 */
#pragma once

#include "usr/tests/tap.h"
#include "usr/tests/thread.h"

extern const struct tap_group attack_cow_group;
extern const struct tap_group attack_stale_group;
extern const struct tap_group attack_fetch_group;
extern const struct tap_group attack_exec_group;
extern const struct tap_group attack_owner_group;
extern const struct tap_group attack_stack_group;
extern const struct tap_group attack_length_group;

/* When a race that starts now should end (now_nanoseconds() of then): -s stretches it. */
unsigned long attack_deadline(void);

/* A thread that stores one value and then the other to a word, over and over. */
struct flipper {
	unsigned long *word;
	unsigned long values[2];
	int stop;
	struct thread thread;
};

/* Returns when it flips, and just now it is `one`. */
void flipper_start(struct flipper *flipper, void *word, unsigned long one, unsigned long other);
void flipper_stop(struct flipper *flipper);

/* Like these two, a load of what is not mapped gives GUARDED_FAULT, a store does nothing. */
#define GUARDED_FAULT (~0ul)
void guard_faults(void); /* before any thread is made */
unsigned long guarded_load(const volatile void *address);
void guarded_store(volatile void *address, unsigned long value);

/*
 * Programs that are run with other rights, or by attackers: copies of this one, which with one of these
 * arguments tells of itself on standard output.
 */
int attack_run_as_program(int argc, char **argv); /* -1: not one of these arguments */
int attack_stack_program(const char *argument);   /* the same of attack_stack.c */

#define USER  1000
#define OTHER 1001

/* A set-user-id program that runs with "-moved" sees whether it is moved for twice as long. */
#define ATTACK_MOVE_PAUSE 50 /* milliseconds */

/* An empty directory that everybody may write to becomes the current one. */
void attack_open_place(void);

/* From here on the process is an ordinary user's. */
void attack_become_user(void);
