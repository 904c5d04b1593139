/*
 * System calls on time: clocks, sleeping, and the time that tasks have used.
 */
#include "drivers/clock.h"
#include "fs/credentials.h"
#include "fs/wait.h"
#include "lib/abi/resource.h"
#include "lib/error.h"
#include "proc/pid.h"
#include "proc/schedule.h"
#include "proc/signal.h"
#include "proc/vdso.h"
#include "trap/sys.h"
#include "trap/user.h"

/* 292 years: anything later counts as never. */
#define SECONDS_MAX ((u64)INT64_MAX / NANOSECONDS_PER_SECOND)

static struct timeval to_timeval(u64 nanoseconds)
{
	return (struct timeval){
		.tv_sec = (long)(nanoseconds / NANOSECONDS_PER_SECOND),
		.tv_usec =
			(long)(nanoseconds % NANOSECONDS_PER_SECOND / NANOSECONDS_PER_MICROSECOND),
	};
}

int time_from_user(u64 address, u64 *nanoseconds)
{
	struct timespec time;
	int error = from_user(&time, address, sizeof(time));

	if (error)
		return error;
	if (time.tv_sec < 0 || time.tv_nsec < 0 || (u64)time.tv_nsec >= NANOSECONDS_PER_SECOND)
		return -EINVAL;
	*nanoseconds =
		min((u64)time.tv_sec, SECONDS_MAX - 1) * NANOSECONDS_PER_SECOND + (u64)time.tv_nsec;
	return 0;
}

int time_to_user(u64 address, u64 nanoseconds)
{
	const struct timespec time = {
		.tv_sec = (long)(nanoseconds / NANOSECONDS_PER_SECOND),
		.tv_nsec = (long)(nanoseconds % NANOSECONDS_PER_SECOND),
	};

	return to_user(address, &time, sizeof(time));
}

int itimerspec_from_user(u64 address, struct timer_setting *setting)
{
	int error = time_from_user(address + offsetof(struct itimerspec, it_interval),
		&setting->interval);

	return error
		? error
		: time_from_user(address + offsetof(struct itimerspec, it_value), &setting->first);
}

int itimerspec_to_user(u64 address, const struct timer_setting *setting)
{
	int error =
		time_to_user(address + offsetof(struct itimerspec, it_interval), setting->interval);

	return error
		? error
		: time_to_user(address + offsetof(struct itimerspec, it_value), setting->first);
}

u64 deadline_after(u64 nanoseconds)
{
	u64 now = time_now();

	return nanoseconds > (u64)INT64_MAX - now ? WAIT_FOREVER : now + nanoseconds;
}

int deadline_from_user(u64 address, u64 *deadline)
{
	u64 span;
	int error = address ? time_from_user(address, &span) : 0;

	if (!error)
		*deadline = address ? deadline_after(span) : WAIT_FOREVER;
	return error;
}

static struct usage usage_of_caller(bool children)
{
	struct process *process = current->process;
	struct usage usage;

	spin_lock(&family_lock);
	usage = children ? process->children_usage : usage_of_process(process);
	spin_unlock(&family_lock);
	return usage;
}

bool cpu_clock_parse(u64 id, struct cpu_clock *clock)
{
	s32 bits = (s32)id;

	if (id == CLOCK_PROCESS_CPUTIME_ID || id == CLOCK_THREAD_CPUTIME_ID)
		bits = CPU_CLOCK_ID(0, CPU_CLOCK_ALL,
			id == CLOCK_THREAD_CPUTIME_ID ? CPU_CLOCK_OF_THREAD : 0);
	*clock = (struct cpu_clock){
		.number = ~(u32)(bits >> CPU_CLOCK_SHIFT),
		.kind = (u32)bits & CPU_CLOCK_KIND,
		.of_thread = bits & CPU_CLOCK_OF_THREAD,
	};
	return bits < 0 && clock->kind <= CPU_CLOCK_ALL;
}

/* The time used by any process, or by one of the caller's threads. 0, or -EINVAL if none exists. */
static int read_cpu_clock(const struct cpu_clock *clock, u64 *nanoseconds)
{
	struct process *process = current->process;
	struct usage usage = {};
	struct task *task;
	int error = 0;

	spin_lock(&family_lock);
	if (clock->of_thread) {
		task = clock->number ? task_find(clock->number) : current;
		if (task && task->process == process)
			usage = usage_of_task(task);
		else
			error = -EINVAL;
	} else {
		process = clock->number ? process_find(clock->number) : process;
		if (process)
			usage = usage_of_process(process);
		else
			error = -EINVAL;
	}
	spin_unlock(&family_lock);
	*nanoseconds = usage.runtime - (clock->kind == CPU_CLOCK_USER ? usage.system : 0);
	return error;
}

