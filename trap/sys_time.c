/*
 * System calls on time: clocks, sleeping, and the time that tasks have used.
 *
 * All time that a task runs is counted, and counted as user time: the way into the kernel does not
 * look at the clock.
 */
#include "fs/clock.h"
#include "fs/credentials.h"
#include "fs/wait.h"
#include "lib/abi/resource.h"
#include "lib/error.h"
#include "mm/uaccess.h"
#include "proc/schedule.h"
#include "proc/signal.h"
#include "trap/sys.h"
#include "trap/usage.h"

#define NANOSECONDS_PER_MICROSECOND 1000UL
#define MICROSECONDS_PER_SECOND     1000000UL

/* 292 years: later than that is never. */
#define SECONDS_MAX ((u64)INT64_MAX / NANOSECONDS_PER_SECOND)

static struct timespec to_timespec(u64 nanoseconds)
{
	return (struct timespec){
		.tv_sec = (long)(nanoseconds / NANOSECONDS_PER_SECOND),
		.tv_nsec = (long)(nanoseconds % NANOSECONDS_PER_SECOND),
	};
}

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
	int error = copy_from_user(current_space(), &time, UADDR(address), sizeof(time));

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
	struct timespec time = to_timespec(nanoseconds);

	return copy_to_user(current_space(), UADDR(address), &time, sizeof(time));
}

u64 deadline_after(u64 nanoseconds)
{
	u64 now = time_now();

	return nanoseconds > (u64)INT64_MAX - now ? WAIT_FOREVER : now + nanoseconds;
}

/* The time that a process has used: its ended threads, and those that live. */
static struct usage usage_of(struct process *process)
{
	struct usage usage;
	struct task *task;

	spin_lock(&family_lock);
	usage = process->usage;
	list_for_each_entry(task, &process->threads, thread_node) {
		usage.runtime += task_runtime(task);
		usage.page_faults += task->page_faults;
		usage.switches_voluntary += task->switches_voluntary;
		usage.switches_forced += task->switches_forced;
	}
	spin_unlock(&family_lock);
	return usage;
}

static int read_clock(u64 clock, u64 *nanoseconds)
{
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
	case CLOCK_PROCESS_CPUTIME_ID:
		*nanoseconds = usage_of(current->process).runtime;
		return 0;
	case CLOCK_THREAD_CPUTIME_ID:
		*nanoseconds = task_runtime(current);
		return 0;
	default:
		return -EINVAL;
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
	if (time < time_now())
		return -EINVAL;
	atomic_store(&clock_realtime_offset, time - time_now());
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
		error = copy_to_user(current_space(), UADDR(address), &now, sizeof(now));
	if (!error && zone_address)
		error = copy_to_user(current_space(), UADDR(zone_address), &zone, sizeof(zone));
	return error;
}

/*
 * Sleeps until the deadline. After a signal that no handler caught, the call is made again with the
 * same arguments; that it sleeps no longer than asked for is what restart_deadline is for.
 */
static s64 sleep_until(u64 deadline, bool relative, u64 remaining)
{
	struct task *task = current;
	int error;

	for (;;) {
		task_prepare_wait();
		error = wait_sleep(deadline);
		if (error)
			break;
	}
	task_finish_wait();
	if (error == -ETIMEDOUT)
		return 0;
	signal_no_restart();
	if (relative) {
		u64 now = time_now();

		task->restart_deadline = deadline;
		if (remaining) {
			u64 left = deadline > now ? deadline - now : 0;

			if (time_to_user(remaining, left))
				return -EFAULT;
		}
	}
	return error;
}

static s64 sleep_for(u64 nanoseconds, u64 remaining)
{
	u64 deadline = current->restart_deadline;

	current->restart_deadline = 0;
	if (!deadline)
		deadline = deadline_after(nanoseconds);
	return sleep_until(deadline, true, remaining);
}

s64 sys_nanosleep(u64 address, u64 remaining)
{
	u64 nanoseconds;
	int error = time_from_user(address, &nanoseconds);

	return error ? error : sleep_for(nanoseconds, remaining);
}

s64 sys_clock_nanosleep(u64 clock, u64 flags, u64 address, u64 remaining)
{
	u64 time;
	int error;

	if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC && clock != CLOCK_BOOTTIME &&
		clock != CLOCK_TAI)
		return clock == CLOCK_PROCESS_CPUTIME_ID ? -EOPNOTSUPP : -EINVAL;
	error = time_from_user(address, &time);
	if (error)
		return error;
	if (!(flags & TIMER_ABSTIME))
		return sleep_for(time, remaining);
	if (clock == CLOCK_REALTIME || clock == CLOCK_TAI) {
		u64 offset = atomic_load(&clock_realtime_offset);

		time = time > offset ? time - offset : 0;
	}
	return sleep_until(time, false, 0);
}

/* Used time */

int usage_to_user(const struct usage *usage, u64 address)
{
	struct rusage result = {
		.ru_utime = to_timeval(usage->runtime),
		.ru_minflt = (long)usage->page_faults,
		.ru_nvcsw = (long)usage->switches_voluntary,
		.ru_nivcsw = (long)usage->switches_forced,
	};

	return copy_to_user(current_space(), UADDR(address), &result, sizeof(result));
}

static struct usage children_usage(struct process *process)
{
	struct usage usage;

	spin_lock(&family_lock);
	usage = process->children_usage;
	spin_unlock(&family_lock);
	return usage;
}

static struct usage thread_usage(struct task *task)
{
	return (struct usage){
		.runtime = task_runtime(task),
		.page_faults = task->page_faults,
		.switches_voluntary = task->switches_voluntary,
		.switches_forced = task->switches_forced,
	};
}

s64 sys_getrusage(u64 who, u64 address)
{
	struct usage usage;

	switch ((s32)who) {
	case RUSAGE_SELF:
		usage = usage_of(current->process);
		break;
	case RUSAGE_CHILDREN:
		usage = children_usage(current->process);
		break;
	case RUSAGE_THREAD:
		usage = thread_usage(current);
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
	const struct tms times = {
		.tms_utime = to_ticks(usage_of(current->process).runtime),
		.tms_cutime = to_ticks(children_usage(current->process).runtime),
	};
	int error = 0;

	if (address)
		error = copy_to_user(current_space(), UADDR(address), &times, sizeof(times));
	return error ? error : to_ticks(time_now());
}
