/* The calls that wait and write to user memory: for children, signals, timers, files. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/abi/poll.h"
#include "lib/abi/signalfd.h"
#include "usr/tests/tap.h"
#include "usr/tests/thread.h"
#include "usr/tests/uaccess.h"

#define SIGNAL_SET    8 /* the kernel's set of 64 signals */
#define WAITID_BYTES  (offsetof(siginfo_t, si_status) + sizeof(int)) /* written of a siginfo_t */
#define POLLED        2
#define SELECTED      8 /* descriptors */
#define SELECT_BYTES  8 /* a set is made of words */
#define TIMER_SECONDS 1000

/* Made by prepare(), used by make(). */
static int file;
static int child;
static int timer;

static const unsigned long waited_for = 1ul << (SIGUSR1 - 1);
static const struct itimerspec never_yet = {
	.it_interval = { TIMER_SECONDS, 1 },
	.it_value = { TIMER_SECONDS, 1 },
};

static void prepare_exited_child(void)
{
	child = tap_fork();
	if (child == 0)
		_exit(7);
}

static long make_waitid_info(void *out)
{
	return kernel_call(SYS_waitid, (long)P_PID, child, out, (long)WEXITED, NULL);
}

static long make_waitid_rusage(void *out)
{
	return kernel_call(SYS_waitid, (long)P_PID, child, NULL, (long)WEXITED, out);
}

static void prepare_signal(void)
{
	CHECK_EQUAL(kernel_call(SYS_rt_sigprocmask, (long)SIG_BLOCK, &waited_for, NULL,
			    (long)SIGNAL_SET),
		0);
	CHECK(kill(getpid(), SIGUSR1) == 0);
}

static long make_sigpending(void *out)
{
	return kernel_call(SYS_rt_sigpending, out, (long)SIGNAL_SET);
}

static long make_sigtimedwait(void *out)
{
	return kernel_call(SYS_rt_sigtimedwait, &waited_for, out, NULL, (long)SIGNAL_SET);
}

static void prepare_signalfd(void)
{
	prepare_signal();
	file = (int)kernel_call(SYS_signalfd4, -1l, &waited_for, (long)SIGNAL_SET, 0l);
	CHECK(file >= 0);
}

static long make_read_signalfd(void *out)
{
	return kernel_call(SYS_read, file, out, sizeof(struct signalfd_siginfo));
}

static void prepare_eventfd(void)
{
	file = (int)kernel_call(SYS_eventfd2, 4711l, 0l);
	CHECK(file >= 0);
}

static long make_read_count(void *out)
{
	return kernel_call(SYS_read, file, out, sizeof(uint64_t));
}

/* Its time has passed. */
static void prepare_fired_timerfd(void)
{
	struct itimerspec once = { .it_value.tv_nsec = 1 };

	file = (int)kernel_call(SYS_timerfd_create, (long)CLOCK_MONOTONIC, 0l);
	CHECK_EQUAL(kernel_call(SYS_timerfd_settime, file, (long)TFD_TIMER_ABSTIME, &once, NULL),
		0);
}

static void prepare_timerfd(void)
{
	file = (int)kernel_call(SYS_timerfd_create, (long)CLOCK_MONOTONIC, 0l);
	CHECK_EQUAL(kernel_call(SYS_timerfd_settime, file, 0l, &never_yet, NULL), 0);
}

static long make_timerfd_gettime(void *out)
{
	return kernel_call(SYS_timerfd_gettime, file, out);
}

static long make_timerfd_settime(void *out)
{
	return kernel_call(SYS_timerfd_settime, file, 0l, &never_yet, out);
}

static long make_timer_create(void *out)
{
	return kernel_call(SYS_timer_create, (long)CLOCK_MONOTONIC, NULL, out);
}

static void prepare_timer(void)
{
	CHECK_EQUAL(make_timer_create(&timer), 0);
	CHECK_EQUAL(kernel_call(SYS_timer_settime, timer, 0l, &never_yet, NULL), 0);
}

static long make_timer_gettime(void *out)
{
	return kernel_call(SYS_timer_gettime, timer, out);
}

static long make_timer_settime(void *out)
{
	return kernel_call(SYS_timer_settime, timer, 0l, &never_yet, out);
}

