/* Waiting for files: the time that is left, and sets of sets. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/abi/poll.h"
#include "usr/tests/posixtest.h"

#define MILLISECOND 1000000l
#define WAIT        (150 * MILLISECOND)
#define STOPS       50
#define LONG_WAIT   100   /* seconds */
#define PATIENCE    30000 /* milliseconds */

/* What is left of LONG_WAIT is all of it but the time since the start, however long that was. */
static void check_left(unsigned long start, const struct timespec *left)
{
	const unsigned long second = 1000 * MILLISECOND;
	unsigned long passed = now_nanoseconds() - start;

	CHECK(left->tv_sec < LONG_WAIT);
	CHECK((unsigned long)left->tv_sec * second + (unsigned long)left->tv_nsec + passed >=
		LONG_WAIT * second);
}

/* The call stores the time left in its timeout. */
static void poll_time_left(void)
{
	struct timespec time = { .tv_nsec = 20 * MILLISECOND };
	struct pollfd one = { .events = POLLIN };
	unsigned long set, start;
	int ends[2];

	CHECK(pipe(ends) == 0);
	one.fd = ends[0];
	GIVES(0, ppoll, &one, 1, &time, NULL, 8);
	CHECK_EQUAL(time.tv_nsec, 0);
	CHECK_EQUAL(write(ends[1], "x", 1), 1);
	time.tv_sec = LONG_WAIT;
	start = now_nanoseconds();
	GIVES(1, ppoll, &one, 1, &time, NULL, 8);
	check_left(start, &time);
	time = (struct timespec){ .tv_sec = LONG_WAIT };
	set = 1ul << ends[0];
	start = now_nanoseconds();
	GIVES(1, pselect6, ends[0] + 1, &set, NULL, NULL, &time, NULL);
	check_left(start, &time);
	time = (struct timespec){ .tv_nsec = 20 * MILLISECOND };
	GIVES(0, pselect6, 0, NULL, NULL, NULL, &time, NULL);
	CHECK_EQUAL(time.tv_nsec, 0);
}

/* select() waits only for what it was asked for: the end of a pipe is no exceptional event. */
static void select_ignores(void)
{
	struct timespec time = { .tv_nsec = 20 * MILLISECOND };
	unsigned long set;
	int ends[2];

	CHECK(pipe(ends) == 0 && close(ends[1]) == 0);
	set = 1ul << ends[0];
	GIVES(0, pselect6, ends[0] + 1, NULL, NULL, &set, &time, NULL);
	CHECK_EQUAL(time.tv_nsec, 0);
	set = 1ul << ends[0];
	time.tv_nsec = 20 * MILLISECOND;
	GIVES(0, pselect6, ends[0] + 1, NULL, &set, NULL, &time, NULL);
	CHECK_EQUAL(time.tv_nsec, 0);
}

static void wait_by_poll(void)
{
	struct timespec time = { .tv_nsec = WAIT };

	GIVES(0, ppoll, NULL, 0, &time, NULL, 8);
}

/* A stop may already end these two, as on Linux. */

static void wait_by_epoll(void)
{
	int set = (int)WORKS(epoll_create1, 0);
	struct epoll_event event;
	long result = kernel_call(SYS_epoll_pwait, set, &event, 1, WAIT / MILLISECOND, NULL, 8);

	CHECK(result == 0 || result == -EINTR);
}

static void wait_by_signal(void)
{
	const struct timespec time = { .tv_nsec = WAIT };
	const unsigned long set = 1ul << (SIGUSR1 - 1);
	long result = kernel_call(SYS_rt_sigtimedwait, &set, NULL, &time, 8l);

	CHECK(result == -EAGAIN || result == -EINTR);
}

/* Stops the child until it ends, which it must do with status 0. */
static bool ends_despite_stops(int child)
{
	int status;

	for (int stops = 0; stops < STOPS; stops++) {
		sleep_milliseconds(WAIT / MILLISECOND / 3);
		GIVES(0, kill, child, SIGSTOP);
		GIVES(child, wait4, child, &status, WUNTRACED, NULL);
		if (!WIFSTOPPED(status)) {
			CHECK_EQUAL(status, 0);
			return true;
		}
		GIVES(0, kill, child, SIGCONT);
	}
	return false;
}

/* Stops do not make a wait longer, however many there are. */
static void waits_continue(void)
{
	void (*const waits[])(void) = { wait_by_poll, wait_by_epoll, wait_by_signal };

	for (int i = 0; i < 3; i++) {
		int child = tap_fork();

		if (child == 0) {
			waits[i]();
			_exit(0);
		}
		CHECK(ends_despite_stops(child));
	}
}

static void epoll_nested(void)
{
	struct epoll_event event = { .events = POLLIN, .data = 1 }, got;
	int inner = (int)WORKS(epoll_create1, 0), outer = (int)WORKS(epoll_create1, 0);
	int ends[2], child;
	char byte;

	CHECK(pipe(ends) == 0);
	WORKS(epoll_ctl, inner, EPOLL_CTL_ADD, ends[0], &event);
	event.data = 2;
	WORKS(epoll_ctl, outer, EPOLL_CTL_ADD, inner, &event);
	GIVES(-EEXIST, epoll_ctl, outer, EPOLL_CTL_ADD, inner, &event);
	GIVES(0, epoll_pwait, outer, &got, 1, 20, NULL, 8);
	CHECK_EQUAL(write(ends[1], "x", 1), 1);
	for (int i = 0; i < 2; i++) {
		GIVES(1, epoll_pwait, outer, &got, 1, 0, NULL, 8);
		CHECK_EQUAL(got.data, 2);
		GIVES(1, epoll_pwait, inner, &got, 1, 0, NULL, 8);
		CHECK_EQUAL(got.data, 1);
	}
	CHECK_EQUAL(read(ends[0], &byte, 1), 1);
	GIVES(0, epoll_pwait, outer, &got, 1, 0, NULL, 8);
	child = tap_fork();
	if (child == 0) {
		tap_wait_until_asleep(getppid());
		CHECK_EQUAL(write(ends[1], "y", 1), 1);
		_exit(0);
	}
	GIVES(1, epoll_pwait, outer, &got, 1, PATIENCE, NULL, 8);
	tap_join(child);
	GIVES(-ELOOP, epoll_ctl, inner, EPOLL_CTL_ADD, outer, &event);
	GIVES(-EINVAL, epoll_ctl, inner, EPOLL_CTL_ADD, inner, &event);
	close(inner);
	GIVES(0, epoll_pwait, outer, &got, 1, 0, NULL, 8);
}

