/* Processes one or a few at a time: pipes, kills, exit statuses, waiting, preemption. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "usr/tests/memory.h"
#include "usr/tests/usertests.h"

#define PIPE_PIECES       5
#define PIPE_PIECE        1033
#define BIG_PIPE_BYTES    (1 * MIB)
#define KILLS             100
#define EXITS             100
#define SPINNERS          3
#define SPIN_MILLISECONDS 100

/* Data is written in pieces of odd sizes, and read in pieces that double in size. */
static void pipe_odd_sizes(void)
{
	static unsigned char buffer[PIPE_PIECE * PIPE_PIECES];
	int ends[2];
	unsigned int sequence = 0;
	size_t total = 0;
	size_t want = 1;

	CHECK(pipe(ends) == 0);
	int pid = tap_fork();
	if (pid == 0) {
		close(ends[0]);
		for (int n = 0; n < PIPE_PIECES; n++) {
			for (int i = 0; i < PIPE_PIECE; i++)
				buffer[i] = (unsigned char)sequence++;
			CHECK_EQUAL(write(ends[1], buffer, PIPE_PIECE), PIPE_PIECE);
		}
		_exit(0);
	}
	close(ends[1]);
	for (ssize_t count; (count = read(ends[0], buffer, want)) > 0;) {
		for (ssize_t i = 0; i < count; i++)
			CHECK_EQUAL(buffer[i], (unsigned char)sequence++);
		total += (size_t)count;
		want = want * 2 > sizeof(buffer) ? sizeof(buffer) : want * 2;
	}
	CHECK_EQUAL(total, PIPE_PIECES * PIPE_PIECE);
	close(ends[0]);
	tap_join(pid);
}

/* A write of far more than the pipe holds: the writer sleeps until all has been read. */
static void pipe_big_write(void)
{
	unsigned char *buffer = memory_map_pages(BIG_PIPE_BYTES / PAGE_BYTES);
	int ends[2];
	size_t total = 0;

	CHECK(pipe(ends) == 0);
	int pid = tap_fork();
	if (pid == 0) {
		close(ends[0]);
		for (size_t i = 0; i < BIG_PIPE_BYTES; i++)
			buffer[i] = (unsigned char)(i % 253);
		CHECK_EQUAL(write(ends[1], buffer, BIG_PIPE_BYTES), BIG_PIPE_BYTES);
		_exit(0);
	}
	close(ends[1]);
	for (ssize_t count; (count = read(ends[0], buffer, 3001)) > 0; total += (size_t)count) {
		for (ssize_t i = 0; i < count; i++)
			CHECK_EQUAL(buffer[i], (total + (size_t)i) % 253);
	}
	CHECK_EQUAL(total, BIG_PIPE_BYTES);
	tap_join(pid);
}

/* End of file when no writer is left; SIGPIPE when no reader is. */
static void pipe_ends(void)
{
	int ends[2];
	char byte;

	CHECK(pipe(ends) == 0);
	CHECK_EQUAL(write(ends[1], "ab", 2), 2);
	close(ends[1]);
	CHECK_EQUAL(read(ends[0], &byte, 1), 1);
	CHECK_EQUAL(read(ends[0], &byte, 1), 1);
	CHECK_EQUAL(read(ends[0], &byte, 1), 0);
	CHECK_ERROR(write(ends[0], &byte, 1), EBADF);
	close(ends[0]);

	CHECK(pipe(ends) == 0);
	int pid = tap_fork();
	if (pid == 0) {
		close(ends[0]);
		CHECK_EQUAL(write(ends[1], &byte, 1), 1); /* the parent still reads */
		_exit(0);
	}
	tap_join(pid);
	close(ends[0]);
	pid = tap_fork();
	if (pid == 0) {
		(void)!write(ends[1], &byte, 1);
		FAIL("a write without a reader came back");
	}
	tap_join_killed(pid, SIGPIPE);
}

static void kill_status(void)
{
	for (int i = 0; i < KILLS; i++) {
		int pid = tap_fork();
		if (pid == 0) {
			for (;;) {
				if (i % 2 == 0)
					getpid();
				else
					sleep_milliseconds(1000);
			}
		}
		if (i % 3 == 0)
			sched_yield();
		CHECK(kill(pid, SIGKILL) == 0);
		tap_join_killed(pid, SIGKILL);
	}
}

