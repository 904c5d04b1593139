/*
 * All harts at once in many processes: fork, fault, exec and exit side by side, owners that break a
 * page at the same moment, spinners that must all get their share, and kills across harts. The
 * ledger's audit after each case tells whether a count went wrong.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "usr/tests/memory.h"
#include "usr/tests/smptest.h"
#include "usr/tests/thread.h"

#define WORKERS_MAX   16
#define STORM_PAGES   32
#define TAG           0x51515151ul
#define OWNERS        3
#define MEETING_DELAY 300000ul /* nanoseconds until all owners write */
#define FAIR_ROUNDS   200
#define FAIR_PAUSE    100 /* milliseconds */
#define EQUAL_SECONDS 3
#define EQUAL_TRIES   10
#define ANY_HART      (~0u)
#define CALL_PIECES   400u
#define CALL_PAUSE    10 /* milliseconds until the call is moved */
#define CALL_SWITCHES 5
#define CALL_TRIES    20
#define CALL_STAYED   2 /* exit status: it did not give way */
#define CODE_FLUSHES  5000
#define CODE_PATIENCE 10000000000ul /* nanoseconds: this takes milliseconds */
#define CODE_TRIES    3

static unsigned int worker_count(void)
{
	unsigned int count = 2 * smp_harts();

	return count > WORKERS_MAX ? WORKERS_MAX : count;
}

/* Runs the body in worker_count() processes; all must exit with status 0. */
static void run_workers(void (*body)(unsigned long deadline, unsigned long tag))
{
	int workers[WORKERS_MAX];
	unsigned int count = worker_count();
	unsigned long deadline = smp_deadline();

	for (unsigned int i = 0; i < count; i++) {
		workers[i] = tap_fork();
		if (workers[i] == 0) {
			body(deadline, TAG + i * 16);
			_exit(0);
		}
	}
	for (unsigned int i = 0; i < count; i++)
		tap_join(workers[i]);
}

/* Forks over and over; parent and child each break half of the pages. */
static void fork_and_break(unsigned long deadline, unsigned long tag)
{
	unsigned char *pages = memory_map_pages(STORM_PAGES);
	unsigned char *half = pages + STORM_PAGES / 2 * PAGE_BYTES;

	while (now_nanoseconds() < deadline) {
		memory_tag(pages, STORM_PAGES, tag);
		int pid = tap_fork();
		if (pid == 0) {
			memory_tag(half, STORM_PAGES / 2, tag + 1);
			memory_check_tag(pages, STORM_PAGES / 2, tag);
			memory_check_tag(half, STORM_PAGES / 2, tag + 1);
			_exit(0);
		}
		memory_tag(pages, STORM_PAGES / 2, tag + 2);
		memory_check_tag(half, STORM_PAGES / 2, tag);
		tap_join(pid);
		memory_check_tag(pages, STORM_PAGES / 2, tag + 2);
		memory_check_tag(half, STORM_PAGES / 2, tag);
	}
}

static void fork_storm(void)
{
	run_workers(fork_and_break);
}

static void exec_over_and_over(unsigned long deadline, unsigned long tag)
{
	const char *nop = tap_sibling("nop");
	char *arguments[] = { (char *)nop, NULL };
	char *environment[] = { NULL };

	(void)tag;
	while (now_nanoseconds() < deadline) {
		int pid = tap_fork();
		if (pid == 0) {
			execve(nop, arguments, environment);
			FAIL("execve: errno %d", errno);
		}
		tap_join(pid);
	}
}

static void exec_storm(void)
{
	run_workers(exec_over_and_over);
}

static void map_over_and_over(unsigned long deadline, unsigned long tag)
{
	while (now_nanoseconds() < deadline) {
		unsigned char *pages = memory_map_pages(STORM_PAGES);
		memory_check_tag(pages, STORM_PAGES, 0);
		memory_tag(pages, STORM_PAGES, tag);
		memory_check_tag(pages, STORM_PAGES, tag);
		memory_unmap_pages(pages, STORM_PAGES);
	}
}