/* EPOLLEXCLUSIVE can only be set when a file is added, with few events, and not changed later. */
static void epoll_exclusive(void)
{
	static const unsigned int refused[] = { POLLPRI, POLLRDHUP, POLLRDNORM, EPOLLONESHOT };
	const unsigned int allowed = POLLIN | POLLOUT | POLLERR | POLLHUP | EPOLLET;
	int set = (int)WORKS(epoll_create1, 0), inner = (int)WORKS(epoll_create1, 0);
	int file = (int)WORKS(eventfd2, 1, 0);
	struct epoll_event event = { .events = POLLIN }, got;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		event.events = EPOLLEXCLUSIVE | POLLIN | refused[i];
		GIVES(-EINVAL, epoll_ctl, set, EPOLL_CTL_ADD, file, &event);
	}
	event.events = EPOLLEXCLUSIVE | POLLIN;
	GIVES(-EINVAL, epoll_ctl, set, EPOLL_CTL_ADD, inner, &event);
	GIVES(0, epoll_ctl, inner, EPOLL_CTL_ADD, file, &event);
	GIVES(1, epoll_pwait, inner, &got, 1, 0, NULL, 8);
	CHECK_EQUAL(got.events, POLLIN);
	GIVES(-EINVAL, epoll_ctl, inner, EPOLL_CTL_MOD, file, &event);
	event.events = POLLIN;
	GIVES(-EINVAL, epoll_ctl, inner, EPOLL_CTL_MOD, file, &event);
	GIVES(0, epoll_ctl, inner, EPOLL_CTL_DEL, file, NULL);
	GIVES(0, epoll_ctl, inner, EPOLL_CTL_ADD, file, &event);
	event.events = EPOLLEXCLUSIVE | POLLIN;
	GIVES(-EINVAL, epoll_ctl, inner, EPOLL_CTL_MOD, file, &event);
	event.events = EPOLLEXCLUSIVE | allowed;
	GIVES(0, epoll_ctl, set, EPOLL_CTL_ADD, file, &event);
	GIVES(-EINVAL, epoll_ctl, set, EPOLL_CTL_MOD, inner, &event);
	GIVES(0, epoll_ctl, set, EPOLL_CTL_DEL, file, &event);
}

/* A file that cannot be waited for is the first error, before a bad operation, set or events. */
static void epoll_order(void)
{
	int set = (int)WORKS(epoll_create1, 0), file = posix_file("file", "");
	struct epoll_event event = { .events = EPOLLEXCLUSIVE | EPOLLONESHOT };

	GIVES(-EPERM, epoll_ctl, set, EPOLL_CTL_ADD, file, &event);
	GIVES(-EPERM, epoll_ctl, file, EPOLL_CTL_ADD, file, &event);
	GIVES(-EPERM, epoll_ctl, set, 77, file, &event);
	GIVES(-EINVAL, epoll_ctl, file, EPOLL_CTL_ADD, set, &event);
	GIVES(-EINVAL, epoll_ctl, set, 77, set, &event);
}

/* A FIFO ends for readers that had it open when there was a writer, not for those that came later. */
static void poll_fifo_ends(void)
{
	struct pollfd files[2] = { { .events = POLLIN }, { .events = POLLIN } };
	int writer;

	GIVES(0, mknodat, AT_FDCWD, "fifo", S_IFIFO | FILE_MODE, 0);
	files[0].fd = open("fifo", O_RDONLY | O_NONBLOCK);
	CHECK_EQUAL(poll(files, 1, 0), 0);
	writer = open("fifo", O_WRONLY);
	close(writer);
	files[1].fd = open("fifo", O_RDONLY | O_NONBLOCK);
	CHECK_EQUAL(poll(files, 2, 0), 1);
	CHECK_EQUAL(files[0].revents, POLLHUP);
	CHECK_EQUAL(files[1].revents, 0);
	writer = open("fifo", O_WRONLY);
	CHECK_EQUAL(poll(files, 2, 0), 0);
	close(writer);
	CHECK_EQUAL(poll(files, 2, 0), 2);
	CHECK_EQUAL(files[1].revents, POLLHUP);
}

static const struct tap_case cases[] = {
	{ "poll-time-left", poll_time_left, 0 },
	{ "select-ignores", select_ignores, 0 },
	{ "waits-continue", waits_continue, 0 },
	{ "epoll-nested", epoll_nested, 0 },
	{ "epoll-exclusive", epoll_exclusive, 0 },
	{ "epoll-order", epoll_order, 0 },
	{ "poll-fifo-ends", poll_fifo_ends, 0 },
};

const struct tap_group posix_poll_group = TAP_GROUP(cases);
