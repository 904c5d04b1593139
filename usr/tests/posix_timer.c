/* Clocks, timers that send signals, and signals read from a file. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/abi/poll.h"
#include "lib/abi/signalfd.h"
#include "usr/tests/posixtest.h"

#define MILLISECOND    1000000l
#define SECOND         1000000000l
#define BIT_OF(signal) (1ul << ((signal)-1))
#define NO_TIMER       12345
#define FAST_TIMERS    20
#define PATIENCE       (20 * SECOND)   /* for what must happen */
#define LONG_TIME      (1000 * SECOND) /* for which no host pauses */
#define TRIES          20              /* one without a pause of the host suffices */

static long nanoseconds(long clock)
{
	struct timespec now;

	WORKS(clock_gettime, clock, &now);
	return now.tv_sec * SECOND + now.tv_nsec;
}

static void block(int signal)
{
	const unsigned long mask = BIT_OF(signal);

	WORKS(rt_sigprocmask, SIG_BLOCK, &mask, NULL, sizeof(mask));
}

/* Takes the blocked signal and its information; returns 0 if it does not come in time. */
static int take(int signal, long timeout, siginfo_t *info)
{
	const struct timespec limit = { .tv_sec = timeout / SECOND, .tv_nsec = timeout % SECOND };
	const unsigned long mask = BIT_OF(signal);
	long result = kernel_call(SYS_rt_sigtimedwait, &mask, info, &limit, sizeof(mask));

	return result < 0 ? 0 : (int)result;
}

static int make_timer(long clock, int signal, int notify)
{
	struct sigevent event;
	int id = -1;

	memset(&event, 0, sizeof(event));
	event.sigev_notify = notify;
	event.sigev_signo = signal;
	event.sigev_value.sival_int = 4711;
	event.sigev_notify_thread_id = (int)WORKS(gettid);
	WORKS(timer_create, clock, &event, &id);
	CHECK(id >= 0);
	return id;
}

static void set_timer(int id, int flags, long first, long interval)
{
	const struct itimerspec setting = {
		.it_value = { .tv_sec = first / SECOND, .tv_nsec = first % SECOND },
		.it_interval = { .tv_sec = interval / SECOND, .tv_nsec = interval % SECOND },
	};

	WORKS(timer_settime, id, flags, &setting, NULL);
}

static long time_left(int id)
{
	struct itimerspec setting;

	WORKS(timer_gettime, id, &setting);
	return setting.it_value.tv_sec * SECOND + setting.it_value.tv_nsec;
}

static void timer_once(void)
{
	const long clocks[] = { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME };
	siginfo_t info;

	block(SIGUSR1);
	for (int i = 0; i < 6; i++) {
		long clock = clocks[i % 3];
		int id = make_timer(clock, SIGUSR1, i < 3 ? SIGEV_SIGNAL : SIGEV_THREAD_ID);

		CHECK_EQUAL(time_left(id), 0);
		set_timer(id, 0, LONG_TIME, 0);
		CHECK(time_left(id) > LONG_TIME / 2 && time_left(id) <= LONG_TIME);
		set_timer(id, 0, 0, 0);
		CHECK_EQUAL(time_left(id), 0);
		set_timer(id, TIMER_ABSTIME, nanoseconds(clock) + 20 * MILLISECOND, 0);
		CHECK_EQUAL(take(SIGUSR1, PATIENCE, &info), SIGUSR1);
		CHECK_EQUAL(info.si_code, SI_TIMER);
		CHECK_EQUAL(info.si_timerid, id);
		CHECK_EQUAL(info.si_overrun, 0);
		CHECK_EQUAL(info.si_int, 4711);
		CHECK_EQUAL(time_left(id), 0);
		set_timer(id, TIMER_ABSTIME, 1, 0); /* long past */
		CHECK_EQUAL(take(SIGUSR1, PATIENCE, &info), SIGUSR1);
		WORKS(timer_delete, id);
	}
}

