/* Processes of many threads: what all of them get, and what outlives the thread that made it. */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/abi/futex.h"
#include "lib/abi/sched.h"
#include "usr/tests/memory.h"
#include "usr/tests/signaltest.h"
#include "usr/tests/thread.h"

#define MILLISECOND  1000000l /* in nanoseconds */
#define ROUNDS       60
#define TURNS        200
#define STOPS        20
#define PATIENCE     30  /* seconds, for what takes moments unless the host is busy */
#define FORKS_MAX    500 /* for which there is memory, if the group is killed late */
#define MANY         1500
#define STACK_BYTES  2048
#define TRIES        5
#define STEPS        5000000 /* enough to last for several of the periods at which timers are checked */
#define TIMERS       500
#define WORKERS      4
#define USED         400 /* milliseconds of processor time */
#define MEASUREMENTS 20  /* of it, at most */

#define THREAD_FLAGS \
	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_CHILD_CLEARTID)

/* Starts a thread and returns its tid; *ended becomes 0 when it has ended. */
static int start(int (*body)(void *), unsigned char *stack, size_t bytes, uint32_t *ended)
{
	int tid = clone(body, stack + bytes, THREAD_FLAGS, NULL, NULL, NULL, ended);

	CHECK(tid > 0);
	return tid;
}

static int start_one(int (*body)(void *))
{
	return start(body, memory_map_pages(THREAD_STACK_PAGES), THREAD_STACK_PAGES * PAGE_BYTES,
		NULL);
}

static int sleep_on(void *unused)
{
	(void)unused;
	for (;;)
		kernel_call(SYS_ppoll, NULL, 0, NULL, NULL, 0);
	return 0;
}

static int fork_on(void *unused)
{
	for (int i = 0; i < FORKS_MAX; i++)
		if (kernel_call(SYS_clone, SIGCHLD, 0, 0, 0, 0) == 0)
			break;
	return sleep_on(unused);
}

/* A pipe whose end of file shows that all processes with its write end are gone. */
static int ends[2];

/* Its first thread sleeps, so that it is the one woken for a signal; the other one forks. */
static int start_forking_group(void)
{
	int pid = tap_fork();

	if (pid)
		return pid;
	CHECK(setpgid(0, 0) == 0 && close(ends[0]) == 0);
	start_one(fork_on);
	CHECK(write(ends[1], "", 1) == 1);
	for (;;)
		pause();
}

/* When a process is killed with its group, no child of it survives that it was just making. */
static void killed_group_leaves_no_child(void)
{
	for (unsigned int i = 0; i < ROUNDS * tap_scale(); i++) {
		struct pollfd left = { .events = POLLIN };
		unsigned long until;
		char byte;
		int pid;

		CHECK(pipe(ends) == 0);
		left.fd = ends[0];
		pid = start_forking_group();
		CHECK(read(ends[0], &byte, 1) == 1);
		close(ends[1]);
		until = now_nanoseconds() + i % ROUNDS * 10000ul;
		while (now_nanoseconds() < until)
			continue;
		CHECK(kill(-pid, SIGKILL) == 0);
		tap_join_killed(pid, SIGKILL);
		if (poll(&left, 1, PATIENCE * 1000) != 1) {
			kill(-pid, SIGKILL);
			FAIL("round %u: some of the group are left", i);
		}
		close(ends[0]);
	}
}

static void sleep_in_a_crowd(unsigned long blocked)
{
	unsigned char *stacks = memory_map_pages(MANY * STACK_BYTES / PAGE_BYTES);

	set_mask(SIG_BLOCK, blocked);
	for (size_t i = 0; i < MANY; i++)
		start(sleep_on, stacks + i * STACK_BYTES, STACK_BYTES, NULL);
	if (blocked)
		CHECK(kill(getpid(), SIGUSR1) == 0);
	CHECK(write(ends[1], "", 1) == 1);
	for (;;)
		pause();
}

