/* Calls that wait: which of them a signal ends, which go on, and those that wait for signals. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "usr/tests/signaltest.h"

#define SHORT_TIME                  30  /* milliseconds */
#define LONG_TIME                   600 /* milliseconds */
#define STORM_TIME                  500 /* milliseconds */
#define SLEEP_SECONDS               60  /* of a sleep that is ended before */
#define TRIES                       10
#define TOO_SHORT                   1 /* exit status of a sleeper */
#define TOO_LONG                    2
#define NANOSECONDS_PER_SECOND      1000000000ul
#define NANOSECONDS_PER_MILLISECOND 1000000ul
#define NOWHERE                     8ul
#define END_SECONDS                 20 /* of a sleep that nobody lets come to its end */
#define SPINS                       64 /* times, in which something may come, are tried in turn */
#define SPIN_STEP                   100

/*
 * A child that sends the signal when its parent has slept for a while, and a byte into the pipe
 * when it sleeps again.
 */
static int start_sender(int signal, int fd)
{
	int parent = getpid();
	int pid = tap_fork();

	if (pid != 0)
		return pid;
	tap_wait_until_asleep(parent);
	sleep_milliseconds(SHORT_TIME);
	kill(parent, signal);
	tap_wait_until_asleep(parent);
	if (fd >= 0 && write(fd, "x", 1) != 1)
		_exit(1);
	_exit(0);
}

static int ends[2];

/* A read that is wrongly restarted gets the byte. Until the handler runs there must be none. */
static void record_and_write(int signal)
{
	record(signal);
	CHECK_EQUAL(write(ends[1], "x", 1), 1);
}

static void read_is_interrupted(void)
{
	char byte;

	CHECK(pipe(ends) == 0);
	handle(SIGUSR1, record_and_write, 0, 0);
	int pid = start_sender(SIGUSR1, -1);
	CHECK_ERROR(read(ends[0], &byte, 1), EINTR);
	CHECK_EQUAL(handled_count, 1);
	CHECK_EQUAL(read(ends[0], &byte, 1), 1);
	tap_join(pid);
}

/* Waits itself, and leaves an ignored signal pending, which is unblocked when the handler ends. */
static void wait_in_handler(int signal)
{
	const struct timespec none = {};
	const sigset_t set = { BIT_OF(SIGUSR2) };

	record_and_write(signal);
	kill(getpid(), SIGURG);
	sigtimedwait(&set, NULL, &none);
}

/* What the handler has done does not make the interrupted call restart. */
static void read_stays_interrupted(void)
{
	char byte;

	CHECK(pipe(ends) == 0);
	handle(SIGUSR1, wait_in_handler, 0, BIT_OF(SIGURG) | BIT_OF(SIGUSR2));
	int pid = start_sender(SIGUSR1, -1);
	CHECK_ERROR(read(ends[0], &byte, 1), EINTR);
	tap_join(pid);
}

static void read_is_restarted(void)
{
	char byte;

	CHECK(pipe(ends) == 0);
	handle(SIGUSR1, record, SA_RESTART, 0);
	int pid = start_sender(SIGUSR1, ends[1]);
	CHECK_EQUAL(read(ends[0], &byte, 1), 1);
	CHECK_EQUAL(handled_count, 1);
	tap_join(pid);
}

/* However shortly before the wait a signal comes: a child sends them without a pause. */
static void read_is_always_restarted(void)
{
	unsigned long end = now_nanoseconds() + STORM_TIME * NANOSECONDS_PER_MILLISECOND;
	int parent = getpid();
	char byte;

	CHECK(pipe(ends) == 0);
	handle(SIGUSR1, record, SA_RESTART, 0);
	int sender = tap_fork();
	if (sender == 0) {
		while (kill(parent, SIGUSR1) == 0 && now_nanoseconds() < end)
			continue;
		_exit(0);
	}
	int writer = tap_fork();
	if (writer == 0) {
		while (now_nanoseconds() < end && write(ends[1], "x", 1) == 1)
			sleep_milliseconds(1);
		_exit(0);
	}
	close(ends[1]);
	for (ssize_t count = 1; count != 0;) {
		count = read(ends[0], &byte, 1);
		CHECK(count >= 0);
	}
	tap_join(sender);
	CHECK(handled_count > 0);
	tap_join(writer);
}

/* A signal that is ignored, or stops and continues the process, is no reason for EINTR. */
static void read_outlives_stop(void)
{
	char byte;
	int status;

	CHECK(pipe(ends) == 0);
	int pid = tap_fork();
	if (pid == 0)
		_exit(read(ends[0], &byte, 1) == 1 ? 0 : 1);
	tap_wait_until_asleep(pid);
	CHECK(kill(pid, SIGCHLD) == 0);
	CHECK(kill(pid, SIGSTOP) == 0);
	CHECK_EQUAL(waitpid(pid, &status, WUNTRACED), pid);
	CHECK(WIFSTOPPED(status));
	CHECK(kill(pid, SIGCONT) == 0);
	tap_wait_until_asleep(pid);
	CHECK_EQUAL(write(ends[1], "x", 1), 1);
	tap_join(pid);
}

