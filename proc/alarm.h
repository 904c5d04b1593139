/*
 * Alarms: what happens to a process at a time, once or again and again. Unlike timers (proc/timer.h)
 * they go off in a task, where signals may be sent: those that wait for a moment in a kernel thread
 * of theirs, those that count the time that a process uses in the process, at the next sample.
 *
 *	family_lock	all of it, so that an alarm that was stopped does not go off any more
 */
#pragma once

#include "lib/tree.h"
#include "lib/types.h"
#include "proc/task.h"

/* What the alarm's clock shows: the monotonic clock, or the time used. All in nanoseconds. */
u64 alarm_now(const struct alarm *alarm) REQUIRES(family_lock);

/* The thread whose time it counts; NULL: none, or that has ended. */
struct task *alarm_task(const struct alarm *alarm) REQUIRES(family_lock);

/*
 * Makes it go off at a moment of its clock, then every `interval` (0: once). The caller has set
 * clock, process, thread and expired.
 */
void alarm_set(struct alarm *alarm, u64 deadline, u64 interval) REQUIRES(family_lock);

/* Nothing, if it is not set. */
void alarm_stop(struct alarm *alarm) REQUIRES(family_lock);

/* The first moment of the grid from `deadline` on that is still to come. interval is not 0. */
u64 alarm_next_moment(u64 deadline, u64 interval, u64 now);

/* The process's time was sampled: lets those go off that count it. Its own task calls this. */
void alarm_check_process(struct process *process) EXCLUDES(family_lock);

/* Sets up the alarm for setitimer(2): ITIMER_REAL, ITIMER_VIRTUAL or ITIMER_PROF. */
void alarm_init_itimer(struct process *process, u32 which);

/* Starts the thread, before the first process. */
void alarm_start(void);
