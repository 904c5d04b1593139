/* Files that are waited for: eventfd, timerfd, epoll; and poll and select on them. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include "usr/tests/posixtest.h"

#define MILLISECOND 1000000l
#define PERIOD      (20 * MILLISECOND)
#define NEVER_ENDS  (UINT64_MAX - 1)
#define MASK_BYTES  8l
#define BIT(signal) (1ul << ((signal)-1))
#define TRIES       100
#define PATIENCE    30000 /* milliseconds */

static void event_counts(void)
{
	int event = (int)WORKS(eventfd2, 2, O_NONBLOCK);
	uint64_t value = 5;

	GIVES(8, write, event, &value, 8);
	GIVES(8, read, event, &value, 8);
	CHECK_EQUAL(value, 7);
	GIVES(-EAGAIN, read, event, &value, 8);
	value = NEVER_ENDS;
	GIVES(8, write, event, &value, 8);
	value = 1;
	GIVES(-EAGAIN, write, event, &value, 8);
	value = UINT64_MAX;
	GIVES(-EINVAL, write, event, &value, 8);
	GIVES(-EINVAL, write, event, &value, 4);
	GIVES(-EINVAL, read, event, &value, 4);
	GIVES(-EFAULT, write, event, BAD_POINTER, 8);
	GIVES(8, read, event, &value, 16);
	CHECK_EQUAL(value, NEVER_ENDS);
	GIVES(-EINVAL, eventfd2, 0, O_APPEND);
}

static void event_semaphore(void)
{
	int event = (int)WORKS(eventfd2, 2, EFD_SEMAPHORE | O_NONBLOCK);
	uint64_t value = 0;

	GIVES(8, read, event, &value, 8);
	CHECK_EQUAL(value, 1);
	GIVES(8, read, event, &value, 8);
	GIVES(-EAGAIN, read, event, &value, 8);
}

static void event_wakes(void)
{
	int event = (int)WORKS(eventfd2, 0, 0), child;
	uint64_t value = 3;

	child = tap_fork();
	if (child == 0) {
		GIVES(8, read, event, &value, 8);
		CHECK_EQUAL(value, 3);
		_exit(0);
	}
	tap_wait_until_asleep(child);
	GIVES(8, write, event, &value, 8);
	tap_join(child);
}

static void timer_ticks(void)
{
	struct itimerspec spec = { .it_value.tv_nsec = PERIOD, .it_interval.tv_nsec = PERIOD };
	struct itimerspec none = { { 0, 0 }, { 0, 0 } };
	int timer = (int)WORKS(timerfd_create, CLOCK_MONOTONIC, O_NONBLOCK);
	uint64_t count = 0;

	GIVES(-EAGAIN, read, timer, &count, 8);
	GIVES(0, timerfd_settime, timer, 0, &spec, NULL);
	sleep_milliseconds(70);
	GIVES(-EINVAL, read, timer, &count, 4);
	GIVES(8, read, timer, &count, 8);
	CHECK(count >= 3);
	spec.it_value.tv_nsec = 0;
	for (int i = 0; i < TRIES && spec.it_value.tv_nsec == 0; i++) /* 0 at the very moment */
		GIVES(0, timerfd_gettime, timer, &spec);
	CHECK(spec.it_value.tv_nsec > 0 && spec.it_value.tv_nsec <= PERIOD);
	CHECK_EQUAL(spec.it_interval.tv_nsec, PERIOD);
	GIVES(0, timerfd_settime, timer, 0, &none, &spec);
	CHECK_EQUAL(spec.it_interval.tv_nsec, PERIOD);
	GIVES(0, timerfd_gettime, timer, &spec);
	CHECK_EQUAL(spec.it_value.tv_nsec, 0);
}

static void timer_at_a_time(void)
{
	static const int clocks[] = { CLOCK_MONOTONIC, CLOCK_REALTIME, CLOCK_BOOTTIME };
	uint64_t count;

	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
		struct itimerspec spec = { { 0, 0 }, { 0, 0 } };
		int timer = (int)WORKS(timerfd_create, clocks[i], 0);

		GIVES(0, clock_gettime, clocks[i], &spec.it_value);
		spec.it_value.tv_sec -= 1; /* has passed: fires at once */
		GIVES(0, timerfd_settime, timer, TFD_TIMER_ABSTIME, &spec, NULL);
		GIVES(8, read, timer, &count, 8);
		CHECK_EQUAL(count, 1);
		spec.it_value.tv_sec += 1000;
		GIVES(0, timerfd_settime, timer, TFD_TIMER_ABSTIME, &spec, NULL);
		GIVES(0, timerfd_gettime, timer, &spec);
		CHECK(spec.it_value.tv_sec >= 900 && spec.it_value.tv_sec < 1000);
	}
}

