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
#define NANOSECONDS_PER_MILLISECOND 1000000ul
#define NOWHERE                     8ul
#define END_SECONDS                 20 /* of a sleep that nobody lets come to its end */
#define SPINS                       64 /* times, in which something may come, are tried in turn */
#define SPIN_STEP                   100

/* A child that sends the signal after a while, then, after another, a byte into the pipe. */
static int start_sender(int signal, int fd)
{
	int parent = getpid();
	int pid = tap_fork();

	if (pid != 0)
		return pid;
	sleep_milliseconds(SHORT_TIME);
	kill(parent, signal);
	sleep_milliseconds(SHORT_TIME);
	if (fd >= 0 && write(fd, "x", 1) != 1)
		_exit(1);
	_exit(0);
}

static void read_is_interrupted(void)
{
	int ends[2];
	char byte;

	CHECK(pipe(ends) == 0);
	handle(SIGUSR1, record, 0, 0);
	int pid = start_sender(SIGUSR1, ends[1]);
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

	record(signal);
	kill(getpid(), SIGURG);
	sigtimedwait(&set, NULL, &none);
}

/* What the handler has done does not make the interrupted call restart. */
static void read_stays_interrupted(void)
{
	int ends[2];
	char byte;

	CHECK(pipe(ends) == 0);
	handle(SIGUSR1, wait_in_handler, 0, BIT_OF(SIGURG) | BIT_OF(SIGUSR2));
	int pid = start_sender(SIGUSR1, ends[1]);
	CHECK_ERROR(read(ends[0], &byte, 1), EINTR);
	tap_join(pid);
}

static void read_is_restarted(void)
{
	int ends[2];
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
	int ends[2], parent = getpid();
	char byte;

	CHECK(pipe(ends) == 0);
	handle(SIGUSR1, record, SA_RESTART, 0);
	int sender = tap_fork();
	if (sender == 0) {
		while (now_nanoseconds() < end && kill(parent, SIGUSR1) == 0)
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
	CHECK(handled_count > 0);
	tap_join(sender);
	tap_join(writer);
}

/* A signal that is ignored, or stops and continues the process, is no reason for EINTR. */
static void read_outlives_stop(void)
{
	int ends[2], status;
	char byte;

	CHECK(pipe(ends) == 0);
	int pid = tap_fork();
	if (pid == 0)
		_exit(read(ends[0], &byte, 1) == 1 ? 0 : 1);
	sleep_milliseconds(SHORT_TIME);
	CHECK(kill(pid, SIGCHLD) == 0);
	CHECK(kill(pid, SIGSTOP) == 0);
	CHECK_EQUAL(waitpid(pid, &status, WUNTRACED), pid);
	CHECK(WIFSTOPPED(status));
	CHECK(kill(pid, SIGCONT) == 0);
	sleep_milliseconds(SHORT_TIME);
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
	struct timespec time = { .tv_sec = 10 }, left = {};

	handle(SIGUSR1, record, SA_RESTART, 0);
	int pid = start_sender(SIGUSR1, -1);
	CHECK_ERROR(nanosleep(&time, &left), EINTR);
	CHECK_EQUAL(handled_count, 1);
	CHECK(left.tv_sec == 9);
	tap_join(pid);
}

/* A stop in between neither shortens a sleep nor starts it anew. */
static void sleep_outlives_stop(void)
{
	unsigned long length = LONG_TIME * NANOSECONDS_PER_MILLISECOND;
	int status;
	int pid = tap_fork();

	if (pid == 0) {
		unsigned long start = now_nanoseconds();
		sleep_milliseconds(LONG_TIME);
		unsigned long slept = now_nanoseconds() - start;
		_exit(slept >= length && slept < length * 7 / 4 ? 0 : 1);
	}
	for (int i = 0; i < 2; i++) {
		sleep_milliseconds(LONG_TIME * 2 / 5);
		CHECK(kill(pid, SIGSTOP) == 0);
		CHECK_EQUAL(waitpid(pid, &status, WUNTRACED), pid);
		CHECK(WIFSTOPPED(status));
		CHECK(kill(pid, SIGCONT) == 0);
	}
	tap_join(pid);
}

/* A sleep that failed to tell how much is left does not affect the next one. */
static void sleep_fails_after_stop(void)
{
	const struct timespec time = { .tv_nsec = LONG_TIME * NANOSECONDS_PER_MILLISECOND };
	int status, pid = tap_fork();

	if (pid == 0) {
		int error = nanosleep(&time, (struct timespec *)NOWHERE) < 0 ? errno : 0;
		unsigned long start = now_nanoseconds();
		sleep_milliseconds(LONG_TIME);
		unsigned long slept = now_nanoseconds() - start;
		_exit(error == EFAULT && slept >= LONG_TIME * NANOSECONDS_PER_MILLISECOND ? 0 : 1);
	}
	sleep_milliseconds(SHORT_TIME);
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
