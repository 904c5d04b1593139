/*
 * Time: struct timespec and its relatives, clocks, timers.
 */
#pragma once

struct timespec {
	long tv_sec;
	long tv_nsec;
};

struct timeval {
	long tv_sec;
	long tv_usec;
};

struct timezone {
	int tz_minuteswest;
	int tz_dsttime;
};

struct itimerspec {
	struct timespec it_interval;
	struct timespec it_value;
};

struct itimerval {
	struct timeval it_interval;
	struct timeval it_value;
};

/* times(2): clock ticks of 1 / CLOCK_TICKS_PER_SECOND s, also AT_CLKTCK. */
struct tms {
	long tms_utime;
	long tms_stime;
	long tms_cutime;
	long tms_cstime;
};

#define CLOCK_TICKS_PER_SECOND 100

#define CLOCK_REALTIME           0
#define CLOCK_MONOTONIC          1
#define CLOCK_PROCESS_CPUTIME_ID 2
#define CLOCK_THREAD_CPUTIME_ID  3
#define CLOCK_MONOTONIC_RAW      4
#define CLOCK_REALTIME_COARSE    5
#define CLOCK_MONOTONIC_COARSE   6
#define CLOCK_BOOTTIME           7
#define CLOCK_REALTIME_ALARM     8
#define CLOCK_BOOTTIME_ALARM     9
#define CLOCK_SGI_CYCLE          10 /* no longer there */
#define CLOCK_TAI                11

/*
 * The CPU time of a process (0: the caller) or a thread, as a negative clock id: the complement of
 * its number, and the kind of time.
 */
#define CPU_CLOCK_SHIFT     3
#define CPU_CLOCK_KIND      3
#define CPU_CLOCK_BOTH      0
#define CPU_CLOCK_USER      1
#define CPU_CLOCK_ALL       2
#define CPU_CLOCK_OF_THREAD 4
#define CPU_CLOCK_ID(number, kind, of_thread) \
	((int)(~(unsigned int)(number) << CPU_CLOCK_SHIFT | (kind) | (of_thread)))

#define TIMER_ABSTIME 1

#define ITIMER_REAL    0
#define ITIMER_VIRTUAL 1
#define ITIMER_PROF    2

/* timerfd flags are O_CLOEXEC and O_NONBLOCK; this one belongs to timerfd_settime. */
#define TFD_TIMER_ABSTIME       1
#define TFD_TIMER_CANCEL_ON_SET 2