static void timer_errors(void)
{
	struct itimerspec spec = { .it_value.tv_nsec = 1000000000 };
	int timer = (int)WORKS(timerfd_create, CLOCK_MONOTONIC, 0);

	GIVES(-EINVAL, timerfd_create, 77, 0);
	GIVES(-EINVAL, timerfd_create, CLOCK_PROCESS_CPUTIME_ID, 0);
	GIVES(-EINVAL, timerfd_create, CLOCK_MONOTONIC, O_APPEND);
	GIVES(-EINVAL, timerfd_settime, timer, 0, &spec, NULL);
	spec.it_value.tv_nsec = -1;
	GIVES(-EINVAL, timerfd_settime, timer, 0, &spec, NULL);
	spec.it_value = (struct timespec){ -1, 0 };
	GIVES(-EINVAL, timerfd_settime, timer, 0, &spec, NULL);
	spec.it_value.tv_sec = 0;
	GIVES(-EINVAL, timerfd_settime, timer, 8, &spec, NULL);
	GIVES(-EINVAL, timerfd_settime, STDOUT_FILENO, 0, &spec, NULL);
	GIVES(-EBADF, timerfd_settime, BAD_FD, 0, &spec, NULL);
	GIVES(-EFAULT, timerfd_settime, timer, 0, BAD_POINTER, NULL);
	GIVES(-EFAULT, timerfd_settime, timer, 0, &spec, BAD_POINTER);
	GIVES(-EFAULT, timerfd_gettime, timer, BAD_POINTER);
	GIVES(-EINVAL, write, timer, &spec, 8);
}

static void epoll_tells(void)
{
	struct epoll_event event = { POLLIN | EPOLLONESHOT, 42 }, got[4];
	int set = (int)WORKS(epoll_create1, O_CLOEXEC), file = (int)WORKS(eventfd2, 2, O_NONBLOCK);
	int copy = dup(file);
	uint64_t value;

	GIVES(0, epoll_ctl, set, EPOLL_CTL_ADD, file, &event);
	GIVES(1, epoll_pwait, set, got, 4, 0, NULL, MASK_BYTES);
	CHECK_EQUAL(got[0].events, POLLIN);
	CHECK_EQUAL(got[0].data, 42);
	GIVES(0, epoll_pwait, set, got, 4, 10, NULL, MASK_BYTES); /* once only */
	GIVES(0, epoll_ctl, set, EPOLL_CTL_MOD, file, &event);
	GIVES(1, epoll_pwait, set, got, 4, 0, NULL, MASK_BYTES);
	event = (struct epoll_event){ POLLIN | EPOLLET, 43 };
	GIVES(0, epoll_ctl, set, EPOLL_CTL_ADD, copy, &event);
	GIVES(1, epoll_pwait, set, got, 4, 0, NULL, MASK_BYTES);
	GIVES(0, epoll_pwait, set, got, 4, 0, NULL, MASK_BYTES); /* nothing new */
	value = 1;
	GIVES(8, write, file, &value, 8);
	GIVES(1, epoll_pwait, set, got, 4, 0, NULL, MASK_BYTES);
	CHECK_EQUAL(got[0].data, 43);
	event.events = POLLOUT;
	GIVES(0, epoll_ctl, set, EPOLL_CTL_MOD, file, &event);
	GIVES(1, epoll_pwait, set, got, 4, 0, NULL, MASK_BYTES);
	GIVES(1, epoll_pwait, set, got, 4, 0, NULL, MASK_BYTES); /* as long as it is ready */
	CHECK_EQUAL(got[0].events, POLLOUT);
	GIVES(0, epoll_ctl, set, EPOLL_CTL_DEL, file, NULL);
	GIVES(0, epoll_pwait, set, got, 4, 0, NULL, MASK_BYTES);
	close(file);
	GIVES(8, write, copy, &value, 8);
	GIVES(1, epoll_pwait, set, got, 4, 0, NULL, MASK_BYTES);
	close(copy); /* its file's last descriptor: the file leaves the set */
	GIVES(0, epoll_pwait, set, got, 4, 0, NULL, MASK_BYTES);
}

