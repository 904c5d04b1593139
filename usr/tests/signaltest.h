/*
 * What the files of signaltest share.
 */
#pragma once

#include <signal.h>

#include "usr/tests/tap.h"

#define BIT_OF(signal) (1ul << ((signal)-1))
#define HANDLED_MAX    16

/* A handler: notes the signal in handled[handled_count++]. */
extern volatile int handled_count;
extern volatile int handled[HANDLED_MAX];
void record(int signal);

/* sigaction(), which must succeed. mask: bits of the signals blocked while the handler runs. */
void handle(int signal, void (*handler)(int), unsigned long flags, unsigned long mask);

/* sigprocmask(), which must succeed; returns the mask before. */
unsigned long set_mask(int how, unsigned long mask);

extern const struct tap_group signal_handler_group;
extern const struct tap_group signal_wait_group;
extern const struct tap_group signal_stop_group;
extern const struct tap_group signal_thread_group;
extern const struct tap_group signal_futex_group;
extern const struct tap_group signal_affinity_group;
extern const struct tap_group signal_crowd_group;