/* Frames pass from process to process: none brings another's content, or has two owners at once. */
static void map_storm(void)
{
	run_workers(map_over_and_over);
}

static void pass_token(unsigned long deadline, unsigned long tag)
{
	struct gate there, back;

	gate_init(&there);
	gate_init(&back);
	int pid = tap_fork();
	if (pid == 0) {
		for (;;) {
			gate_wait(&there);
			gate_open(&back);
		}
	}
	(void)tag;
	while (now_nanoseconds() < deadline) {
		gate_open(&there);
		sched_yield();
		gate_wait(&back);
	}
	CHECK(kill(pid, SIGKILL) == 0);
	tap_join_killed(pid, SIGKILL);
}

/* Sleeping and waking across harts. */
static void pipe_storm(void)
{
	run_workers(pass_token);
}

static void wait_until(unsigned long moment)
{
	while (now_nanoseconds() < moment)
		continue;
}

/*
 * Three owners of the same pages write at the same moment. Each must find its own tag afterwards:
 * one that took itself for the last owner too early would write where another still reads.
 */
static void owners_meet(void)
{
	unsigned char *pages = memory_map_pages(STORM_PAGES);
	unsigned long deadline = smp_deadline();

	for (unsigned long round = 0; now_nanoseconds() < deadline; round++) {
		int pids[OWNERS - 1];
		memory_tag(pages, STORM_PAGES, round);
		unsigned long meeting = now_nanoseconds() + MEETING_DELAY;
		for (unsigned long i = 0; i < OWNERS - 1; i++) {
			pids[i] = tap_fork();
			if (pids[i] == 0) {
				memory_check_tag(pages, STORM_PAGES, round);
				wait_until(meeting);
				memory_tag(pages, STORM_PAGES, TAG + i);
				memory_check_tag(pages, STORM_PAGES, TAG + i);
				_exit(0);
			}
		}
		wait_until(meeting);
		memory_tag(pages, STORM_PAGES, TAG + OWNERS);
		memory_check_tag(pages, STORM_PAGES, TAG + OWNERS);
		for (int i = 0; i < OWNERS - 1; i++)
			tap_join(pids[i]);
		memory_check_tag(pages, STORM_PAGES, TAG + OWNERS);
	}
}

/* A thread that does nothing but count. */
struct spinner {
	unsigned long count;
	const int *stop;
};

static void spin(void *argument)
{
	struct spinner *spinner = argument;

	while (!atomic_load_flag(spinner->stop))
		atomic_store_flag(&spinner->count, spinner->count + 1);
}

static bool all_have_moved(const struct spinner *spinners, const unsigned long *before,
	unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		if (atomic_load_flag(&spinners[i].count) == before[i])
			return false;
	}
	return true;
}

/* Twice as many spinning threads as harts: all advance, again and again. */
static void spinners_share(void)
{
	static struct spinner spinners[WORKERS_MAX];
	static struct thread threads[WORKERS_MAX];
	static int stop;
	unsigned long before[WORKERS_MAX];
	unsigned int count = worker_count();

	for (unsigned int i = 0; i < count; i++) {
		spinners[i].stop = &stop;
		thread_start(&threads[i], spin, &spinners[i]);
	}
	for (unsigned int round = 0; round < 3 * tap_scale(); round++) {
		unsigned int attempt = 0;
		for (unsigned int i = 0; i < count; i++)
			before[i] = atomic_load_flag(&spinners[i].count);
		do {
			sleep_milliseconds(FAIR_PAUSE);
			CHECK(attempt++ < FAIR_ROUNDS);
		} while (!all_have_moved(spinners, before, count));
	}
	atomic_store_flag(&stop, 1);
	for (unsigned int i = 0; i < count; i++)
		thread_join(&threads[i]);
}