static void count_event(int file)
{
	const uint64_t one = 1;

	GIVES(8, write, file, &one, 8);
}

/* A chain of sets, each of which holds the next. */
static void make_chain(int sets[], int count)
{
	struct epoll_event event = { POLLIN, 0 };

	for (int i = 0; i < count; i++)
		sets[i] = (int)WORKS(epoll_create1, O_CLOEXEC);
	for (int i = 0; i + 1 < count; i++)
		GIVES(0, epoll_ctl, sets[i], EPOLL_CTL_ADD, sets[i + 1], &event);
}

#define CHAIN 5 /* sets, at most */

static void epoll_of_sets(void)
{
	struct epoll_event event = { POLLIN, 0 }, edge = { POLLIN | EPOLLET, 0 }, got;
	int sets[CHAIN], others[CHAIN], one = (int)WORKS(epoll_create1, O_CLOEXEC);
	int file = (int)WORKS(eventfd2, 0, 0);

	make_chain(sets, CHAIN);
	GIVES(-ELOOP, epoll_ctl, sets[CHAIN - 1], EPOLL_CTL_ADD, one, &event);
	GIVES(-ELOOP, epoll_ctl, one, EPOLL_CTL_ADD, sets[0], &event);
	GIVES(0, epoll_ctl, one, EPOLL_CTL_ADD, sets[1], &event);
	GIVES(0, epoll_ctl, sets[CHAIN - 1], EPOLL_CTL_ADD, file, &event);
	GIVES(0, epoll_pwait, sets[0], &got, 1, 0, NULL, MASK_BYTES);
	count_event(file);
	for (int i = 0; i < CHAIN; i++)
		GIVES(1, epoll_pwait, sets[i], &got, 1, 0, NULL, MASK_BYTES);
	GIVES(1, epoll_pwait, one, &got, 1, 0, NULL, MASK_BYTES);
	GIVES(0, epoll_ctl, sets[CHAIN - 1], EPOLL_CTL_DEL, file, NULL);
	GIVES(0, epoll_pwait, sets[0], &got, 1, 0, NULL, MASK_BYTES);
	GIVES(0, epoll_ctl, sets[1], EPOLL_CTL_DEL, sets[2], NULL);
	GIVES(-ELOOP, epoll_ctl, sets[1], EPOLL_CTL_ADD, sets[0], &event);
	make_chain(others, 3);
	GIVES(-ELOOP, epoll_ctl, others[2], EPOLL_CTL_ADD, sets[2], &event); /* three plus three */
	GIVES(0, epoll_ctl, others[1], EPOLL_CTL_ADD, sets[2], &event);
	GIVES(0, epoll_ctl, sets[4], EPOLL_CTL_ADD, file, &event);
	GIVES(0, epoll_ctl, sets[3], EPOLL_CTL_MOD, sets[4], &edge);
	GIVES(1, epoll_pwait, sets[3], &got, 1, 0, NULL, MASK_BYTES);
	GIVES(0, epoll_pwait, sets[3], &got, 1, 0, NULL, MASK_BYTES);
	count_event(file); /* an event, although it was ready before */
	GIVES(1, epoll_pwait, sets[3], &got, 1, 0, NULL, MASK_BYTES);
	GIVES(0, epoll_pwait, sets[3], &got, 1, 0, NULL, MASK_BYTES);
}

/* An event on a file in the innermost set wakes a task that sleeps on the outermost. */
static void epoll_of_sets_wakes(void)
{
	struct epoll_event event = { POLLIN, 0 }, got;
	int sets[CHAIN], ends[2], child;

	CHECK(pipe(ends) == 0);
	make_chain(sets, CHAIN);
	GIVES(0, epoll_ctl, sets[CHAIN - 1], EPOLL_CTL_ADD, ends[0], &event);
	for (int i = 0; i < 3; i++) {
		child = tap_fork();
		if (child == 0) {
			tap_wait_until_asleep(getppid());
			_exit(write(ends[1], "x", 1) != 1);
		}
		GIVES(1, epoll_pwait, sets[0], &got, 1, PATIENCE, NULL, MASK_BYTES);
		tap_join(child);
		GIVES(1, read, ends[0], &got, 1);
		GIVES(0, epoll_pwait, sets[0], &got, 1, 0, NULL, MASK_BYTES);
	}
}

