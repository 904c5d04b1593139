/*
 * Priorities. All tasks get the same number of turns; a task's weight is the length of its turn.
 * Locks: see proc/priority.h.
 */
#include "proc/priority.h"

#include "lib/abi/errno.h"
#include "lib/abi/sched.h"
#include "mm/limit.h"
#include "proc/credentials.h"
#include "proc/pid.h"
#include "proc/schedule.h"

/* A turn with SCHED_IDLE, in nanoseconds. */
#define SLICE_IDLE 50000UL

/* A step of nice makes a turn shorter or longer by a quarter: 1.25 to the power of -nice. */
#define STEP_NUMERATOR   5
#define STEP_DENOMINATOR 4

/* Its nice value or its policy has changed. */
static void set_slice(struct task *task)
{
	u64 slice = TIME_SLICE;

	for (s32 nice = task->nice; nice < 0; nice++)
		slice = slice * STEP_NUMERATOR / STEP_DENOMINATOR;
	for (s32 nice = task->nice; nice > 0; nice--)
		slice = slice * STEP_DENOMINATOR / STEP_NUMERATOR;
	task_set_slice(task, task->policy == SCHED_IDLE ? SLICE_IDLE : slice);
}

/* A function to call for each task that is meant. result: the last error; -ESRCH: no such task. */
struct visit {
	s64 (*function)(struct task *task, s64 *value);
	s64 value;
	s64 result;
};

static void visit_task(struct visit *visit, struct task *task)
{
	s64 error = visit->function(task, &visit->value);

	if (error || visit->result == -ESRCH)
		visit->result = error;
}

static void visit_process(struct visit *visit, struct process *process) REQUIRES(family_lock)
{
	struct task *task;

	list_for_each_entry(task, &process->threads, thread_node)
		visit_task(visit, task);
}

static void visit_group(struct visit *visit, u32 number) REQUIRES(family_lock)
{
	struct pid *group = number ? pid_find(number) : current->process->group;
	struct process *process;

	if (!group)
		return;
	list_for_each_entry(process, &group->group, group_node)
		visit_process(visit, process);
}

static void visit_user(struct visit *visit, u32 user) REQUIRES(family_lock)
{
	struct process *process;

	for (u32 next = 1; (process = process_next(next)); next = process->id + 1)
		if (process_user(process) == user)
			visit_process(visit, process);
}

static s64 visit_all(struct visit *visit, s32 which, u32 who)
{
	struct task *task;

	if (which < PRIO_PROCESS || which > PRIO_USER)
		return -EINVAL;
	visit->result = -ESRCH;
	spin_lock(&family_lock);
	if (which == PRIO_PROCESS) {
		task = who ? task_find(who) : current;
		if (task)
			visit_task(visit, task);
	} else if (which == PRIO_PGRP) {
		visit_group(visit, who);
	} else {
		visit_user(visit, who ? who : current->credentials->user.real);
	}
	spin_unlock(&family_lock);
	return visit->result;
}

/* What getpriority() returns is never negative. */
static s64 as_returned(s32 nice)
{
	return NICE_MAX + 1 - nice;
}

static s64 take_highest(struct task *task, s64 *value)
{
	if (as_returned(task->nice) > *value)
		*value = as_returned(task->nice);
	return 0;
}

s64 priority_get(s32 which, u32 who)
{
	struct visit visit = { .function = take_highest };
	s64 error = visit_all(&visit, which, who);

	return error ? error : visit.value;
}

/* RLIMIT_NICE is in the unit of what getpriority() returns. */
static bool may_lower(s32 nice)
{
	return (u64)as_returned(nice) <= limit_of_caller(RLIMIT_NICE) || capable(CAP_SYS_NICE);
}

static s64 set_nice(struct task *task, s64 *value)
{
	s32 nice = (s32)*value;

	if (!credentials_may_schedule(task->process))
		return -EPERM;
	if (nice < task->nice && !may_lower(nice))
		return -EACCES;
	task->nice = nice;
	set_slice(task);
	return 0;
}

s64 priority_set(s32 which, u32 who, s32 nice)
{
	struct visit visit = { .function = set_nice, .value = max(min(nice, NICE_MAX), NICE_MIN) };

	return visit_all(&visit, which, who);
}

struct choice {
	u32 policy;
	const s32 *nice;
};

static s64 set_policy(struct task *task, s64 *value)
{
	const struct choice *choice = (const struct choice *)*value;
	s32 nice = choice->nice ? max(min(*choice->nice, NICE_MAX), NICE_MIN) : task->nice;
	bool rises =
		nice < task->nice || (task->policy == SCHED_IDLE && choice->policy != SCHED_IDLE);

	if (!credentials_may_schedule(task->process) || (rises && !may_lower(nice)))
		return -EPERM;
	task->policy = choice->policy;
	task->nice = nice;
	set_slice(task);
	return 0;
}

s64 policy_set(u32 tid, s32 policy, const s32 *nice)
{
	const struct choice choice = { .policy = (u32)policy, .nice = nice };
	struct visit visit = { .function = set_policy, .value = (s64)&choice };

	if (policy != SCHED_OTHER && policy != SCHED_BATCH && policy != SCHED_IDLE)
		return -EINVAL;
	return visit_all(&visit, PRIO_PROCESS, tid);
}
