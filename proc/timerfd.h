/*
 * timerfd_create(2): a timer that is waited for.
 */
#ifndef COWSLIP_PROC_TIMERFD_H
#define COWSLIP_PROC_TIMERFD_H

#include "lib/types.h"

struct file;

/* When it goes off first (0: never), and how often from then on (0: once). Nanoseconds. */
struct timerfd_setting {
	u64 first;
	u64 interval;
};

/* A new one that is not set, counted. flags: O_NONBLOCK. NULL: no memory. */
struct file *timerfd_create(bool realtime, u32 flags);

/*
 * Sets it to a moment of the monotonic clock; *old, unless NULL: how long the old setting had to
 * go. -EINVAL: the file is none of these.
 */
int timerfd_set(struct file *file, const struct timerfd_setting *new, struct timerfd_setting *old);

/* -EINVAL: the file is none of these. */
int timerfd_get(struct file *file, struct timerfd_setting *setting);

/* Whether its times are those of CLOCK_REALTIME. */
bool timerfd_is_realtime(const struct file *file);

#endif