static void epoll_errors(void)
{
	struct epoll_event event = { POLLIN, 0 }, got;
	int set = (int)WORKS(epoll_create1, 0), file = (int)WORKS(eventfd2, 0, 0);
	int other = dup(file);

	GIVES(0, epoll_ctl, set, EPOLL_CTL_ADD, file, &event);
	GIVES(-EEXIST, epoll_ctl, set, EPOLL_CTL_ADD, file, &event);
	GIVES(-ENOENT, epoll_ctl, set, EPOLL_CTL_DEL, other, &event);
	GIVES(-ENOENT, epoll_ctl, set, EPOLL_CTL_MOD, other, &event);
	GIVES(-EPERM, epoll_ctl, set, EPOLL_CTL_ADD, posix_file("file", ""), &event);
	GIVES(-EBADF, epoll_ctl, set, EPOLL_CTL_ADD, BAD_FD, &event);
	GIVES(-EBADF, epoll_ctl, BAD_FD, EPOLL_CTL_ADD, file, &event);
	GIVES(-EINVAL, epoll_ctl, file, EPOLL_CTL_ADD, other, &event);
	GIVES(-EINVAL, epoll_ctl, set, EPOLL_CTL_ADD, set, &event);
	GIVES(-EINVAL, epoll_ctl, set, 77, file, &event);
	GIVES(-EFAULT, epoll_ctl, set, EPOLL_CTL_MOD, file, BAD_POINTER);
	GIVES(-EINVAL, epoll_pwait, set, &got, 0, 0, NULL, MASK_BYTES);
	GIVES(-EINVAL, epoll_pwait, set, &got, -1, 0, NULL, MASK_BYTES);
	GIVES(-EINVAL, epoll_pwait, set, &got, 1, 0, &got, 4);
	GIVES(-EFAULT, epoll_pwait, set, &got, 1, 0, BAD_POINTER, MASK_BYTES);
	GIVES(-EFAULT, epoll_pwait2, set, &got, 1, BAD_POINTER, NULL, MASK_BYTES);
	GIVES(-EINVAL, epoll_create1, 1);
	event.events = POLLOUT;
	GIVES(0, epoll_ctl, set, EPOLL_CTL_MOD, file, &event);
	GIVES(-EFAULT, epoll_pwait, set, BAD_POINTER, 1, 0, NULL, MASK_BYTES);
}

static void epoll_waits(void)
{
	struct timespec wait = { 0, 20 * MILLISECOND }, bad = { 0, -1 };
	struct epoll_event event = { POLLIN, 7 }, got;
	int set = (int)WORKS(epoll_create1, 0), ends[2], child;
	unsigned long start = now_nanoseconds();

	CHECK(pipe(ends) == 0);
	GIVES(0, epoll_ctl, set, EPOLL_CTL_ADD, ends[0], &event);
	GIVES(0, epoll_pwait2, set, &got, 1, &wait, NULL, MASK_BYTES);
	CHECK(now_nanoseconds() - start >= 20 * MILLISECOND);
	GIVES(-EINVAL, epoll_pwait2, set, &got, 1, &bad, NULL, MASK_BYTES);
	child = tap_fork();
	if (child == 0) {
		GIVES(1, epoll_pwait, set, &got, 1, -1, NULL, MASK_BYTES);
		CHECK_EQUAL(got.data, 7);
		_exit(0);
	}
	tap_wait_until_asleep(child);
	GIVES(1, write, ends[1], "x", 1);
	tap_join(child);
	GIVES(1, read, ends[0], &got, 1);
	close(ends[1]);
	GIVES(1, epoll_pwait, set, &got, 1, -1, NULL, MASK_BYTES);
	CHECK_EQUAL(got.events, POLLHUP);
}

static volatile int signals;

static void count_signal(int signal)
{
	(void)signal;
	signals++;
}

