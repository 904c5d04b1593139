/*
 * timerfd_create(2): a timer as a file, which can be read and polled.
 */
#pragma once

#include "lib/types.h"
#include "proc/timer.h"

struct file;

/* A new one that is not set, counted. flags: O_NONBLOCK. NULL: no memory. */
struct file *timerfd_create(bool realtime, u32 flags);

/*
 * Sets it; new->first is a time of the monotonic clock, old->first how long the old setting had
 * still to go. -EINVAL: the file is not a timerfd.
 */
int timerfd_set(struct file *file, const struct timer_setting *new, struct timer_setting *old);

/* -EINVAL: the file is not a timerfd. */
int timerfd_get(struct file *file, struct timer_setting *setting);

/* Whether its times are those of CLOCK_REALTIME. */
bool timerfd_is_realtime(const struct file *file);
