/*
 * POSIX timers, timer_create(2): each of a process's timers sends a signal when it goes off. While
 * that signal is pending the timer rests; the expirations that it misses are its overrun.
 *
 *	family_lock	a process's list of timers, and all of each
 */
#pragma once

#include "lib/types.h"
#include "proc/task.h"

struct signal_info;

/* How many one process may have at a time. */
#define POSIX_TIMERS_MAX 1024

/* What timer_create(2) asks for. */
struct posix_timer_request {
	enum alarm_clock clock;
	bool realtime; /* absolute times are those of CLOCK_REALTIME */
	u32 clock_thread;
	bool silent; /* SIGEV_NONE */
	s32 signal;
	u32 thread; /* that gets the signal; 0: the process */
	u64 value;
	bool value_is_id;
};

/* Creates one for the current process. Its number, or -EAGAIN. */
s64 posix_timer_create(const struct posix_timer_request *request);

/* -EINVAL: no such timer. absolute: `first` is a moment of the timer's clock. */
int posix_timer_set(u32 id, const struct timer_setting *new, bool absolute,
	struct timer_setting *old);
int posix_timer_get(u32 id, struct timer_setting *setting);
s64 posix_timer_overrun(u32 id);
int posix_timer_delete(u32 id);

/* Deletes all timers of a process that ends or calls exec. */
void posix_timers_delete(struct process *process) REQUIRES(family_lock);

/*
 * The current process has taken a signal: if a timer sent it, starts the timer again, and puts the
 * overrun into *info.
 */
void posix_timer_taken(struct signal_info *info) EXCLUDES(family_lock);
