/*
 * timerfd_create(2): a timer that is waited for.
 */
#pragma once

#include "lib/types.h"
#include "proc/timer.h"

struct file;

/* A new one that is not set, counted. flags: O_NONBLOCK. NULL: no memory. */
struct file *timerfd_create(bool realtime, u32 flags);

/*
 * Sets it to a moment of the monotonic clock; *old: how long the old setting had to
 * go. -EINVAL: the file is none of these.
 */
int timerfd_set(struct file *file, const struct timer_setting *new, struct timer_setting *old);

/* -EINVAL: the file is none of these. */
int timerfd_get(struct file *file, struct timer_setting *setting);

/* Whether its times are those of CLOCK_REALTIME. */
bool timerfd_is_realtime(const struct file *file);
