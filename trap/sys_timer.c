/*
 * System calls on timers that send signals: setitimer and getitimer, for ITIMER_REAL. Those that
 * count a process's own time are not there.
 */
#include "lib/abi/time.h"
#include "lib/error.h"
#include "mm/uaccess.h"
#include "proc/alarm.h"
#include "trap/sys.h"
#include "trap/usage.h"

#define NANOSECONDS_PER_MICROSECOND 1000UL
#define MICROSECONDS_PER_SECOND     1000000UL

/* 292 years: later than that is never. */
#define SECONDS_MAX ((u64)INT64_MAX / NANOSECONDS_PER_SECOND - 1)

static int to_nanoseconds(const struct timeval *time, u64 *nanoseconds)
{
	if (time->tv_sec < 0 || time->tv_usec < 0 || (u64)time->tv_usec >= MICROSECONDS_PER_SECOND)
		return -EINVAL;
	*nanoseconds = min((u64)time->tv_sec, SECONDS_MAX) * NANOSECONDS_PER_SECOND +
		(u64)time->tv_usec * NANOSECONDS_PER_MICROSECOND;
	return 0;
}

/* Up to the next microsecond, so that what still runs is never 0. */
static struct timeval to_timeval(u64 nanoseconds)
{
	u64 microseconds =
		(nanoseconds + NANOSECONDS_PER_MICROSECOND - 1) / NANOSECONDS_PER_MICROSECOND;

	return (struct timeval){
		.tv_sec = (long)(microseconds / MICROSECONDS_PER_SECOND),
		.tv_usec = (long)(microseconds % MICROSECONDS_PER_SECOND),
	};
}

static struct itimerval remaining(const struct alarm *alarm) REQUIRES(family_lock)
{
	u64 now = time_now();

	if (!alarm->active)
		return (struct itimerval){};
	return (struct itimerval){
		.it_value = to_timeval(alarm->deadline > now ? alarm->deadline - now : 1),
		.it_interval = to_timeval(alarm->interval),
	};
}

s64 sys_getitimer(u64 timer, u64 address)
{
	struct itimerval old;

	if (timer != ITIMER_REAL)
		return -EINVAL;
	spin_lock(&family_lock);
	old = remaining(&current->process->alarm);
	spin_unlock(&family_lock);
	return copy_to_user(current_space(), UADDR(address), &old, sizeof(old));
}

s64 sys_setitimer(u64 timer, u64 new_address, u64 old_address)
{
	struct alarm *alarm = &current->process->alarm;
	struct itimerval new = {}, old;
	u64 value, interval;
	int error = 0;

	if (timer != ITIMER_REAL)
		return -EINVAL;
	/* Without new values it is stopped, as on Linux. */
	if (new_address)
		error = copy_from_user(current_space(), &new, UADDR(new_address), sizeof(new));
	if (!error)
		error = to_nanoseconds(&new.it_value, &value);
	if (!error)
		error = to_nanoseconds(&new.it_interval, &interval);
	if (error)
		return error;
	spin_lock(&family_lock);
	old = remaining(alarm);
	if (value)
		alarm_set(alarm, deadline_after(value), interval);
	else
		alarm_stop(alarm);
	spin_unlock(&family_lock);
	return old_address ? copy_to_user(current_space(), UADDR(old_address), &old, sizeof(old))
			   : 0;
}