static void prepare_itimer(void)
{
	const struct itimerval value = { { TIMER_SECONDS, 1 }, { TIMER_SECONDS, 1 } };

	CHECK_EQUAL(kernel_call(SYS_setitimer, (long)ITIMER_REAL, &value, NULL), 0);
}

static long make_getitimer(void *out)
{
	return kernel_call(SYS_getitimer, (long)ITIMER_REAL, out);
}

static long make_setitimer(void *out)
{
	const struct itimerval none = { { 0, 0 }, { 0, 0 } };

	return kernel_call(SYS_setitimer, (long)ITIMER_REAL, &none, out);
}

static void prepare_epoll(void)
{
	struct epoll_event event = { POLLIN, 4711 };
	int ready;

	prepare_eventfd();
	ready = file;
	file = (int)kernel_call(SYS_epoll_create1, 0l);
	CHECK_EQUAL(kernel_call(SYS_epoll_ctl, file, (long)EPOLL_CTL_ADD, ready, &event), 0);
}

static long make_epoll_pwait(void *out)
{
	return kernel_call(SYS_epoll_pwait, file, out, 1l, 0l, NULL, (long)SIGNAL_SET);
}

/*
 * The memory's old content says which descriptors are asked for, and so how many are ready. Two of
 * them, so that something is written in each half.
 */
static long make_ppoll(void *out)
{
	struct timespec at_once = { 0, 0 };
	long result = kernel_call(SYS_ppoll, out, (long)POLLED, &at_once, NULL, (long)SIGNAL_SET);

	return result > 0 ? 0 : result;
}

/* Whichever descriptors the memory's old content names are open, and have no exceptional event. */
static void prepare_select(void)
{
	file = open("/dev/null", O_RDWR);
	CHECK(file >= 0);
	for (int i = 0; i < SELECTED; i++)
		CHECK(fcntl(i, F_GETFD) >= 0 || dup2(file, i) == i);
}

static long make_pselect6(void *out)
{
	struct timespec at_once = { 0, 0 };

	return kernel_call(SYS_pselect6, (long)SELECTED, NULL, NULL, out, &at_once, NULL);
}

static const struct call calls[] = {
	{ "waitid-info", WAITID_BYTES, 0, prepare_exited_child, make_waitid_info, NULL },
	{ "waitid-rusage", sizeof(struct rusage), 0, prepare_exited_child, make_waitid_rusage,
		NULL },
	{ "rt_sigpending", SIGNAL_SET, CALL_STEADY, prepare_signal, make_sigpending, NULL },
	{ "rt_sigtimedwait", sizeof(siginfo_t), 0, prepare_signal, make_sigtimedwait, NULL },
	{ "read-signalfd", sizeof(struct signalfd_siginfo), 0, prepare_signalfd, make_read_signalfd,
		NULL },
	{ "read-eventfd", sizeof(uint64_t), CALL_STEADY, prepare_eventfd, make_read_count, NULL },
	/* Linux returns how many of the bytes fit, Cowslip an error if not all do */
	{ "read-timerfd", sizeof(uint64_t), CALL_STEADY | CALL_SHORT, prepare_fired_timerfd,
		make_read_count, NULL },
	{ "timerfd_gettime", sizeof(struct itimerspec), 0, prepare_timerfd, make_timerfd_gettime,
		NULL },
	{ "timerfd_settime", sizeof(struct itimerspec), 0, prepare_timerfd, make_timerfd_settime,
		NULL },
	{ "timer_create", sizeof(int), CALL_STEADY, NULL, make_timer_create, NULL },
	{ "timer_gettime", sizeof(struct itimerspec), 0, prepare_timer, make_timer_gettime, NULL },
	{ "timer_settime", sizeof(struct itimerspec), 0, prepare_timer, make_timer_settime, NULL },
	{ "getitimer", sizeof(struct itimerval), 0, prepare_itimer, make_getitimer, NULL },
	{ "setitimer", sizeof(struct itimerval), 0, prepare_itimer, make_setitimer, NULL },
	/* Linux does not write the gap between an event's members */
	{ "epoll_pwait", sizeof(struct epoll_event), 0, prepare_epoll, make_epoll_pwait, NULL },
	{ "ppoll", POLLED * sizeof(struct pollfd), 0, NULL, make_ppoll, NULL },
	{ "pselect6", SELECT_BYTES, CALL_STEADY, prepare_select, make_pselect6, NULL },
};

const struct call_table wait_calls = CALL_TABLE(calls);