static void wait_is_restarted(void)
{
	int status;

	handle(SIGUSR1, record, SA_RESTART, 0);
	int pid = start_sender(SIGUSR1, -1);
	CHECK_EQUAL(waitpid(pid, &status, 0), pid);
	CHECK_EQUAL(handled_count, 1);
}

/* Not even SA_RESTART restarts a sleep. The call tells how much of it is left. */
static void sleep_is_interrupted(void)
{
	struct timespec time = { .tv_sec = SLEEP_SECONDS }, left = {};
	unsigned long start = now_nanoseconds(), passed;

	handle(SIGUSR1, record, SA_RESTART, 0);
	int pid = start_sender(SIGUSR1, -1);
	CHECK_ERROR(nanosleep(&time, &left), EINTR);
	passed = now_nanoseconds() - start;
	CHECK_EQUAL(handled_count, 1);
	CHECK(left.tv_sec < SLEEP_SECONDS);
	CHECK((unsigned long)left.tv_sec * NANOSECONDS_PER_SECOND + (unsigned long)left.tv_nsec +
			passed >=
		SLEEP_SECONDS * NANOSECONDS_PER_SECOND);
	tap_join(pid);
}

/* Without a place for the time left: a sleep that starts anew must not find a shorter time there. */
static unsigned long time_of_long_sleep(void)
{
	const struct timespec time = { .tv_nsec = LONG_TIME * NANOSECONDS_PER_MILLISECOND };
	unsigned long start = now_nanoseconds();

	CHECK(nanosleep(&time, NULL) == 0);
	return now_nanoseconds() - start;
}

/* False: stopped late, or ended late, which may be the fault of a busy host. */
static bool sleep_with_stops(void)
{
	const unsigned long length = LONG_TIME * NANOSECONDS_PER_MILLISECOND;
	bool stopped = true;
	int status;
	int pid = tap_fork();

	if (pid == 0) {
		unsigned long slept = time_of_long_sleep();
		if (slept < length)
			_exit(TOO_SHORT);
		_exit(slept < length * 7 / 4 ? 0 : TOO_LONG);
	}
	for (int i = 0; i < 2 && stopped; i++) {
		sleep_milliseconds(LONG_TIME * 2 / 5);
		CHECK(kill(pid, SIGSTOP) == 0);
		CHECK_EQUAL(waitpid(pid, &status, WUNTRACED), pid);
		stopped = WIFSTOPPED(status);
		CHECK(!stopped || kill(pid, SIGCONT) == 0);
	}
	if (stopped)
		status = tap_wait(pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) != TOO_SHORT);
	return stopped && status == 0;
}

/* A stop in between neither shortens a sleep nor starts it anew. */
static void sleep_outlives_stop(void)
{
	for (int i = 0; i < TRIES; i++)
		if (sleep_with_stops())
			return;
	FAIL("a sleep lasts longer if it is stopped");
}

/* A sleep that failed to tell how much is left does not affect the next one. */
static void sleep_fails_after_stop(void)
{
	const struct timespec time = { .tv_sec = SLEEP_SECONDS };
	int status, pid = tap_fork();

	if (pid == 0) {
		CHECK_ERROR(nanosleep(&time, (struct timespec *)NOWHERE), EFAULT);
		unsigned long slept = time_of_long_sleep();
		CHECK(slept >= LONG_TIME * NANOSECONDS_PER_MILLISECOND);
		CHECK(slept < SLEEP_SECONDS * NANOSECONDS_PER_SECOND / 2);
		_exit(0);
	}
	tap_wait_until_asleep(pid);
	CHECK(kill(pid, SIGSTOP) == 0);
	CHECK_EQUAL(waitpid(pid, &status, WUNTRACED), pid);
	CHECK(kill(pid, SIGCONT) == 0);
	tap_join(pid);
}

/* However shortly after a stop a signal comes: a sleep that would go on ends with its handler. */
static void sleep_ends_after_stop(void)
{
	const struct timespec time = { .tv_sec = END_SECONDS };
	unsigned long end = now_nanoseconds() + STORM_TIME * NANOSECONDS_PER_MILLISECOND;
	int status;

	handle(SIGUSR1, record, SA_RESTART, 0);
	for (int round = 0; now_nanoseconds() < end; round++) {
		int pid = tap_fork();

		if (pid == 0)
			_exit(nanosleep(&time, NULL) < 0 && errno == EINTR ? 0 : 1);
		tap_wait_until_asleep(pid);
		CHECK(kill(pid, SIGSTOP) == 0);
		CHECK_EQUAL(waitpid(pid, &status, WUNTRACED), pid);
		CHECK(kill(pid, SIGCONT) == 0);
		for (volatile int spin = round % SPINS * SPIN_STEP; spin > 0; spin--)
			continue;
		CHECK(kill(pid, SIGUSR1) == 0);
		tap_join(pid);
	}
}