/* Expiries while the timer's signal is pending are counted. */
static void timer_overrun(void)
{
	siginfo_t info;
	int id;

	block(SIGRTMIN);
	id = make_timer(CLOCK_MONOTONIC, SIGRTMIN, SIGEV_SIGNAL);
	set_timer(id, 0, 5 * MILLISECOND, 5 * MILLISECOND);
	sleep_milliseconds(100);
	CHECK_EQUAL(take(SIGRTMIN, PATIENCE, &info), SIGRTMIN);
	CHECK(info.si_overrun >= 17);
	GIVES(info.si_overrun, timer_getoverrun, id);
	for (int i = 0; i < 3; i++)
		CHECK_EQUAL(take(SIGRTMIN, PATIENCE, &info), SIGRTMIN);
	WORKS(timer_delete, id);
	while (take(SIGRTMIN, 0, &info))
		continue;
	CHECK_EQUAL(take(SIGRTMIN, 30 * MILLISECOND, &info), 0);
}

static void timer_silent(void)
{
	int id = make_timer(CLOCK_MONOTONIC, 0, SIGEV_NONE);

	set_timer(id, 0, 10 * MILLISECOND, LONG_TIME);
	sleep_milliseconds(20);
	CHECK(time_left(id) > LONG_TIME / 2 && time_left(id) <= LONG_TIME);
	GIVES(0, timer_getoverrun, id);
	set_timer(id, 0, MILLISECOND, 0);
	sleep_milliseconds(5);
	CHECK_EQUAL(time_left(id), 0);
}

static void timer_arguments(void)
{
	const struct itimerspec bad = { .it_value = { 0, SECOND } },
				good = { .it_value = { 0, 1 } };
	struct sigevent event;
	struct itimerspec old;
	int id;

	memset(&event, 0, sizeof(event));
	GIVES(-EINVAL, timer_create, 77, NULL, &id);
	GIVES(-EINVAL, timer_create, CPU_CLOCK_ID(99999, CPU_CLOCK_ALL, 0), NULL, &id);
	GIVES(-EOPNOTSUPP, timer_create, CLOCK_MONOTONIC_RAW, NULL, &id);
	GIVES(-EOPNOTSUPP, timer_create, CLOCK_REALTIME_COARSE, NULL, &id);
	GIVES(-EFAULT, timer_create, CLOCK_MONOTONIC, BAD_POINTER, &id);
	GIVES(-EFAULT, timer_create, CLOCK_MONOTONIC, NULL, BAD_POINTER);
	GIVES(-EINVAL, timer_create, CLOCK_MONOTONIC, &event, &id); /* signal 0 */
	event.sigev_signo = 65;
	GIVES(-EINVAL, timer_create, CLOCK_MONOTONIC, &event, &id);
	event.sigev_signo = SIGUSR1;
	event.sigev_notify = 9;
	GIVES(-EINVAL, timer_create, CLOCK_MONOTONIC, &event, &id);
	event.sigev_notify = SIGEV_THREAD_ID;
	event.sigev_notify_thread_id = 1;
	GIVES(-EINVAL, timer_create, CLOCK_MONOTONIC, &event, &id);
	GIVES(-EINVAL, timer_settime, NO_TIMER, 0, &good, NULL);
	GIVES(-EINVAL, timer_gettime, NO_TIMER, &old);
	GIVES(-EINVAL, timer_getoverrun, NO_TIMER);
	GIVES(-EINVAL, timer_delete, NO_TIMER);
	WORKS(timer_create, CLOCK_MONOTONIC, NULL, &id);
	GIVES(-EINVAL, timer_settime, id, 0, &bad, NULL);
	GIVES(-EINVAL, timer_settime, id, 0, NULL, NULL);
	GIVES(-EFAULT, timer_settime, id, 0, BAD_POINTER, NULL);
	GIVES(-EFAULT, timer_gettime, id, BAD_POINTER);
	WORKS(timer_delete, id);
	GIVES(-EINVAL, timer_delete, id);
}

