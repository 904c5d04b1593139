/*
 * Resource limits. Locks: see proc/limit.h.
 */
#include "proc/limit.h"

#include "fs/file_table.h"
#include "lib/abi/errno.h"
#include "lib/string.h"
#include "proc/alarm.h"
#include "proc/credentials.h"
#include "proc/pid.h"
#include "proc/signal.h"

#define LOCKED_DEFAULT        MIB(8)
#define MESSAGE_QUEUE_DEFAULT 819200

static const struct rlimit default_limits[RLIM_NLIMITS] = {
	[RLIMIT_CPU] = { RLIM_INFINITY, RLIM_INFINITY },
	[RLIMIT_FSIZE] = { RLIM_INFINITY, RLIM_INFINITY },
	[RLIMIT_DATA] = { RLIM_INFINITY, RLIM_INFINITY },
	[RLIMIT_STACK] = { LIMIT_STACK_DEFAULT, RLIM_INFINITY },
	[RLIMIT_CORE] = { 0, RLIM_INFINITY },
	[RLIMIT_RSS] = { RLIM_INFINITY, RLIM_INFINITY },
	[RLIMIT_NPROC] = { PID_LIMIT, PID_LIMIT },
	[RLIMIT_NOFILE] = { FILE_TABLE_DEFAULT, FILE_TABLE_MAX },
	[RLIMIT_MEMLOCK] = { LOCKED_DEFAULT, LOCKED_DEFAULT },
	[RLIMIT_AS] = { RLIM_INFINITY, RLIM_INFINITY },
	[RLIMIT_LOCKS] = { RLIM_INFINITY, RLIM_INFINITY },
	[RLIMIT_SIGPENDING] = { SIGNAL_QUEUE_LIMIT, SIGNAL_QUEUE_LIMIT },
	[RLIMIT_MSGQUEUE] = { MESSAGE_QUEUE_DEFAULT, MESSAGE_QUEUE_DEFAULT },
	[RLIMIT_RTTIME] = { RLIM_INFINITY, RLIM_INFINITY },
};

void limits_init(struct process *process)
{
	memcpy(process->limits, default_limits, sizeof(process->limits));
}

static u64 soft_limit(const struct process *process, u32 resource)
{
	return __atomic_load_n(&process->limits[resource].rlim_cur, __ATOMIC_RELAXED);
}

/* Kernel threads have none. */
u64 limit_of_caller(u32 resource)
{
	const struct process *process = current->process;

	if (!process || (resource == RLIMIT_MEMLOCK && capable(CAP_IPC_LOCK)))
		return RLIM_INFINITY;
	return soft_limit(process, resource);
}

static bool may_change(struct process *process) REQUIRES(process->lock)
{
	const struct credentials *own = current->credentials;
	const struct credentials *other = process_credentials(process);

	return process == current->process || capable(CAP_SYS_RESOURCE) ||
		(identity_is_all(&other->user, own->user.real) &&
			identity_is_all(&other->group, own->group.real));
}

static int set(struct process *process, u32 resource, const struct rlimit *new)
	REQUIRES(process->lock)
{
	struct rlimit *limit = &process->limits[resource];

	if (new->rlim_cur > new->rlim_max)
		return -EINVAL;
	if (resource == RLIMIT_NOFILE && new->rlim_max > FILE_TABLE_MAX)
		return -EPERM;
	if (new->rlim_max > limit->rlim_max && !capable(CAP_SYS_RESOURCE))
		return -EPERM;
	*limit = *new;
	return 0;
}

int limit_exchange(struct process *process, u32 resource, const struct rlimit *new,
	struct rlimit *old)
{
	int error = 0;

	spin_lock(&process->lock);
	if (!may_change(process))
		error = -EPERM;
	*old = process->limits[resource];
	if (!error && new)
		error = set(process, resource, new);
	spin_unlock(&process->lock);
	if (!error && resource == RLIMIT_CPU && new) {
		spin_lock(&family_lock);
		limit_watch_time(process);
		spin_unlock(&family_lock);
	}
	return error;
}

/* SIGXCPU each second from the soft limit on, SIGKILL at the hard one. */
static void time_is_up(struct alarm *alarm, u64 now) REQUIRES(family_lock)
{
	struct process *process = alarm->process;
	u64 seconds = now / NANOSECONDS_PER_SECOND;
	const struct signal_info info = {
		.signal = seconds < process->limits[RLIMIT_CPU].rlim_max ? SIGXCPU : SIGKILL,
		.code = SI_KERNEL,
	};

	signal_send_process(process, &info);
}

void limit_watch_time(struct process *process)
{
	struct alarm *alarm = &process->time_limit;
	u64 limit = soft_limit(process, RLIMIT_CPU), deadline;

	if (process->zombie)
		return;
	if (__builtin_mul_overflow(max(limit, 1UL), NANOSECONDS_PER_SECOND, &deadline)) {
		alarm_stop(alarm);
		return;
	}
	alarm->clock = ALARM_PROCESS;
	alarm->process = process;
	alarm->expired = time_is_up;
	alarm_set(alarm, deadline, NANOSECONDS_PER_SECOND);
}

bool limit_allows_task(void)
{
	const struct credentials *caller = current->credentials;
	u64 limit = limit_of_caller(RLIMIT_NPROC);

	return !caller->user.real || caller->account->tasks < limit || capable(CAP_SYS_RESOURCE) ||
		capable(CAP_SYS_ADMIN);
}