static unsigned long microseconds(struct timeval time)
{
	return (unsigned long)time.tv_sec * 1000000 + (unsigned long)time.tv_usec;
}

static void spin_until(unsigned long moment, unsigned int hart)
{
	unsigned int now;

	while (now_nanoseconds() < moment) {
		CHECK(syscall(SYS_getcpu, &now, NULL, NULL) == 0);
		if (hart != ANY_HART)
			CHECK_EQUAL(now, hart);
	}
	_exit(0);
}

/* The CPU time of a child that has ended, in microseconds. */
static unsigned long time_of(int pid)
{
	struct rusage usage;
	int status;

	CHECK(wait4(pid, &status, 0, &usage) == pid);
	CHECK_EQUAL(status, 0);
	return microseconds(usage.ru_utime) + microseconds(usage.ru_stime);
}

/* Whether so many spinning processes get about the same time. */
static bool spin_equally(unsigned int count)
{
	unsigned long end = now_nanoseconds() + EQUAL_SECONDS * tap_scale() * 1000000000ul;
	unsigned long least = ~0ul, most = 0;
	int pids[WORKERS_MAX + 1];

	for (unsigned int i = 0; i < count; i++) {
		pids[i] = tap_fork();
		if (pids[i] == 0)
			spin_until(end, ANY_HART);
	}
	for (unsigned int i = 0; i < count; i++) {
		unsigned long time = time_of(pids[i]);
		most = time > most ? time : most;
		least = time < least ? time : least;
	}
	tap_note("%u spinners, from %lu to %lu ms", count, least / 1000, most / 1000);
	return most * 2 < least * 3; /* twice as much if the same two always shared a hart */
}

/*
 * One more spinning process than harts: those that share a hart change, so that all get as much. While
 * the host holds a hart up, the process there seems to get all the time: then it is measured again.
 */
static void spinners_are_equal(void)
{
	unsigned int count = smp_harts() + 1;
	int tries = 0;

	CHECK(count <= WORKERS_MAX + 1);
	while (!spin_equally(count))
		CHECK(++tries < EQUAL_TRIES);
}

/* Two processes that may run on only one hart stay there, however idle the others are. */
static void pinned_spinners_stay(void)
{
	unsigned long end = smp_deadline();
	unsigned int hart = smp_harts() - 1;
	unsigned long mask = 1ul << hart;
	int pids[3];

	for (int i = 0; i < 3; i++) {
		bool pinned = i < 2;
		pids[i] = tap_fork();
		if (pids[i] == 0) {
			if (pinned)
				CHECK(syscall(SYS_sched_setaffinity, 0, sizeof(mask), &mask) == 0);
			spin_until(end, pinned ? hart : ANY_HART);
		}
	}
	for (int i = 0; i < 3; i++)
		tap_join(pids[i]);
}

/* A process that spins on some hart is killed from another. */
static void kill_spinners(void)
{
	unsigned long deadline = smp_deadline();
	struct gate gate;

	gate_init(&gate);
	while (now_nanoseconds() < deadline) {
		int pid = tap_fork();
		if (pid == 0) {
			gate_open(&gate);
			for (volatile unsigned int spins = 0;; spins++)
				continue;
		}
		gate_wait(&gate);
		CHECK(kill(pid, SIGKILL) == 0);
		tap_join_killed(pid, SIGKILL);
	}
}

static void run_on(int pid, unsigned int hart)
{
	const unsigned long mask = 1ul << hart;

	CHECK(syscall(SYS_sched_setaffinity, pid, sizeof(mask), &mask) == 0);
}