/* A child has neither the timer nor its signal; NULL means SIGALRM with the timer's id. */
static void timer_inheritance(void)
{
	struct itimerspec setting;
	siginfo_t info;
	int id, child;

	block(SIGALRM);
	WORKS(timer_create, CLOCK_MONOTONIC, NULL, &id);
	set_timer(id, 0, 50 * MILLISECOND, 0);
	child = tap_fork();
	if (child == 0) {
		GIVES(-EINVAL, timer_gettime, id, &setting);
		CHECK_EQUAL(take(SIGALRM, 100 * MILLISECOND, &info), 0);
		_exit(0);
	}
	tap_join(child);
	CHECK_EQUAL(take(SIGALRM, PATIENCE, &info), SIGALRM);
	CHECK_EQUAL(info.si_int, id);
}

static void wait_pending(unsigned long wanted)
{
	unsigned long pending;

	do {
		WORKS(rt_sigpending, &pending, sizeof(pending));
	} while ((pending & wanted) != wanted);
}

static void execute_with_pending_signals(void)
{
	const union sigval value = { .sival_int = 1 };

	block(SIGUSR1);
	block(SIGUSR2);
	block(SIGRTMIN);
	set_timer(make_timer(CLOCK_MONOTONIC, SIGUSR1, SIGEV_SIGNAL), 0, 1, 0);
	wait_pending(BIT_OF(SIGUSR1));
	CHECK(kill(getpid(), SIGUSR2) == 0);
	set_timer(make_timer(CLOCK_MONOTONIC, SIGUSR2, SIGEV_SIGNAL), 0, 1, 0);
	set_timer(make_timer(CLOCK_MONOTONIC, SIGRTMIN, SIGEV_THREAD_ID), 0, 1, 0);
	wait_pending(BIT_OF(SIGRTMIN));
	CHECK(sigqueue(getpid(), SIGRTMIN, value) == 0);
	execl(tap_sibling("cat"), "cat", "/proc/self/status", NULL);
	_exit(errno);
}

/* A program's timers end with it, and so do their pending signals; others' signals stay pending. */
static void timer_signals_end_with_program(void)
{
	static char text[4096];
	char expected[64];
	int ends[2], child;

	CHECK(pipe(ends) == 0);
	child = tap_fork();
	if (child == 0) {
		dup2(ends[1], STDOUT_FILENO);
		execute_with_pending_signals();
	}
	close(ends[1]);
	for (ssize_t at = 0, size; (size = read(ends[0], text + at, sizeof(text) - 1 - at)) > 0;)
		at += size;
	tap_join(child);
	snprintf(expected, sizeof(expected), "SigPnd:\t%016lx\nShdPnd:\t%016lx\n", 0ul,
		BIT_OF(SIGUSR2) | BIT_OF(SIGRTMIN));
	if (strstr(text, expected) == NULL)
		FAIL("not %s: %s", expected, strstr(text, "SigPnd"));
}

static void execute_with_timer(void *argument)
{
	(void)argument;
	set_timer(make_timer(CLOCK_MONOTONIC, SIGTERM, SIGEV_SIGNAL), 0, 200 * MILLISECOND, 0);
	execl(tap_sibling("sleep"), "sleep", "0.3", NULL);
	_exit(errno);
}

/* A timer that has not gone off before exec does not kill the next program. */
static void timers_end_with_program(void)
{
	int status = -1;

	for (int i = 0; i < TRIES && status != 0; i++)
		status = tap_in_child(execute_with_timer, NULL);
	CHECK_EQUAL(status, 0);
}

/* Ignored signals do not stop an interval timer; a later handler sees each signal. */
static volatile int ticks;

static void tick(int signal)
{
	(void)signal;
	ticks++;
}

static void timer_handler(void)
{
	struct sigaction action = { .sa_handler = SIG_IGN };
	int id = make_timer(CLOCK_MONOTONIC, SIGUSR2, SIGEV_SIGNAL);

	CHECK(sigaction(SIGUSR2, &action, NULL) == 0);
	set_timer(id, 0, 2 * MILLISECOND, 2 * MILLISECOND);
	sleep_milliseconds(30);
	action.sa_handler = tick;
	CHECK(sigaction(SIGUSR2, &action, NULL) == 0);
	for (int i = 0; i < PATIENCE / MILLISECOND && ticks < 5; i++)
		sleep_milliseconds(1);
	CHECK(ticks >= 5);
	WORKS(timer_delete, id);
}

