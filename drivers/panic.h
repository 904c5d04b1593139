/*
 * The end: panic() of lib/log.h says what is wrong, stops the other harts, and restarts the
 * machine if it was told to.
 */
#pragma once

#include "lib/types.h"

/* A function that prints more below the message (a backtrace, events). It must not take locks. */
void panic_set_report(void (*report)(void));

/* The value of panic=: reboot after so many seconds, at once if negative, never if 0. */
void panic_set_timeout(s64 seconds);

/*
 * Stops all harts for good, without a word: the machine waits for its power to be cut. A hart that
 * panics meanwhile prints nothing.
 */
NORETURN void panic_stop_all(void);

/*
 * Never returns if another hart has panicked. Interrupt handlers call it when their hart was
 * kicked. Interrupts are off.
 */
void panic_stop_point(void);
