/*
 * Alarms: what happens to a process at a time, once or again and again. Unlike timers (proc/timer.h)
 * they go off in a kernel thread of theirs, where signals may be sent.
 *
 *	family_lock	all of it, so that an alarm that was stopped does not go off any more
 */
#ifndef COWSLIP_PROC_ALARM_H
#define COWSLIP_PROC_ALARM_H

#include "lib/tree.h"
#include "lib/types.h"
#include "proc/task.h"

/* Makes it go off at a moment of the monotonic clock, then every `interval` ns (0: once). */
void alarm_set(struct alarm *alarm, u64 deadline, u64 interval) REQUIRES(family_lock);

/* Nothing, if it is not set. */
void alarm_stop(struct alarm *alarm) REQUIRES(family_lock);

/* ITIMER_REAL of a process: sends SIGALRM. */
void alarm_init_process(struct process *process);

/* Starts the thread, before the first process. */
void alarm_start(void);

#endif
