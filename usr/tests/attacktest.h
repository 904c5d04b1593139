/*
 * The cases of attacktest, by file, and an attacker's tools: a thread that keeps changing a word, and
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

/* When a race that starts now should end, on the clock of now_nanoseconds(): -s stretches it. */
unsigned long attack_deadline(void);

/* A thread that stores two values to a word, one after the other, over and over. */
struct flipper {
	unsigned long *word;
	unsigned long values[2];
	int stop;
	struct thread thread;
};

/* Returns once the word flips, at a moment when it is `one`. */
void flipper_start(struct flipper *flipper, void *word, unsigned long one, unsigned long other);
void flipper_stop(struct flipper *flipper);

/* With these two, a load from unmapped memory gives GUARDED_FAULT, and a store there does nothing. */
#define GUARDED_FAULT (~0ul)
void guard_faults(void); /* before any thread is made */
unsigned long guarded_load(const volatile void *address);
void guarded_store(volatile void *address, unsigned long value);

/*
 * Programs that run with other rights, or that attackers run, are copies of this one: given one of these
 * arguments it reports on itself, on standard output.
 */
int attack_run_as_program(int argc, char **argv); /* -1: not one of these arguments */
int attack_stack_program(const char *argument);   /* the same of attack_stack.c */

#define USER  1000
#define OTHER 1001

/* A set-user-id program that runs with "-moved" waits twice as long to see whether it is moved. */
#define ATTACK_MOVE_PAUSE 50 /* milliseconds */

/* Makes an empty directory that everybody may write to, and changes into it. */
void attack_open_place(void);

/* From here on the process is an ordinary user's. */
void attack_become_user(void);