/* How often the hart was given to other tasks during one long call. */
static long switches_in_call(struct gate *begun)
{
	static unsigned char piece[MIB];
	static struct iovec pieces[CALL_PIECES];
	struct rusage before, after;
	int zero = open("/dev/zero", O_RDONLY);

	for (unsigned int i = 0; i < CALL_PIECES; i++)
		pieces[i] = (struct iovec){ piece, sizeof(piece) };
	gate_open(begun);
	CHECK(getrusage(RUSAGE_SELF, &before) == 0);
	CHECK_EQUAL(readv(zero, pieces, CALL_PIECES), (long)(CALL_PIECES * MIB));
	CHECK(getrusage(RUSAGE_SELF, &after) == 0);
	return after.ru_nivcsw - before.ru_nivcsw;
}

/* Moves a process from hart 1 to hart 0 during its call; whether it gave way to others there. */
static bool gives_way(void)
{
	struct gate begun, moved;
	int pid, status;

	gate_init(&begun);
	gate_init(&moved);
	pid = tap_fork();
	if (pid == 0) {
		run_on(0, 1);
		bool stayed = switches_in_call(&begun) <= CALL_SWITCHES;
		gate_wait(&moved);
		_exit(stayed ? CALL_STAYED : 0);
	}
	gate_wait(&begun);
	sleep_milliseconds(CALL_PAUSE);
	run_on(pid, 0);
	gate_open(&moved);
	status = tap_wait(pid);
	gate_close(&begun);
	gate_close(&moved);
	CHECK(WIFEXITED(status));
	CHECK(status == 0 || WEXITSTATUS(status) == CALL_STAYED);
	return status == 0;
}

/*
 * A task moved to another hart in the middle of a call gives way to the tasks there. If the host holds
 * up the mover until the call is over, it shows nothing, and is tried again.
 */
static void call_gives_way_elsewhere(void)
{
	int spinner = tap_fork();
	int tries = 0;

	if (spinner == 0) {
		run_on(0, 0);
		spin_until(~0ul, 0);
	}
	while (!gives_way())
		CHECK(++tries < CALL_TRIES);
	CHECK(kill(spinner, SIGKILL) == 0);
	tap_join_killed(spinner, SIGKILL);
}

static void flush_code(unsigned long deadline, unsigned long tag)
{
	(void)deadline;
	(void)tag;
	for (unsigned int i = 0; i < CODE_FLUSHES; i++)
		CHECK(syscall(SYS_riscv_flush_icache, 0, 0, 0) == 0);
}

/*
 * Programs that write instructions do not hold each other up: only their own threads are told. If the
 * host held them up, they need less time when they are tried again.
 */
static void code_storm(void)
{
	unsigned long start;
	int tries = 0;

	do {
		CHECK(tries++ < CODE_TRIES);
		start = now_nanoseconds();
		run_workers(flush_code);
	} while (now_nanoseconds() - start >= CODE_PATIENCE);
}

static void yield_or_audit(unsigned long deadline, unsigned long tag)
{
	while (now_nanoseconds() < deadline)
		if (tag == TAG)
			CHECK(memory_audit());
		else
			sched_yield();
}

/* Harts stop for an audit of the ledger even if they switch tasks all the time. */
static void audit_storm(void)
{
	run_workers(yield_or_audit);
}

static const struct tap_case cases[] = {
	{ "fork-storm", fork_storm, 0 },
	{ "exec-storm", exec_storm, 0 },
	{ "map-storm", map_storm, 0 },
	{ "pipe-storm", pipe_storm, 0 },
	{ "owners-meet", owners_meet, 0 },
	{ "spinners-share", spinners_share, 0 },
	{ "spinners-are-equal", spinners_are_equal, 0 },
	{ "pinned-spinners-stay", pinned_spinners_stay, 0 },
	{ "kill-spinners", kill_spinners, 0 },
	{ "code-storm", code_storm, 0 },
	{ "call-gives-way-elsewhere", call_gives_way_elsewhere, 0 },
	{ "audit-storm", audit_storm, TAP_COWSLIP },
};

const struct tap_group smp_storm_group = TAP_GROUP(cases);