/* How long a process of many threads takes to end. */
static unsigned long time_of_end(unsigned long blocked)
{
	unsigned long begin;
	char byte;
	int pid;

	CHECK(pipe(ends) == 0);
	pid = tap_fork();
	if (pid == 0)
		sleep_in_a_crowd(blocked);
	CHECK(read(ends[0], &byte, 1) == 1);
	sleep_milliseconds(200);
	begin = now_nanoseconds();
	CHECK(kill(pid, SIGKILL) == 0);
	tap_join_killed(pid, SIGKILL);
	begin = now_nanoseconds() - begin;
	close(ends[0]);
	close(ends[1]);
	return begin;
}

/* A pending signal that no thread takes does not make it slower, apart from the host's other work. */
static void crowd_ends_at_once(void)
{
	unsigned long without, with;

	for (int i = 0; i < TRIES; i++) {
		without = time_of_end(0);
		with = time_of_end(BIT_OF(SIGUSR1));
		if (with <= 3 * without + 200 * MILLISECOND)
			return;
	}
	FAIL("%lu us, with a signal that waits %lu us", without / 1000, with / 1000);
}

static const struct itimerspec often = { { 0, 10 * MILLISECOND }, { 0, 10 * MILLISECOND } };
static int timer_id = -1;

/* A timer on this thread's CPU time goes off, and the thread ends. */
static int burn_and_end(void *unused)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	struct timespec used = {};

	(void)unused;
	if (kernel_call(SYS_timer_create, CLOCK_THREAD_CPUTIME_ID, &event, &timer_id) == 0)
		kernel_call(SYS_timer_settime, timer_id, 0, &often, NULL);
	while (used.tv_sec == 0 && used.tv_nsec < 60 * MILLISECOND)
		kernel_call(SYS_clock_gettime, CLOCK_THREAD_CPUTIME_ID, &used);
	kernel_call(SYS_exit, 0);
	return 0;
}

/* The clock stands still: the timer has missed nothing since, is not set, and cannot be. */
static void timer_outlives_its_thread(void)
{
	const struct timespec long_time = { 1, 0 }, short_time = { 0, 50 * MILLISECOND };
	const unsigned long mask = BIT_OF(SIGUSR1);
	siginfo_t info = {};
	struct itimerspec left;
	int tid;

	set_mask(SIG_BLOCK, mask);
	tid = start_one(burn_and_end);
	/* Not just until its memory is released: until it is gone its clock does not stand still. */
	while (kernel_call(SYS_tkill, tid, 0) != -ESRCH)
		sleep_milliseconds(10);
	CHECK_EQUAL(kernel_call(SYS_rt_sigtimedwait, &mask, &info, &long_time, sizeof(mask)),
		SIGUSR1);
	CHECK(info.si_overrun <= 0); /* Linux: -1 */
	CHECK(kernel_call(SYS_timer_getoverrun, timer_id) <= 0);
	CHECK_EQUAL(kernel_call(SYS_timer_gettime, timer_id, &left), 0);
	CHECK(left.it_value.tv_sec == 0 && left.it_value.tv_nsec == 0);
	CHECK_EQUAL(kernel_call(SYS_timer_settime, timer_id, 0, &often, NULL), -ESRCH);
	CHECK_EQUAL(kernel_call(SYS_rt_sigtimedwait, &mask, &info, &short_time, sizeof(mask)),
		-EAGAIN);
	CHECK_EQUAL(kernel_call(SYS_timer_delete, timer_id), 0);
}

/* Two threads could take a signal of the process. The one woken for it does not: the other must. */
#define SPINS 512

static uint32_t ready, gone, over, taken, first_lives, second_lives;
static int first_tid;
static unsigned int seed;

static void spin(void)
{
	seed = seed * 1103515245 + 12345;
	for (volatile unsigned int spins = (seed >> 16) % SPINS; spins > 0; spins--)
		continue;
}

static void await(uint32_t *word, uint32_t value)
{
	unsigned long end = now_nanoseconds() + PATIENCE * 1000 * MILLISECOND;

	while (atomic_load_flag(word) != value)
		if (now_nanoseconds() > end)
			FAIL("nobody has taken the signal");
}

static void take(int signal)
{
	(void)signal;
	__atomic_fetch_add(&taken, 1, __ATOMIC_SEQ_CST);
}

static void let_signals_come(void)
{
	const unsigned long none = 0;

	kernel_call(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof(none));
	__atomic_fetch_add(&ready, 1, __ATOMIC_SEQ_CST);
}