/* The mask given to these calls is in force while they wait, and no longer. */
static void waits_with_mask(void)
{
	const struct sigaction action = { .sa_handler = count_signal };
	unsigned long usr1 = BIT(SIGUSR1), none = 0;
	struct timespec soon = { 0, 10 * MILLISECOND };
	struct epoll_event got;
	struct {
		const void *mask;
		unsigned long size;
	} packed = { &none, MASK_BYTES };
	int set = (int)WORKS(epoll_create1, 0);

	CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
	GIVES(0, rt_sigprocmask, SIG_BLOCK, &usr1, NULL, MASK_BYTES);
	kill(getpid(), SIGUSR1);
	GIVES(0, ppoll, NULL, 0, &soon, NULL, MASK_BYTES);
	CHECK_EQUAL(signals, 0);
	GIVES(-EINTR, ppoll, NULL, 0, NULL, &none, MASK_BYTES);
	CHECK_EQUAL(signals, 1);
	kill(getpid(), SIGUSR1);
	GIVES(-EINTR, pselect6, 0, NULL, NULL, NULL, NULL, &packed);
	CHECK_EQUAL(signals, 2);
	kill(getpid(), SIGUSR1);
	GIVES(-EINTR, epoll_pwait, set, &got, 1, -1, &none, MASK_BYTES);
	CHECK_EQUAL(signals, 3);
	kill(getpid(), SIGUSR1);
	CHECK_EQUAL(signals, 3);
	GIVES(-EINTR, rt_sigsuspend, &none, MASK_BYTES);
	CHECK_EQUAL(signals, 4);
}

/* A handler runs only if the call then fails with EINTR: otherwise its caller would not notice. */
static void waits_with_mask_succeed(void)
{
	const struct sigaction action = { .sa_handler = count_signal };
	unsigned long usr1 = BIT(SIGUSR1), none = 0, files;
	struct timespec at_once = {};
	struct epoll_event event = { .events = POLLIN };
	struct {
		const void *mask;
		unsigned long size;
	} packed = { &none, MASK_BYTES };
	struct pollfd one = { .events = POLLIN };
	int set = (int)WORKS(epoll_create1, 0), ends[2];
	char byte;

	CHECK(sigaction(SIGUSR1, &action, NULL) == 0 && pipe(ends) == 0);
	GIVES(0, rt_sigprocmask, SIG_BLOCK, &usr1, NULL, MASK_BYTES);
	GIVES(0, epoll_ctl, set, EPOLL_CTL_ADD, ends[0], &event);
	kill(getpid(), SIGUSR1);
	CHECK_EQUAL(write(ends[1], "x", 1), 1);
	one.fd = ends[0];
	files = 1ul << ends[0];
	GIVES(1, ppoll, &one, 1, NULL, &none, MASK_BYTES);
	GIVES(1, pselect6, ends[0] + 1, &files, NULL, NULL, NULL, &packed);
	GIVES(1, epoll_pwait, set, &event, 1, -1, &none, MASK_BYTES);
	CHECK_EQUAL(read(ends[0], &byte, 1), 1);
	GIVES(0, epoll_pwait, set, &event, 1, 0, &none, MASK_BYTES);
	CHECK_EQUAL(signals, 0);
	GIVES(-EINTR, ppoll, &one, 1, &at_once, &none, MASK_BYTES);
	CHECK_EQUAL(signals, 1);
	kill(getpid(), SIGUSR1);
	GIVES(-EINTR, pselect6, 0, NULL, NULL, NULL, &at_once, &packed);
	CHECK_EQUAL(signals, 2);
}

static void poll_errors(void)
{
	struct pollfd one = { .fd = 0, .events = POLLIN };
	struct timespec bad = { 0, 1000000000 }, none = { 0, 0 };
	unsigned long bits = 1ul << 40;

	GIVES(-EFAULT, ppoll, BAD_POINTER, 1, &none, NULL, MASK_BYTES);
	GIVES(-EINVAL, ppoll, &one, 1, &bad, NULL, MASK_BYTES);
	GIVES(-EFAULT, ppoll, &one, 1, BAD_POINTER, NULL, MASK_BYTES);
	GIVES(-EINVAL, ppoll, &one, 1, &none, &bits, 4);
	GIVES(-EFAULT, ppoll, &one, 1, &none, BAD_POINTER, MASK_BYTES);
	GIVES(-EINVAL, pselect6, -1, NULL, NULL, NULL, &none, NULL);
	GIVES(-EFAULT, pselect6, 64, BAD_POINTER, NULL, NULL, &none, NULL);
	GIVES(-EINVAL, pselect6, 0, NULL, NULL, NULL, &bad, NULL);
	GIVES(-EFAULT, pselect6, 0, NULL, NULL, NULL, &none, BAD_POINTER);
	GIVES(-EBADF, pselect6, 64, &bits, NULL, NULL, &none, NULL);
	GIVES(0, pselect6, 40, &bits, NULL, NULL, &none, NULL);
}