/* CPU time */

static void burn(long clock, long amount)
{
	long start = nanoseconds(clock), limit = nanoseconds(CLOCK_MONOTONIC) + PATIENCE;

	while (nanoseconds(clock) - start < amount)
		CHECK(nanoseconds(CLOCK_MONOTONIC) < limit);
}

/* Without a system call. */
static void burn_in_user(volatile int *until)
{
	for (volatile long i = 0; !*until && i < 4 * SECOND; i++)
		continue;
}

/* A thread that sleeps uses no CPU time, or hardly any. */
static void sleep_for_free(void)
{
	long used = LONG_TIME;

	for (int i = 0; i < TRIES && used >= 50 * MILLISECOND; i++) {
		used = -nanoseconds(CLOCK_THREAD_CPUTIME_ID);
		sleep_milliseconds(50);
		used += nanoseconds(CLOCK_THREAD_CPUTIME_ID);
	}
	CHECK(used < 50 * MILLISECOND);
}

static void cpu_clocks(void)
{
	long process = nanoseconds(CLOCK_PROCESS_CPUTIME_ID), thread;
	int child;

	burn(CLOCK_PROCESS_CPUTIME_ID, 20 * MILLISECOND);
	CHECK(nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - process >= 20 * MILLISECOND);
	thread = nanoseconds(CLOCK_THREAD_CPUTIME_ID);
	CHECK(thread >= 20 * MILLISECOND);
	CHECK(nanoseconds(CPU_CLOCK_ID(0, CPU_CLOCK_ALL, CPU_CLOCK_OF_THREAD)) >= thread);
	CHECK(nanoseconds(CPU_CLOCK_ID(getpid(), CPU_CLOCK_ALL, CPU_CLOCK_OF_THREAD)) >= thread);
	CHECK(nanoseconds(CPU_CLOCK_ID(getpid(), CPU_CLOCK_ALL, 0)) >= process);
	sleep_for_free();
	child = tap_fork();
	if (child == 0) {
		burn(CLOCK_PROCESS_CPUTIME_ID, 30 * MILLISECOND);
		pause();
	}
	for (int i = 0; i < PATIENCE / MILLISECOND; i++) {
		if (nanoseconds(CPU_CLOCK_ID(child, CPU_CLOCK_ALL, 0)) >= 30 * MILLISECOND)
			break;
		sleep_milliseconds(1);
	}
	CHECK(nanoseconds(CPU_CLOCK_ID(child, CPU_CLOCK_ALL, 0)) >= 30 * MILLISECOND);
	kill(child, SIGKILL);
	tap_join_killed(child, SIGKILL);
	GIVES(-EINVAL, clock_gettime, CPU_CLOCK_ID(child, CPU_CLOCK_ALL, 0), BAD_POINTER);
	GIVES(-EINVAL, clock_gettime, CPU_CLOCK_ID(0, 3, 0), BAD_POINTER);
	GIVES(-EINVAL, clock_gettime, 77, BAD_POINTER);
	GIVES(-EFAULT, clock_gettime, CLOCK_MONOTONIC, BAD_POINTER);
}

static void read_zeroes(volatile int *until)
{
	static char page[4096];
	int zeroes = open("/dev/zero", O_RDONLY);

	while (!*until)
		(void)!read(zeroes, page, sizeof(page));
	close(zeroes);
}

/* CPU time, in microseconds. */
struct used {
	long user, system;
};

static struct used time_used(void)
{
	struct rusage usage;

	WORKS(getrusage, RUSAGE_SELF, &usage);
	return (struct used){ usage.ru_utime.tv_sec * 1000000 + usage.ru_utime.tv_usec,
		usage.ru_stime.tv_sec * 1000000 + usage.ru_stime.tv_usec };
}

