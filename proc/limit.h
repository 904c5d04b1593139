/*
 * Resource limits of processes: changing them, and enforcing those that concern proc/ itself.
 * Everything below proc/ asks for the others through mm/limit.h.
 *
 *	process->lock	changes of the limits; each number is read without it
 */
#pragma once

#include "mm/limit.h"
#include "proc/task.h"

/* RLIMIT_STACK, unless a process has changed it. */
#define LIMIT_STACK_DEFAULT MIB(8)

/* Sets those of process 1. */
void limits_init(struct process *process);

/*
 * prlimit(2); new NULL: leaves the limit as it is. 0; -EINVAL: soft above hard; -EPERM: another
 * user's process, or a hard limit raised.
 */
int limit_exchange(struct process *process, u32 resource, const struct rlimit *new,
	struct rlimit *old) MUST_CHECK;

/* RLIMIT_CPU was changed or inherited: watches the time that the process uses. */
void limit_watch_time(struct process *process) REQUIRES(family_lock);

/* RLIMIT_NPROC: whether the caller's user may have another task. */
bool limit_allows_task(void);