static int end_when_told(void *unused)
{
	(void)unused;
	let_signals_come();
	while (!atomic_load_flag(&gone))
		continue;
	spin();
	kernel_call(SYS_exit, 0);
	return 0;
}

static int sleep_until_over(void *unused)
{
	(void)unused;
	let_signals_come();
	while (!atomic_load_flag(&over))
		kernel_call(SYS_futex, &over, FUTEX_WAIT, 0, NULL, NULL, 0);
	kernel_call(SYS_exit, 0);
	return 0;
}

/* The first thread is the one woken for the signal; the second one is to take it. */
static void start_two(int (*first)(void *), unsigned char *stacks)
{
	const size_t bytes = THREAD_STACK_PAGES * PAGE_BYTES;

	ready = gone = over = taken = 0;
	first_lives = second_lives = 1;
	first_tid = start(first, stacks, bytes, &first_lives);
	start(sleep_until_over, stacks + bytes, bytes, &second_lives);
}

static void await_two(void)
{
	await(&taken, 1);
	atomic_store_flag(&over, 1);
	kernel_call(SYS_futex, &over, FUTEX_WAKE, 2, NULL, NULL, 0);
	await(&first_lives, 0);
	await(&second_lives, 0);
}

/* The thread woken for it ends just then. */
static void signal_outlives_thread(void)
{
	unsigned char *stacks = memory_map_pages(2 * THREAD_STACK_PAGES);

	handle(SIGUSR1, take, 0, 0);
	set_mask(SIG_BLOCK, BIT_OF(SIGUSR1));
	for (unsigned int i = 0; i < TURNS * tap_scale(); i++) {
		start_two(end_when_told, stacks);
		await(&ready, 2);
		atomic_store_flag(&gone, 1);
		spin();
		CHECK(kill(getpid(), SIGUSR1) == 0);
		await_two();
	}
}

static void wait_for_other(int signal)
{
	(void)signal;
	await(&taken, 1);
}

static int keep_parent(void *unused)
{
	(void)unused;
	__atomic_fetch_add(&ready, 1, __ATOMIC_SEQ_CST);
	while (!atomic_load_flag(&gone))
		kernel_call(SYS_sched_yield);
	return 0;
}

/* Waits in vfork(), which signals do not interrupt, until two have come. */
static int vfork_meanwhile(void *unused)
{
	static unsigned char stack[STACK_BYTES] __attribute__((aligned(16)));

	let_signals_come();
	clone(keep_parent, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, unused);
	kernel_call(SYS_exit, 0);
	return 0;
}

/* The thread woken for it takes another signal first, whose handler blocks this one. */
static void signal_behind_handler(void)
{
	handle(SIGUSR1, take, 0, 0);
	handle(SIGUSR2, wait_for_other, 0, BIT_OF(SIGUSR1));
	set_mask(SIG_BLOCK, BIT_OF(SIGUSR1) | BIT_OF(SIGUSR2));
	start_two(vfork_meanwhile, memory_map_pages(2 * THREAD_STACK_PAGES));
	await(&ready, 3);
	CHECK_EQUAL(kernel_call(SYS_tgkill, getpid(), first_tid, SIGUSR2), 0);
	CHECK(kill(getpid(), SIGUSR1) == 0);
	atomic_store_flag(&gone, 1);
	await_two();
	CHECK(wait(NULL) > 0);
}

/* Ends slowly, as the kernel follows a list of robust locks whose entry points to itself. */
static int end_slowly(void *unused)
{
	static struct robust_list_head head;
	static struct robust_list entry = { &entry };

	(void)unused;
	head.list.next = &entry;
	kernel_call(SYS_set_robust_list, &head, sizeof(head));
	atomic_store_flag(&gone, 1);
	kernel_call(SYS_exit, 0);
	return 0;
}

