/*
 * Alarms: what happens to a process at a given time, once or periodically. Unlike timers
 * (proc/timer.h) they go off in a task, where signals may be sent: alarms on the monotonic clock in
 * a kernel thread of their own, alarms on the time that a process uses in that process, at its next
 * sample.
 *
 *	family_lock	all of it, so that a stopped alarm can no longer go off
 */
#pragma once

#include "lib/tree.h"
#include "lib/types.h"
#include "proc/task.h"

/* What the alarm's clock shows: the monotonic clock, or the time used. All in nanoseconds. */
u64 alarm_now(const struct alarm *alarm) REQUIRES(family_lock);

/* The thread whose time it counts; NULL: there is none, or it has ended. */
struct task *alarm_task(const struct alarm *alarm) REQUIRES(family_lock);

/*
 * Makes it go off at a moment of its clock, then every `interval` (0: once). The caller has set
 * clock, process, thread and expired.
 */
void alarm_set(struct alarm *alarm, u64 deadline, u64 interval) REQUIRES(family_lock);

/* Does nothing if it is not set. */
void alarm_stop(struct alarm *alarm) REQUIRES(family_lock);

/* The first deadline after `now`, in steps of `interval` from `deadline` on. interval is not 0. */
u64 alarm_next_moment(u64 deadline, u64 interval, u64 now);

/* The process's time was sampled: its alarms go off if they are due. One of its own tasks calls. */
void alarm_check_process(struct process *process) EXCLUDES(family_lock);

/* Sets up the alarm for setitimer(2): ITIMER_REAL, ITIMER_VIRTUAL or ITIMER_PROF. */
void alarm_init_itimer(struct process *process, u32 which);

/* Starts the thread, before the first process. */
void alarm_start(void);