/* A set is itself a file that can be waited for. */
static void epoll_in_epoll(void)
{
	struct epoll_event event = { .events = POLLIN, .data = 7 };
	int outer = (int)WORKS(epoll_create1, 0), inner = (int)WORKS(epoll_create1, 0);
	int file = (int)WORKS(eventfd2, 0, 0);
	struct pollfd one = { .fd = outer, .events = POLLIN };
	uint64_t count = 1;

	GIVES(0, epoll_ctl, outer, EPOLL_CTL_ADD, inner, &event);
	GIVES(0, epoll_ctl, inner, EPOLL_CTL_ADD, file, &event);
	GIVES(0, epoll_pwait, outer, &event, 1, 0, NULL, MASK_BYTES);
	CHECK_EQUAL(poll(&one, 1, 0), 0);
	GIVES(8, write, file, &count, 8);
	CHECK_EQUAL(poll(&one, 1, 0), 1);
	GIVES(1, epoll_pwait, outer, &event, 1, 0, NULL, MASK_BYTES);
	CHECK_EQUAL(event.data, 7);
	GIVES(8, read, file, &count, 8);
	GIVES(0, epoll_pwait, outer, &event, 1, 0, NULL, MASK_BYTES);
	GIVES(-ELOOP, epoll_ctl, inner, EPOLL_CTL_ADD, outer, &event);
}

/* A file added for no event but EPOLLONESHOT still reports the end, once. */
static void epoll_once_tells_end(void)
{
	int set = (int)WORKS(epoll_create1, 0), ends[2];
	struct epoll_event event = { .events = EPOLLONESHOT, .data = 7 };

	CHECK(pipe(ends) == 0);
	GIVES(0, epoll_ctl, set, EPOLL_CTL_ADD, ends[0], &event);
	GIVES(1, write, ends[1], "x", 1);
	GIVES(0, epoll_pwait, set, &event, 1, 0, NULL, MASK_BYTES);
	close(ends[1]);
	GIVES(1, epoll_pwait, set, &event, 1, 0, NULL, MASK_BYTES);
	CHECK_EQUAL(event.events, POLLHUP);
	GIVES(0, epoll_pwait, set, &event, 1, 0, NULL, MASK_BYTES);
}

/* A set waits for the signals of the process that added a signalfd, which may have ended since. */
static void epoll_outlives_process(void)
{
	const unsigned long mask = BIT(SIGUSR1);
	int set = (int)WORKS(epoll_create1, 0),
	    file = (int)WORKS(signalfd4, -1, &mask, MASK_BYTES, 0);
	struct epoll_event event = { .events = POLLIN };
	int child = tap_fork();

	if (child == 0) {
		GIVES(0, epoll_ctl, set, EPOLL_CTL_ADD, file, &event);
		_exit(0);
	}
	tap_join(child);
	GIVES(0, rt_sigprocmask, SIG_BLOCK, &mask, NULL, MASK_BYTES);
	GIVES(0, kill, getpid(), SIGUSR1);
	GIVES(1, epoll_pwait, set, &event, 1, 0, NULL, MASK_BYTES);
	close(file);
	GIVES(0, epoll_pwait, set, &event, 1, 0, NULL, MASK_BYTES);
}

static const struct tap_case cases[] = {
	{ "event-counts", event_counts, 0 },
	{ "event-semaphore", event_semaphore, 0 },
	{ "event-wakes", event_wakes, 0 },
	{ "timer-ticks", timer_ticks, 0 },
	{ "timer-at-a-time", timer_at_a_time, 0 },
	{ "timer-errors", timer_errors, 0 },
	{ "epoll-tells", epoll_tells, 0 },
	{ "epoll-of-sets", epoll_of_sets, 0 },
	{ "epoll-of-sets-wakes", epoll_of_sets_wakes, 0 },
	{ "epoll-errors", epoll_errors, 0 },
	{ "epoll-waits", epoll_waits, 0 },
	{ "epoll-in-epoll", epoll_in_epoll, 0 },
	{ "epoll-once-tells-end", epoll_once_tells_end, 0 },
	{ "epoll-outlives-process", epoll_outlives_process, 0 },
	{ "waits-with-mask", waits_with_mask, 0 },
	{ "waits-with-mask-succeed", waits_with_mask_succeed, 0 },
	{ "poll-errors", poll_errors, 0 },
};

const struct tap_group posix_event_group = TAP_GROUP(cases);
