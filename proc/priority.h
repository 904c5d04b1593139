/*
 * How large a task's part of a hart is: its nice value, -20 to 19, and its policy. From both follows
 * task->slice, how long its turn lasts while others wait.
 *
 *	family_lock	who is meant; the two numbers
 */
#pragma once

#include "proc/task.h"

#define NICE_MIN (-20)
#define NICE_MAX 19

/* getpriority(2): 20 - nice of the most favoured; -EINVAL, -ESRCH. */
s64 priority_get(s32 which, u32 who);

/* setpriority(2): -EINVAL, -ESRCH, -EPERM (another's), -EACCES (not to be lowered by the caller). */
s64 priority_set(s32 which, u32 who, s32 nice);

/* sched_setscheduler(2), and, unless NULL, a nice value; 0 is the caller. -EINVAL, -ESRCH, -EPERM. */
s64 policy_set(u32 tid, s32 policy, const s32 *nice);
