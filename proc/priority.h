/*
 * How large a task's share of a hart is: its nice value, -20 to 19, and its policy. They determine
 * task->slice, how long its turn lasts while others wait.
 *
 *	family_lock	finding the tasks; their nice values and policies
 */
#pragma once

#include "proc/task.h"

#define NICE_MIN (-20)
#define NICE_MAX 19

/* getpriority(2): 20 minus the lowest nice value; -EINVAL, -ESRCH. */
s64 priority_get(s32 which, u32 who);

/* setpriority(2): -EINVAL, -ESRCH, -EPERM (another user's), -EACCES (not to be lowered). */
s64 priority_set(s32 which, u32 who, s32 nice);

/* sched_setscheduler(2); also sets *nice, if given. tid 0: the caller. -EINVAL, -ESRCH, -EPERM. */
s64 policy_set(u32 tid, s32 policy, const s32 *nice);