static int read_clock(u64 clock, u64 *nanoseconds)
{
	struct cpu_clock cpu;

	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_TAI:
		*nanoseconds = clock_realtime();
		return 0;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
		*nanoseconds = time_now();
		return 0;
	default:
		return cpu_clock_parse(clock, &cpu) ? read_cpu_clock(&cpu, nanoseconds) : -EINVAL;
	}
}

s64 sys_clock_gettime(u64 clock, u64 address)
{
	u64 now;
	int error = read_clock(clock, &now);

	return error ? error : time_to_user(address, now);
}

s64 sys_clock_settime(u64 clock, u64 address)
{
	u64 time;
	int error = time_from_user(address, &time);

	if (error)
		return error;
	if (clock != CLOCK_REALTIME)
		return -EINVAL;
	if (!capable(CAP_SYS_TIME))
		return -EPERM;
	if (time < time_now() || time > CLOCK_REALTIME_MAX)
		return -EINVAL;
	atomic_store(&clock_realtime_offset, time - time_now());
	vdso_set_realtime();
	return 0;
}

s64 sys_clock_getres(u64 clock, u64 address)
{
	u64 ignored;
	int error = read_clock(clock, &ignored);

	if (error || !address)
		return error;
	return time_to_user(address, 1);
}

s64 sys_gettimeofday(u64 address, u64 zone_address)
{
	struct timeval now = to_timeval(clock_realtime());
	const struct timezone zone = {};
	int error = 0;

	if (address)
		error = to_user(address, &now, sizeof(now));
	if (!error && zone_address)
		error = to_user(zone_address, &zone, sizeof(zone));
	return error;
}

/*
 * Sleeps until the deadline. After a signal that no handler caught, the call is made again with the
 * same arguments; the task's restart_deadline keeps it from sleeping longer than asked for.
 */
static s64 sleep_until(u64 deadline, bool relative, u64 remaining)
{
	int error = task_sleep(deadline);

	if (error == -ETIMEDOUT)
		return 0;
	if (relative) {
		u64 now = time_now(), left = deadline > now ? deadline - now : 0;

		if (remaining && time_to_user(remaining, left))
			return -EFAULT;
	}
	signal_no_restart_until(relative ? deadline : 0);
	return error;
}

/* kept: the deadline, if this is a restart; or 0. */
static s64 sleep_for(u64 nanoseconds, u64 kept, u64 remaining)
{
	return sleep_until(kept ? kept : deadline_after(nanoseconds), true, remaining);
}

s64 sys_nanosleep(u64 address, u64 remaining)
{
	u64 nanoseconds, kept = signal_kept_deadline();
	int error = time_from_user(address, &nanoseconds);

	return error ? error : sleep_for(nanoseconds, kept, remaining);
}

s64 sys_clock_nanosleep(u64 clock, u64 flags, u64 address, u64 remaining)
{
	u64 time, kept = signal_kept_deadline();
	int error;

	if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC && clock != CLOCK_BOOTTIME &&
		clock != CLOCK_TAI)
		return clock <= CLOCK_MONOTONIC_COARSE ? -EOPNOTSUPP : -EINVAL;
	error = time_from_user(address, &time);
	if (error)
		return error;
	if (!(flags & TIMER_ABSTIME))
		return sleep_for(time, kept, remaining);
	if (clock == CLOCK_REALTIME || clock == CLOCK_TAI)
		time = clock_monotonic_of(time);
	return sleep_until(time, false, 0);
}

/* Used time */

int usage_to_user(const struct usage *usage, u64 address)
{
	struct rusage result = {
		.ru_utime = to_timeval(usage->runtime - usage->system),
		.ru_stime = to_timeval(usage->system),
		.ru_minflt = (long)usage->page_faults,
		.ru_nvcsw = (long)usage->switches_voluntary,
		.ru_nivcsw = (long)usage->switches_forced,
	};

	return to_user(address, &result, sizeof(result));
}

s64 sys_getrusage(u64 who, u64 address)
{
	struct usage usage;

	switch ((s32)who) {
	case RUSAGE_SELF:
	case RUSAGE_CHILDREN:
		usage = usage_of_caller((s32)who == RUSAGE_CHILDREN);
		break;
	case RUSAGE_THREAD:
		usage = usage_of_task(current);
		break;
	default:
		return -EINVAL;
	}
	return usage_to_user(&usage, address);
}

static long to_ticks(u64 nanoseconds)
{
	return (long)(nanoseconds / (NANOSECONDS_PER_SECOND / CLOCK_TICKS_PER_SECOND));
}

s64 sys_times(u64 address)
{
	struct usage own = usage_of_caller(false), children = usage_of_caller(true);
	const struct tms times = {
		.tms_utime = to_ticks(own.runtime - own.system),
		.tms_stime = to_ticks(own.system),
		.tms_cutime = to_ticks(children.runtime - children.system),
		.tms_cstime = to_ticks(children.system),
	};
	int error = 0;

	if (address)
		error = to_user(address, &times, sizeof(times));
	return error ? error : to_ticks(time_now());
}