static void kill_errors(void)
{
	int pid = tap_fork();

	if (pid == 0)
		_exit(0);
	tap_join(pid);
	CHECK_ERROR(kill(pid, SIGKILL), ESRCH);
	CHECK_ERROR(kill(pid, 0), ESRCH);
	CHECK_ERROR(kill(getpid(), -1), EINVAL);
	CHECK_ERROR(kill(getpid(), 65), EINVAL);
	CHECK_EQUAL(kill(getpid(), 0), 0);
	CHECK_EQUAL(kill(getpid(), SIGCHLD), 0); /* ignored by default */
}

/* Signals that end the process by default; the wait status shows which one. */
static void kill_defaults(void)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGKILL, SIGTERM, SIGUSR1, SIGUSR2,
		SIGALRM, SIGSEGV, SIGPIPE };

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		int pid = tap_fork();
		if (pid == 0) {
			for (;;)
				sleep_milliseconds(1000);
		}
		CHECK(kill(pid, signals[i]) == 0);
		tap_join_killed(pid, signals[i]);
	}
}

/* Spinning children keep neither the parent nor each other from running. */
static void preemption(void)
{
	int children[SPINNERS];
	struct gate gate;

	gate_init(&gate);
	for (int i = 0; i < SPINNERS; i++) {
		children[i] = tap_fork();
		if (children[i] == 0) {
			gate_open(&gate);
			for (volatile unsigned int spins = 0;; spins++)
				continue;
		}
	}
	for (int i = 0; i < SPINNERS; i++)
		gate_wait(&gate);
	sleep_milliseconds(SPIN_MILLISECONDS);
	for (int i = 0; i < SPINNERS; i++)
		CHECK_EQUAL(waitpid(children[i], NULL, WNOHANG), 0);
	for (int i = 0; i < SPINNERS; i++) {
		CHECK(kill(children[i], SIGKILL) == 0);
		tap_join_killed(children[i], SIGKILL);
	}
}

static void exit_statuses(void)
{
	for (int i = 0; i < EXITS; i++) {
		int pid = tap_fork();
		if (pid == 0)
			_exit(i * 5);
		int status = tap_wait(pid);
		CHECK(WIFEXITED(status));
		CHECK_EQUAL(WEXITSTATUS(status), (i * 5) & 0xff);
	}
}

static void wait_errors(void)
{
	int status = 0;

	CHECK_ERROR(waitpid(-1, &status, 0), ECHILD);
	CHECK_ERROR(waitpid(getppid(), &status, 0), ECHILD);
	int pid = tap_fork();
	if (pid == 0) {
		for (;;)
			sleep_milliseconds(1000);
	}
	CHECK_EQUAL(waitpid(pid, &status, WNOHANG), 0);
	CHECK_EQUAL(waitpid(-1, &status, WNOHANG), 0);
	CHECK_ERROR(waitpid(pid + 1000, &status, WNOHANG), ECHILD);
	CHECK_ERROR(waitpid(pid, &status, 0x10000), EINVAL);
	CHECK(kill(pid, SIGKILL) == 0);
	tap_join_killed(pid, SIGKILL);
	CHECK_ERROR(waitpid(pid, &status, 0), ECHILD);
}

/* wait finds any child, a given one, or one of the caller's group: each one once. */
static void wait_choices(void)
{
	int children[3];
	int status;

	for (int i = 0; i < 3; i++) {
		children[i] = tap_fork();
		if (children[i] == 0)
			_exit(i + 1);
	}
	CHECK_EQUAL(waitpid(children[1], &status, 0), children[1]);
	CHECK_EQUAL(WEXITSTATUS(status), 2);
	int first = waitpid(0, &status, 0);
	CHECK(first == children[0] || first == children[2]);
	CHECK_EQUAL(WEXITSTATUS(status), first == children[0] ? 1 : 3);
	int second = waitpid(-1, &status, 0);
	CHECK_EQUAL(first + second, children[0] + children[2]);
	CHECK_ERROR(waitpid(-1, &status, 0), ECHILD);
}

