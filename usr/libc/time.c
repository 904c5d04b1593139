/*
 * Clocks, sleeping, interval timers.
 */
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "usr/libc/syscall.h"

int clock_gettime(clockid_t id, struct timespec *now)
{
	return checked_call(SYS_clock_gettime, id, now);
}

int clock_settime(clockid_t id, const struct timespec *now)
{
	return checked_call(SYS_clock_settime, id, now);
}

int clock_getres(clockid_t id, struct timespec *resolution)
{
	return checked_call(SYS_clock_getres, id, resolution);
}

int nanosleep(const struct timespec *duration, struct timespec *remaining)
{
	return checked_call(SYS_nanosleep, duration, remaining);
}

int clock_nanosleep(clockid_t id, int flags, const struct timespec *duration,
	struct timespec *remaining)
{
	return (int)-system_call(SYS_clock_nanosleep, id, flags, duration, remaining);
}

unsigned int sleep(unsigned int seconds)
{
	struct timespec duration = { .tv_sec = seconds };

	return nanosleep(&duration, &duration) < 0 ? (unsigned int)duration.tv_sec : 0;
}

int usleep(useconds_t microseconds)
{
	struct timespec duration = { microseconds / 1000000, microseconds % 1000000 * 1000L };

	return nanosleep(&duration, NULL);
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	return checked_call(SYS_gettimeofday, now, zone);
}

time_t time(time_t *now)
{
	struct timespec current;

	if (clock_gettime(CLOCK_REALTIME, &current) < 0)
		return -1;
	if (now)
		*now = current.tv_sec;
	return current.tv_sec;
}

clock_t clock(void)
{
	struct timespec used;

	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) < 0)
		return -1;
	return used.tv_sec * CLOCKS_PER_SEC + used.tv_nsec / 1000;
}

int setitimer(int which, const struct itimerval *restrict value, struct itimerval *restrict old)
{
	return checked_call(SYS_setitimer, which, value, old);
}

int getitimer(int which, struct itimerval *value)
{
	return checked_call(SYS_getitimer, which, value);
}

unsigned int alarm(unsigned int seconds)
{
	struct itimerval value = { .it_value.tv_sec = seconds }, old;

	if (setitimer(ITIMER_REAL, &value, &old) < 0)
		return 0;
	return (unsigned int)old.it_value.tv_sec + (old.it_value.tv_usec > 0);
}