/* What 300 ms of CPU time consist of that are used like this. */
static struct used use_time(void (*use)(volatile int *until))
{
	const struct itimerval setting = { { 0, 0 }, { 0, 300000 } };
	struct used before = time_used(), after;

	ticks = 0;
	WORKS(setitimer, ITIMER_PROF, &setting, NULL);
	use(&ticks);
	CHECK_EQUAL(ticks, 1);
	after = time_used();
	return (struct used){ after.user - before.user, after.system - before.system };
}

/* A loop of system calls takes mostly system time, a plain loop user time. */
static void user_and_system(void)
{
	struct sigaction action = { .sa_handler = tick };
	struct used plain = { 0, 0 }, calls = { 0, 0 };
	struct tms times;

	CHECK(sigaction(SIGPROF, &action, NULL) == 0);
	for (int i = 0; i < TRIES && (plain.user < 200000 || plain.system >= 100000); i++)
		plain = use_time(burn_in_user);
	CHECK(plain.user >= 200000 && plain.system < 100000);
	for (int i = 0; i < TRIES && calls.system < 50000; i++)
		calls = use_time(read_zeroes);
	CHECK(calls.system >= 50000);
	WORKS(times, &times);
	CHECK(times.tms_utime >= 20 && times.tms_stime >= 5);
}

static void interval_timers(void)
{
	struct sigaction action = { .sa_handler = tick };
	struct itimerval setting = { { 0, 10000 }, { 0, 10000 } }, old;

	CHECK(sigaction(SIGVTALRM, &action, NULL) == 0);
	CHECK(sigaction(SIGPROF, &action, NULL) == 0);
	for (int i = 0; i < TRIES && (i == 0 || ticks != 0); i++) {
		ticks = 0;
		WORKS(setitimer, ITIMER_VIRTUAL, &setting, NULL);
		WORKS(getitimer, ITIMER_VIRTUAL, &old);
		CHECK_EQUAL(old.it_interval.tv_usec, 10000);
		CHECK(old.it_value.tv_usec > 0 && old.it_value.tv_usec <= 14000);
		sleep_milliseconds(50);
	}
	CHECK_EQUAL(ticks, 0); /* nothing was used */
	for (int i = 1; i <= 3; i++) {
		burn_in_user(&ticks);
		CHECK(ticks >= 1);
		ticks = 0;
	}
	memset(&setting, 0, sizeof(setting));
	WORKS(setitimer, ITIMER_VIRTUAL, &setting, &old);
	CHECK_EQUAL(old.it_interval.tv_usec, 10000);
	setting.it_value.tv_usec = 20000;
	ticks = 0;
	WORKS(setitimer, ITIMER_PROF, &setting, NULL);
	burn_in_user(&ticks);
	CHECK_EQUAL(ticks, 1);
	WORKS(getitimer, ITIMER_PROF, &old);
	CHECK_EQUAL(old.it_value.tv_usec, 0);
	GIVES(-EINVAL, setitimer, 3, &setting, NULL);
	GIVES(-EINVAL, getitimer, 3, &old);
	GIVES(-EFAULT, setitimer, ITIMER_REAL, BAD_POINTER, NULL);
	GIVES(-EFAULT, getitimer, ITIMER_REAL, BAD_POINTER);
	setting.it_value.tv_usec = 1000000;
	GIVES(-EINVAL, setitimer, ITIMER_REAL, &setting, NULL);
}

static void have_fast_timers(int count)
{
	const struct itimerval setting = { { 0, 1 }, { 0, 1 } };
	int pids[FAST_TIMERS];

	for (int i = 0; i < count; i++) {
		pids[i] = tap_fork();
		if (pids[i] != 0)
			continue;
		signal(SIGALRM, SIG_IGN);
		WORKS(setitimer, ITIMER_REAL, &setting, NULL);
		for (;;)
			pause();
	}
	for (int i = 0; i < 10; i++)
		sleep_milliseconds(1);
	for (int i = 0; i < count; i++) {
		WORKS(kill, pids[i], SIGKILL);
		tap_join_killed(pids[i], SIGKILL);
	}
}