/* The parent of an orphan is init. */
static void orphan(void)
{
	int ends[2];
	int parent = 0;

	CHECK(pipe(ends) == 0);
	int pid = tap_fork();
	if (pid == 0) {
		int middle = (int)getpid();
		if (tap_fork() == 0) {
			while (getppid() == middle)
				sleep_milliseconds(1);
			parent = (int)getppid();
			CHECK_EQUAL(write(ends[1], &parent, sizeof(parent)), sizeof(parent));
		}
		_exit(0);
	}
	tap_join(pid);
	CHECK_EQUAL(read(ends[0], &parent, sizeof(parent)), sizeof(parent));
	CHECK(parent > 0 && parent != pid && parent != getpid());
	CHECK(parent == 1 || !memory_has_ledger());
}

/* Floating-point registers belong to a process, and survive preemption and fork. */
static void floating_point(void)
{
	const unsigned long one_hart = 1;
	volatile double seed = 1.5;
	int children[SPINNERS];

	CHECK(syscall(SYS_sched_setaffinity, 0, sizeof(one_hart), &one_hart) >= 0);
	for (int i = 0; i < SPINNERS; i++) {
		children[i] = tap_fork();
		if (children[i] != 0)
			continue;
		double sum = 0;
		for (int n = 0; n < 200000; n++) {
			sum += seed * i;
			if (n % 20000 == 0)
				sched_yield();
		}
		CHECK(sum == 200000 * seed * i);
		_exit(0);
	}
	for (int i = 0; i < SPINNERS; i++)
		tap_join(children[i]);
	CHECK(seed + seed == 3.0);
}

/* A register that the compiler does not use, and the signals that are blocked. */
static void fork_inherits(void)
{
	unsigned long value = 0x4005bf0a8b145769, seen;
	sigset_t mask, inherited;

	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR2);
	CHECK(sigprocmask(SIG_SETMASK, &mask, NULL) == 0);
	__asm__ volatile("fmv.d.x fs11, %0" ::"r"(value) : "fs11");
	int pid = tap_fork();
	__asm__ volatile("fmv.x.d %0, fs11" : "=r"(seen));
	CHECK_EQUAL(seen, value);
	CHECK(sigprocmask(SIG_SETMASK, NULL, &inherited) == 0);
	CHECK(sigismember(&inherited, SIGUSR2) && !sigismember(&inherited, SIGUSR1));
	if (pid == 0)
		_exit(0);
	tap_join(pid);
}

static void sleeping(void)
{
	for (unsigned int milliseconds = 0; milliseconds <= 20; milliseconds += 5) {
		unsigned long before = now_nanoseconds();
		sleep_milliseconds(milliseconds);
		CHECK(now_nanoseconds() - before >= milliseconds * 1000000ul);
	}
}

/* WNOWAIT leaves the child to be waited for once more. */
static void wait_looks(void)
{
	int pid = tap_fork();

	if (pid == 0)
		_exit(0);
	CHECK(syscall(SYS_waitid, P_PID, pid, NULL, WEXITED | WNOWAIT, NULL) == 0);
	CHECK(syscall(SYS_waitid, P_PID, pid, NULL, WEXITED | WNOWAIT, NULL) == 0);
	tap_join(pid);
	CHECK_ERROR(syscall(SYS_waitid, P_PID, pid, NULL, WEXITED, NULL), ECHILD);
}

static const struct tap_case cases[] = {
	{ "pipe-odd-sizes", pipe_odd_sizes, 0 },
	{ "pipe-big-write", pipe_big_write, 0 },
	{ "pipe-ends", pipe_ends, 0 },
	{ "kill-status", kill_status, 0 },
	{ "kill-errors", kill_errors, 0 },
	{ "kill-defaults", kill_defaults, 0 },
	{ "preemption", preemption, 0 },
	{ "exit-statuses", exit_statuses, 0 },
	{ "wait-errors", wait_errors, 0 },
	{ "wait-choices", wait_choices, 0 },
	{ "wait-looks", wait_looks, 0 },
	{ "orphan", orphan, 0 },
	{ "floating-point", floating_point, 0 },
	{ "fork-inherits", fork_inherits, 0 },
	{ "sleeping", sleeping, 0 },
};

const struct tap_group user_process_group = TAP_GROUP(cases);