/* All threads have stopped but one, which is ending: once it has, the process counts as stopped. */
static void stop_meets_end(void)
{
	for (unsigned int i = 0; i < STOPS * tap_scale(); i++) {
		int pid = tap_fork(), status;

		if (pid == 0) {
			start_one(end_slowly);
			while (!atomic_load_flag(&gone))
				continue;
			CHECK(kill(getpid(), SIGSTOP) == 0);
		}
		alarm(PATIENCE);
		CHECK_EQUAL(waitpid(pid, &status, WUNTRACED), pid); /* wakes for the stop */
		alarm(0);
		CHECK(WIFSTOPPED(status));
		CHECK(kill(pid, SIGKILL) == 0);
		tap_join_killed(pid, SIGKILL);
	}
}

/* The shortest time that the same work takes. */
static unsigned long time_to_work(void)
{
	unsigned long best = ~0ul;

	for (int i = 0; i < TRIES; i++) {
		unsigned long start = now_nanoseconds(), time;

		for (volatile int step = 0; step < STEPS; step++)
			continue;
		time = now_nanoseconds() - start;
		best = time < best ? time : best;
	}
	return best;
}

/* CPU-time timers slow a process of many threads no more than one of few. */
static void crowd_has_timers(void)
{
	const struct itimerspec late = { .it_value = { 1000, 0 } };
	unsigned char *stacks = memory_map_pages(MANY * STACK_BYTES / PAGE_BYTES);
	unsigned long before = time_to_work();
	int timer;

	for (size_t i = 0; i < MANY; i++)
		start(sleep_on, stacks + i * STACK_BYTES, STACK_BYTES, NULL);
	for (int i = 0; i < TIMERS; i++) {
		CHECK(kernel_call(SYS_timer_create, CLOCK_PROCESS_CPUTIME_ID, NULL, &timer) == 0);
		CHECK(kernel_call(SYS_timer_settime, timer, 0, &late, NULL) == 0);
	}
	for (int i = 0; i < TRIES; i++)
		if (time_to_work() < 5 * before)
			return;
	FAIL("a crowd with timers takes more than 5 * %lu us", before / 1000);
}

static int work_on(void *unused)
{
	(void)unused;
	for (volatile unsigned int step = 0;; step++)
		continue;
	return 0;
}

static long used_milliseconds(void)
{
	struct timespec time;

	CHECK(kernel_call(SYS_clock_gettime, CLOCK_PROCESS_CPUTIME_ID, &time) == 0);
	return time.tv_sec * 1000 + time.tv_nsec / MILLISECOND;
}

/* When several threads run, a process uses CPU time several times as fast as time passes. */
static void timer_counts_all_harts(void)
{
	const struct itimerspec due = { .it_value = { 0, USED * MILLISECOND } };
	const unsigned long alarm_only = 1ul << (SIGALRM - 1);
	long best = 2 * USED, before;
	int timer;

	kernel_call(SYS_rt_sigprocmask, SIG_BLOCK, &alarm_only, NULL, sizeof(alarm_only));
	CHECK(kernel_call(SYS_timer_create, CLOCK_PROCESS_CPUTIME_ID, NULL, &timer) == 0);
	for (int i = 0; i < WORKERS; i++)
		start_one(work_on);
	for (int i = 0; i < MEASUREMENTS && best >= 2 * USED; i++) {
		before = used_milliseconds();
		CHECK(kernel_call(SYS_timer_settime, timer, 0, &due, NULL) == 0);
		CHECK(kernel_call(SYS_rt_sigtimedwait, &alarm_only, NULL, NULL,
			      sizeof(alarm_only)) == SIGALRM);
		before = used_milliseconds() - before;
		best = before < best ? before : best;
	}
	CHECK(best >= USED && best < 2 * USED);
}

static const struct tap_case cases[] = {
	{ "killed-group-leaves-no-child", killed_group_leaves_no_child, 0 },
	{ "crowd-ends-at-once", crowd_ends_at_once, 0 },
	{ "crowd-has-timers", crowd_has_timers, 0 },
	{ "timer-counts-all-harts", timer_counts_all_harts, 0 },
	{ "signal-outlives-thread", signal_outlives_thread, 0 },
	{ "signal-behind-handler", signal_behind_handler, 0 },
	{ "stop-meets-end", stop_meets_end, 0 },
	{ "timer-outlives-its-thread", timer_outlives_its_thread, 0 },
};

const struct tap_group signal_crowd_group = TAP_GROUP(cases);