/* Timers that go off too fast to keep up with do not keep others from running. */
static void timers_too_fast(void)
{
	have_fast_timers(FAST_TIMERS);
	have_fast_timers(1);
}

/*
 * Uses CPU time until the signal has come. Kernels check the time at ticks: if the host has paused, all
 * of the time may have passed between two ticks, and more must be used.
 */
static int take_burning(int signal, long clock, siginfo_t *info)
{
	int taken = 0;

	for (int i = 0; i < TRIES && !taken; i++) {
		burn(clock, 60 * MILLISECOND);
		taken = take(signal, 0, info);
	}
	return taken;
}

static void timer_of_used_time(void)
{
	const long clocks[] = { CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID };
	siginfo_t info;

	block(SIGUSR1);
	for (int i = 0; i < 2; i++) {
		int id = make_timer(clocks[i], SIGUSR1, SIGEV_SIGNAL), taken = SIGUSR1;

		for (int j = 0; j < TRIES && taken; j++) {
			set_timer(id, 0, 30 * MILLISECOND, 0);
			taken = take(SIGUSR1, 100 * MILLISECOND, &info);
		}
		CHECK_EQUAL(taken, 0); /* it sleeps */
		CHECK_EQUAL(take_burning(SIGUSR1, clocks[i], &info), SIGUSR1);
		CHECK_EQUAL(info.si_timerid, id);
		WORKS(timer_delete, id);
	}
}

/* signalfd */

static int signal_file(int file, unsigned long mask, int flags)
{
	return (int)WORKS(signalfd4, file, &mask, sizeof(mask), flags);
}

static void signalfd_reads(void)
{
	struct signalfd_siginfo infos[4];
	union sigval value = { .sival_int = 42 };
	int file, child, status;

	block(SIGUSR1);
	block(SIGRTMIN);
	block(SIGCHLD);
	file = signal_file(-1, BIT_OF(SIGUSR1) | BIT_OF(SIGRTMIN), O_NONBLOCK | O_CLOEXEC);
	GIVES(FD_CLOEXEC, fcntl, file, F_GETFD);
	GIVES(-EAGAIN, read, file, infos, sizeof(infos));
	CHECK(sigqueue(getpid(), SIGRTMIN, value) == 0);
	CHECK(kill(getpid(), SIGUSR1) == 0);
	GIVES(-EINVAL, read, file, infos, sizeof(infos[0]) - 1);
	CHECK_EQUAL(read(file, infos, sizeof(infos)), 2 * sizeof(infos[0]));
	CHECK_EQUAL(infos[0].ssi_signo, SIGUSR1);
	CHECK_EQUAL(infos[0].ssi_code, SI_USER);
	CHECK_EQUAL(infos[0].ssi_pid, getpid());
	CHECK_EQUAL(infos[1].ssi_signo, SIGRTMIN);
	CHECK_EQUAL(infos[1].ssi_code, SI_QUEUE);
	CHECK_EQUAL(infos[1].ssi_int, 42);
	CHECK_EQUAL(signal_file(file, BIT_OF(SIGCHLD), 0), file);
	child = tap_fork();
	if (child == 0)
		_exit(7);
	CHECK_EQUAL(waitpid(child, &status, 0), child);
	CHECK_EQUAL(read(file, infos, sizeof(infos)), sizeof(infos[0]));
	CHECK_EQUAL(infos[0].ssi_signo, SIGCHLD);
	CHECK_EQUAL(infos[0].ssi_code, CLD_EXITED);
	CHECK_EQUAL(infos[0].ssi_pid, child);
	CHECK_EQUAL(infos[0].ssi_status, 7);
	GIVES(-EINVAL, signalfd4, file, infos, 4, 0);
	GIVES(-EINVAL, signalfd4, -1, infos, 8, 1);
	GIVES(-EFAULT, signalfd4, -1, BAD_POINTER, 8, 0);
	GIVES(-EBADF, signalfd4, BAD_FD, infos, 8, 0);
	GIVES(-EINVAL, signalfd4, 0, infos, 8, 0);
	GIVES(-EINVAL, write, file, infos, 8);
}

