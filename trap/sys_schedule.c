/*
 * System calls on how harts are shared: which of them a task may use, how much, and in what order.
 */
#include "arch/riscv/smp.h"
#include "lib/abi/sched.h"
#include "lib/error.h"
#include "proc/credentials.h"
#include "proc/pid.h"
#include "proc/priority.h"
#include "proc/schedule.h"
#include "trap/sys.h"
#include "trap/user.h"

s64 sys_sched_yield(void)
{
	task_yield();
	return 0;
}

s64 sys_getcpu(u64 cpu_address, u64 node_address)
{
	const u32 cpu = hart_index(), node = 0;
	int error = 0;

	if (cpu_address)
		error = to_user(cpu_address, &cpu, sizeof(cpu));
	if (!error && node_address)
		error = to_user(node_address, &node, sizeof(node));
	return error;
}

s64 sys_sched_getaffinity(u64 tid, u64 size, u64 address)
{
	struct task *task;
	u64 mask = 0;
	int error;

	if (size < sizeof(mask) || size % sizeof(mask))
		return -EINVAL;
	spin_lock(&family_lock);
	task = tid ? task_find((u32)tid) : current;
	if (task)
		mask = task->affinity;
	spin_unlock(&family_lock);
	if (!task)
		return -ESRCH;
	error = to_user(address, &mask, sizeof(mask));
	return error ? error : (s64)sizeof(mask);
}

s64 sys_sched_setaffinity(u64 tid, u64 size, u64 address)
{
	struct task *task;
	u64 mask = 0;
	int error = from_user(&mask, address, min(size, sizeof(mask)));

	if (error)
		return error;
	mask &= harts_online();
	spin_lock(&family_lock);
	task = tid ? task_find((u32)tid) : current;
	if (!task)
		error = -ESRCH;
	else if (!credentials_may_schedule(task->process))
		error = -EPERM;
	else if (!mask)
		error = -EINVAL;
	else
		task_set_affinity(task, mask);
	spin_unlock(&family_lock);
	return error;
}

/* Priorities */

s64 sys_getpriority(u64 which, u64 who)
{
	return priority_get((s32)which, (u32)who);
}

s64 sys_setpriority(u64 which, u64 who, u64 nice)
{
	return priority_set((s32)which, (u32)who, (s32)nice);
}

/* What the function returns for a task, tid 0 being the caller; or -EINVAL, -ESRCH. */
static s64 ask_task(u64 tid, u64 (*function)(const struct task *task))
{
	s64 result = -ESRCH;
	struct task *task;

	if ((s32)tid < 0)
		return -EINVAL;
	spin_lock(&family_lock);
	task = tid ? task_find((u32)tid) : current;
	if (task)
		result = (s64)function(task);
	spin_unlock(&family_lock);
	return result;
}

static u64 policy_of(const struct task *task)
{
	return task->policy;
}

static u64 slice_of(const struct task *task)
{
	return task->slice;
}

s64 sys_sched_getscheduler(u64 tid)
{
	return ask_task(tid, policy_of);
}

s64 sys_sched_getparam(u64 tid, u64 address)
{
	const struct sched_param parameters = { .sched_priority = 0 };
	s64 result = address ? ask_task(tid, policy_of) : -EINVAL;

	if (result < 0)
		return result;
	return to_user(address, &parameters, sizeof(parameters));
}

/* The supported policies have no priority but 0. Returns 0, -EFAULT or -EINVAL. */
static s64 check_parameters(u64 tid, u64 address)
{
	struct sched_param parameters;
	s64 error = !address || (s32)tid < 0 ? -EINVAL : 0;

	if (!error)
		error = from_user(&parameters, address, sizeof(parameters));
	return !error && parameters.sched_priority ? -EINVAL : error;
}

s64 sys_sched_setscheduler(u64 tid, u64 policy, u64 address)
{
	s64 error = check_parameters(tid, address);

	return error ? error : policy_set((u32)tid, (s32)policy, NULL);
}

s64 sys_sched_setparam(u64 tid, u64 address)
{
	s64 error = check_parameters(tid, address);
	s64 policy = error ? error : ask_task(tid, policy_of);

	return policy < 0 ? policy : policy_set((u32)tid, (s32)policy, NULL);
}

/* If the size is not supported, writes the supported one into the structure's first member. */
static s64 attributes_from_user(struct sched_attr *attributes, u64 address)
{
	static const u32 known = sizeof(*attributes);
	u32 size;
	s64 error = from_user(&size, address, sizeof(size));

	if (error)
		return error;
	if (!size)
		size = SCHED_ATTR_SIZE_VER0;
	error = size < SCHED_ATTR_SIZE_VER0 ? -E2BIG
					    : copy_structure_from_user(current_space(), attributes,
						      known, UADDR(address), size);
	if (error == -E2BIG)
		(void)!to_user(address, &known, sizeof(known));
	return error;
}

s64 sys_sched_setattr(u64 tid, u64 address, u64 flags)
{
	struct sched_attr attributes;
	s64 error;

	if (!address || (s32)tid < 0 || flags)
		return -EINVAL;
	error = attributes_from_user(&attributes, address);
	if (!error && (attributes.sched_flags || attributes.sched_priority))
		error = -EINVAL;
	return error ? error
		     : policy_set((u32)tid, (s32)attributes.sched_policy, &attributes.sched_nice);
}

s64 sys_sched_getattr(u64 tid, u64 address, u64 size, u64 flags)
{
	struct sched_attr attributes = { .size = sizeof(attributes) };
	s64 policy, nice;

	if (!address || (u32)size < sizeof(attributes) || (u32)size > PAGE_SIZE || flags)
		return -EINVAL;
	policy = ask_task(tid, policy_of);
	if (policy < 0)
		return policy;
	nice = priority_get(PRIO_PROCESS, (u32)tid);
	attributes.sched_policy = (u32)policy;
	attributes.sched_nice = NICE_MAX + 1 - (s32)nice;
	return to_user(address, &attributes, sizeof(attributes));
}

s64 sys_sched_get_priority(u64 policy)
{
	return policy == SCHED_OTHER || policy == SCHED_BATCH || policy == SCHED_IDLE ? 0 : -EINVAL;
}

s64 sys_sched_rr_get_interval(u64 tid, u64 address)
{
	s64 slice = ask_task(tid, slice_of);
	const struct timespec time = { .tv_nsec = slice }; /* always less than a second */

	if (slice < 0)
		return slice;
	return to_user(address, &time, sizeof(time));
}
