/*
 * Resource limits of processes: changing them, and what holds those that proc/ itself heeds. The
 * others are asked for through mm/limit.h.
 *
 *	process->lock	the limits, when they change; each number is read without
 */
#pragma once

#include "mm/limit.h"
#include "proc/task.h"

/* RLIMIT_STACK, where nobody has said otherwise. */
#define LIMIT_STACK_DEFAULT MIB(8)

/* Those of process 1. */
void limits_init(struct process *process);

/*
 * prlimit(2): NULL leaves (does not tell) the limit. 0; -EINVAL: soft above hard; -EPERM: another's
 * process, or a hard limit raised.
 */
int limit_exchange(struct process *process, u32 resource, const struct rlimit *new,
	struct rlimit *old) MUST_CHECK;

/* RLIMIT_CPU may have changed, or be inherited: has the time watched. */
void limit_watch_time(struct process *process) REQUIRES(family_lock);

/* RLIMIT_NPROC: whether the caller's user may have another task. */
bool limit_allows_task(void);