/* A process sees its own signals in a signalfd, even one inherited by fork. */
static void signalfd_waits(void)
{
	struct epoll_event event = { .events = POLLIN };
	struct signalfd_siginfo info;
	struct pollfd one;
	int file, set, child, parent = getpid();

	block(SIGUSR1);
	file = signal_file(-1, BIT_OF(SIGUSR1), 0);
	set = (int)WORKS(epoll_create1, 0);
	WORKS(epoll_ctl, set, EPOLL_CTL_ADD, file, &event);
	one = (struct pollfd){ .fd = file, .events = POLLIN };
	CHECK_EQUAL(poll(&one, 1, 0), 0);
	child = tap_fork();
	if (child == 0) {
		tap_wait_until_asleep(parent);
		CHECK(kill(parent, SIGUSR1) == 0);
		CHECK_EQUAL(poll(&one, 1, 20), 0);
		CHECK(kill(getpid(), SIGUSR1) == 0);
		CHECK_EQUAL(poll(&one, 1, 0), 1);
		CHECK_EQUAL(read(file, &info, sizeof(info)), sizeof(info));
		CHECK_EQUAL(info.ssi_pid, getpid());
		_exit(0);
	}
	CHECK_EQUAL(poll(&one, 1, PATIENCE / MILLISECOND), 1);
	CHECK_EQUAL(one.revents, POLLIN);
	GIVES(1, epoll_pwait, set, &event, 1, 1000, NULL, 8);
	CHECK_EQUAL(read(file, &info, sizeof(info)), sizeof(info));
	CHECK_EQUAL(info.ssi_pid, child);
	GIVES(0, epoll_pwait, set, &event, 1, 0, NULL, 8);
	tap_join(child);
	child = tap_fork();
	if (child == 0) {
		tap_wait_until_asleep(parent);
		CHECK(kill(parent, SIGUSR1) == 0);
		_exit(0);
	}
	CHECK_EQUAL(read(file, &info, sizeof(info)), sizeof(info));
	CHECK_EQUAL(info.ssi_pid, child);
	tap_join(child);
}

/* A timer that is turned off has no interval. */
static void timer_is_turned_off(void)
{
	const struct itimerspec off = { .it_interval = { 5, 0 } };
	struct itimerspec told;
	int timer = make_timer(CLOCK_MONOTONIC, SIGUSR1, SIGEV_SIGNAL);
	int file = (int)WORKS(timerfd_create, CLOCK_MONOTONIC, 0);

	GIVES(0, timer_settime, timer, 0, &off, NULL);
	GIVES(0, timer_gettime, timer, &told);
	CHECK_EQUAL(told.it_interval.tv_sec, 0);
	GIVES(0, timerfd_settime, file, 0, &off, NULL);
	GIVES(0, timerfd_gettime, file, &told);
	CHECK_EQUAL(told.it_interval.tv_sec, 5); /* except a timerfd */
}

static const struct tap_case cases[] = {
	{ "timer-once", timer_once, 0 },
	{ "timer-overrun", timer_overrun, 0 },
	{ "timer-is-turned-off", timer_is_turned_off, 0 },
	{ "timer-silent", timer_silent, 0 },
	{ "timer-arguments", timer_arguments, 0 },
	{ "timer-inheritance", timer_inheritance, 0 },
	{ "timers-end-with-program", timers_end_with_program, 0 },
	{ "timer-signals-end-with-program", timer_signals_end_with_program, 0 },
	{ "timer-handler", timer_handler, 0 },
	{ "cpu-clocks", cpu_clocks, 0 },
	{ "user-and-system", user_and_system, 0 },
	{ "timers-too-fast", timers_too_fast, 0 },
	{ "interval-timers", interval_timers, 0 },
	{ "timer-of-used-time", timer_of_used_time, 0 },
	{ "signalfd-reads", signalfd_reads, 0 },
	{ "signalfd-waits", signalfd_waits, 0 },
};

const struct tap_group posix_timer_group = TAP_GROUP(cases);