static void suspend(void)
{
	unsigned long mask = set_mask(SIG_BLOCK, BIT_OF(SIGUSR1) | BIT_OF(SIGUSR2));
	sigset_t wait_mask = { BIT_OF(SIGUSR2) }, pending;

	handle(SIGUSR1, record, SA_RESTART, 0);
	handle(SIGUSR2, record, 0, 0);
	CHECK(kill(getpid(), SIGUSR2) == 0);
	int pid = start_sender(SIGUSR1, -1);
	CHECK_ERROR(sigsuspend(&wait_mask), EINTR);
	CHECK_EQUAL(handled_count, 1);
	CHECK_EQUAL(handled[0], SIGUSR1);
	CHECK(sigpending(&pending) == 0);
	CHECK_EQUAL(pending.bits, BIT_OF(SIGUSR2));
	CHECK_EQUAL(set_mask(SIG_SETMASK, mask), mask | BIT_OF(SIGUSR1) | BIT_OF(SIGUSR2));
	CHECK_EQUAL(handled_count, 2);
	tap_join(pid);
}

static void timed_wait(void)
{
	struct timespec time = { .tv_nsec = SHORT_TIME * NANOSECONDS_PER_MILLISECOND };
	struct timespec none = {}, bad = { .tv_nsec = -1 };
	sigset_t set = { BIT_OF(SIGUSR1) | BIT_OF(SIGRTMIN) };
	union sigval value = { .sival_int = 77 };
	siginfo_t info;

	set_mask(SIG_BLOCK, set.bits);
	CHECK_ERROR(sigtimedwait(&set, &info, &none), EAGAIN);
	CHECK_ERROR(sigtimedwait(&set, &info, &bad), EINVAL);
	unsigned long before = now_nanoseconds();
	CHECK_ERROR(sigtimedwait(&set, &info, &time), EAGAIN);
	CHECK(now_nanoseconds() - before >= SHORT_TIME * NANOSECONDS_PER_MILLISECOND);

	CHECK(sigqueue(getpid(), SIGRTMIN, value) == 0);
	CHECK(kill(getpid(), SIGUSR1) == 0);
	CHECK_EQUAL(sigtimedwait(&set, &info, &none), SIGUSR1);
	CHECK_EQUAL(info.si_pid, getpid());
	CHECK_EQUAL(sigtimedwait(&set, &info, &none), SIGRTMIN);
	CHECK_EQUAL(info.si_value.sival_int, 77);
	CHECK_ERROR(sigtimedwait(&set, &info, &none), EAGAIN);

	int pid = start_sender(SIGUSR1, -1);
	CHECK_EQUAL(sigwaitinfo(&set, &info), SIGUSR1);
	CHECK_EQUAL(info.si_pid, pid);
	tap_join(pid);

	handle(SIGUSR2, record, SA_RESTART, 0);
	pid = start_sender(SIGUSR2, -1);
	CHECK_ERROR(sigwaitinfo(&set, &info), EINTR);
	tap_join(pid);
}

/* SIGCHLD is ignored by default, and yet can be waited for. */
static void wait_for_child_signal(void)
{
	sigset_t set = { BIT_OF(SIGCHLD) };
	siginfo_t info;
	int pid;

	set_mask(SIG_BLOCK, set.bits);
	pid = tap_fork();
	if (pid == 0)
		_exit(42);
	CHECK_EQUAL(sigwaitinfo(&set, &info), SIGCHLD);
	CHECK_EQUAL(info.si_code, CLD_EXITED);
	CHECK_EQUAL(info.si_pid, pid);
	CHECK_EQUAL(info.si_status, 42);
	CHECK_EQUAL(WEXITSTATUS(tap_wait(pid)), 42);
}

static void careless_parent(void)
{
	sigset_t pending;

	set_mask(SIG_BLOCK, BIT_OF(SIGCHLD));
	handle(SIGCHLD, SIG_IGN, 0, 0);
	for (int i = 0; i < 3; i++) {
		int pid = tap_fork();
		if (pid == 0)
			_exit(1);
		CHECK_ERROR(waitpid(pid, NULL, 0), ECHILD);
	}
	CHECK(sigpending(&pending) == 0);
	CHECK_EQUAL(pending.bits, 0);
}

static const struct tap_case cases[] = {
	{ "read-is-interrupted", read_is_interrupted, 0 },
	{ "read-stays-interrupted", read_stays_interrupted, 0 },
	{ "read-is-restarted", read_is_restarted, 0 },
	{ "read-is-always-restarted", read_is_always_restarted, 0 },
	{ "read-outlives-stop", read_outlives_stop, 0 },
	{ "wait-is-restarted", wait_is_restarted, 0 },
	{ "sleep-is-interrupted", sleep_is_interrupted, 0 },
	{ "sleep-outlives-stop", sleep_outlives_stop, 0 },
	{ "sleep-fails-after-stop", sleep_fails_after_stop, 0 },
	{ "sleep-ends-after-stop", sleep_ends_after_stop, 0 },
	{ "suspend", suspend, 0 },
	{ "timed-wait", timed_wait, 0 },
	{ "wait-for-child-signal", wait_for_child_signal, 0 },
	{ "careless-parent", careless_parent, 0 },
};

const struct tap_group signal_wait_group = TAP_GROUP(cases);
