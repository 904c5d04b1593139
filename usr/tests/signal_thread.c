/* Threads of one process: futexes, thread-directed signals, exit and exec with others running. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/abi/capability.h"
#include "lib/abi/futex.h"
#include "lib/abi/sched.h"
#include "usr/tests/memory.h"
#include "usr/tests/signaltest.h"
#include "usr/tests/thread.h"

#define SHORT_TIME 30 /* milliseconds */
#define THREADS    4
#define ROUNDS     2000
#define MANY       99
#define TRIES      10
#define PATIENCE   20000 /* milliseconds, for what takes moments unless the host is busy */

#define EXITED(code) ((code) << 8) /* as a wait status */

#define THREAD_FLAGS                                                                        \
	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | \
		CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID)

static const struct timespec short_time = { 0, SHORT_TIME * 1000000l };

static long futex(uint32_t *word, long operation, long value, const void *timeout, void *second,
	long third)
{
	return kernel_call(SYS_futex, word, operation, value, timeout, second, third);
}

struct worker {
	uint32_t tid;
	void *stack;
	void (*body)(struct worker *worker);
	long result;
	uint32_t *words;
};

static int run(void *worker)
{
	((struct worker *)worker)->body(worker);
	return 0;
}

static void start(struct worker *worker, void (*body)(struct worker *worker), uint32_t *words)
{
	worker->stack = memory_map_pages(THREAD_STACK_PAGES);
	worker->body = body;
	worker->words = words;
	CHECK(clone(run, (char *)worker->stack + THREAD_STACK_PAGES * PAGE_BYTES, THREAD_FLAGS,
		      worker, &worker->tid, NULL, &worker->tid) > 0);
}

/* When the thread has ended the kernel clears the tid, and wakes the waiters there. */
static void join(struct worker *worker)
{
	uint32_t tid;

	while ((tid = __atomic_load_n(&worker->tid, __ATOMIC_ACQUIRE)))
		futex(&worker->tid, FUTEX_WAIT, (long)tid, NULL, NULL, 0);
	memory_unmap_pages(worker->stack, THREAD_STACK_PAGES);
}

static void tell_numbers(struct worker *worker)
{
	worker->result = kernel_call(SYS_getpid) == getpid() &&
		kernel_call(SYS_gettid) == (long)worker->tid && worker->tid != (uint32_t)getpid();
}

static void threads_come_and_go(void)
{
	struct worker workers[THREADS] = {};

	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < THREADS; i++)
			start(&workers[i], tell_numbers, NULL);
		for (int i = 0; i < THREADS; i++) {
			join(&workers[i]);
			CHECK_EQUAL(workers[i].result, 1);
			workers[i].result = 0;
		}
	}
}

/* result: 1 if a thread may send any si_code to its own tid, but to no other of its process. */
static void pretend(struct worker *worker)
{
	siginfo_t info = { .si_code = SI_USER };
	long process = kernel_call(SYS_getpid), self = kernel_call(SYS_gettid);

	worker->result = kernel_call(SYS_rt_sigqueueinfo, process, 0, &info) == -EPERM &&
		kernel_call(SYS_rt_sigqueueinfo, self, 0, &info) == 0 &&
		kernel_call(SYS_rt_tgsigqueueinfo, process, process, 0, &info) == -EPERM &&
		kernel_call(SYS_rt_tgsigqueueinfo, process, self, 0, &info) == 0;
}

static void threads_pretend(void)
{
	struct worker worker = {};

	start(&worker, pretend, NULL);
	join(&worker);
	CHECK_EQUAL(worker.result, 1);
}

static void lock(uint32_t *word)
{
	uint32_t value = 0;

	if (__atomic_compare_exchange_n(word, &value, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return;
	while (__atomic_exchange_n(word, 2, __ATOMIC_ACQUIRE) != 0)
		futex(word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 2, NULL, NULL, 0);
}

static void unlock(uint32_t *word)
{
	if (__atomic_exchange_n(word, 0, __ATOMIC_RELEASE) == 2)
		futex(word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, NULL, NULL, 0);
}

static void count_up(struct worker *worker)
{
	for (int i = 0; i < ROUNDS; i++) {
		lock(&worker->words[0]);
		uint32_t value = worker->words[1];
		if (i % 64 == 0)
			kernel_call(SYS_sched_yield); /* others find the lock taken */
		worker->words[1] = value + 1;
		unlock(&worker->words[0]);
	}
}

static void lock_excludes(void)
{
	struct worker workers[THREADS] = {};
	uint32_t words[2] = {};

	for (int i = 0; i < THREADS; i++)
		start(&workers[i], count_up, words);
	for (int i = 0; i < THREADS; i++)
		join(&workers[i]);
	CHECK_EQUAL(words[0], 0);
	CHECK_EQUAL(words[1], THREADS * ROUNDS);
}

static void futex_errors(void)
{
	uint32_t words[2] = { 5, 0 };
	struct timespec bad = { 0, 1000000000 };

	CHECK_EQUAL(futex(words, FUTEX_WAIT, 4, NULL, NULL, 0), -EAGAIN);
	CHECK_EQUAL(futex(words, FUTEX_WAIT, 5, &short_time, NULL, 0), -ETIMEDOUT);
	CHECK_EQUAL(futex(words, FUTEX_WAIT, 5, &bad, NULL, 0), -EINVAL);
	CHECK_EQUAL(futex((uint32_t *)((char *)words + 1), FUTEX_WAIT, 5, NULL, NULL, 0), -EINVAL);
	CHECK_EQUAL(futex((uint32_t *)64, FUTEX_WAIT, 5, NULL, NULL, 0), -EFAULT);
	CHECK_EQUAL(futex(words, FUTEX_WAIT_BITSET, 5, NULL, NULL, 0), -EINVAL);
	CHECK_EQUAL(futex(words, FUTEX_WAKE, 9, NULL, NULL, 0), 0);
	CHECK_EQUAL(futex(words, FUTEX_CMP_REQUEUE, 1, (void *)1, words + 1, 4), -EAGAIN);
	CHECK_EQUAL(futex(words, 99, 0, NULL, NULL, 0), -ENOSYS);
	struct timespec now;
	CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
	CHECK_EQUAL(futex(words, FUTEX_WAIT_BITSET, 5, &now, NULL, 1), -ETIMEDOUT);
}

static void sleep_on_first(struct worker *worker)
{
	long bits = 1l << (worker->result & 31);

	worker->result = futex(&worker->words[0], FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, 0, NULL,
		NULL, bits);
	__atomic_fetch_add(&worker->words[2], 1, __ATOMIC_RELEASE);
}

/* Counts the sleepers by moving them to where they already are. `flags`: of the operation. */
static void wait_for_sleepers(uint32_t *word, long flags, long count)
{
	while (futex(word, FUTEX_CMP_REQUEUE | flags, 0, (void *)MANY, word, *word) != count)
		sleep_milliseconds(1);
}

static void start_sleepers(struct worker *workers, uint32_t *words)
{
	for (int i = 0; i < THREADS; i++) {
		workers[i].result = i;
		start(&workers[i], sleep_on_first, words);
	}
	wait_for_sleepers(words, FUTEX_PRIVATE_FLAG, THREADS);
}

static void join_sleepers(struct worker *workers)
{
	for (int i = 0; i < THREADS; i++) {
		join(&workers[i]);
		CHECK_EQUAL(workers[i].result, 0);
	}
}

static void wakes_are_counted(void)
{
	struct worker workers[THREADS] = {};
	uint32_t words[3] = {};

	start_sleepers(workers, words);
	CHECK_EQUAL(futex(words, FUTEX_WAKE_BITSET | FUTEX_PRIVATE_FLAG, 9, NULL, NULL, 4), 1);
	CHECK_EQUAL(futex(words, FUTEX_WAKE_BITSET | FUTEX_PRIVATE_FLAG, 9, NULL, NULL, 4), 0);
	CHECK_EQUAL(futex(words, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, NULL, NULL, 0), 1);
	while (__atomic_load_n(&words[2], __ATOMIC_ACQUIRE) < 2)
		sleep_milliseconds(1);
	sleep_milliseconds(SHORT_TIME);
	CHECK_EQUAL(__atomic_load_n(&words[2], __ATOMIC_ACQUIRE), 2);
	CHECK_EQUAL(futex(words, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 9, NULL, NULL, 0), 2);
	join_sleepers(workers);
}

static void sleepers_are_moved(void)
{
	struct worker workers[THREADS] = {};
	uint32_t words[3] = {};

	start_sleepers(workers, words);
	CHECK_EQUAL(futex(words, FUTEX_CMP_REQUEUE | FUTEX_PRIVATE_FLAG, 1, (void *)2, words + 1,
			    0),
		3);
	CHECK_EQUAL(futex(words + 1, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 9, NULL, NULL, 0), 2);
	CHECK_EQUAL(futex(words, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 9, NULL, NULL, 0), 1);
	join_sleepers(workers);
}

static void wake_with_operation(void)
{
	struct worker workers[THREADS] = {};
	uint32_t words[3] = {};
	/* words[1] += 3, and if it was 0, wake there too (where nobody waits) */
	long operation = FUTEX_OP_ADD << 28 | FUTEX_OP_CMP_EQ << 24 | 3 << 12 | 0;

	start_sleepers(workers, words);
	CHECK_EQUAL(futex(words, FUTEX_WAKE_OP | FUTEX_PRIVATE_FLAG, 9, (void *)9, words + 1,
			    operation),
		THREADS);
	CHECK_EQUAL(words[1], 3);
	join_sleepers(workers);
}

/* A word in shared memory is one word, whatever address it has. */
static void futex_between_processes(void)
{
	uint32_t *word =
		mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	CHECK(word != MAP_FAILED);
	int pid = tap_fork();
	if (pid == 0) {
		uint32_t *moved = mremap(word, PAGE_BYTES, PAGE_BYTES, MREMAP_MAYMOVE);
		CHECK(moved != MAP_FAILED);
		CHECK_EQUAL(futex(moved, FUTEX_WAIT, 0, NULL, NULL, 0), 0);
		CHECK_EQUAL(moved[1], 1);
		_exit(0);
	}
	wait_for_sleepers(word, 0, 1);
	word[1] = 1;
	CHECK_EQUAL(futex(word, FUTEX_WAKE, 9, NULL, NULL, 0), 1);
	tap_join(pid);
}

static volatile uint32_t handler_tid;

static void note_thread(int signal)
{
	handler_tid = (uint32_t)kernel_call(SYS_gettid);
	record(signal);
}

static void wait_for_end(struct worker *worker)
{
	long result;

	do {
		result =
			futex(&worker->words[0], FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 0, NULL, NULL, 0);
	} while (result == -EINTR);
}

static void end_all(uint32_t *words)
{
	__atomic_store_n(&words[0], 1, __ATOMIC_RELEASE);
	futex(words, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, THREADS, NULL, NULL, 0);
}

static void wait_until_handled(int count)
{
	for (int i = 0; i < PATIENCE && handled_count < count; i++)
		sleep_milliseconds(1);
	CHECK_EQUAL(handled_count, count);
}

/* tgkill() reaches the thread that it names, kill() one that does not block the signal. */
static void signals_find_their_thread(void)
{
	struct worker workers[THREADS] = {};
	uint32_t words[1] = {};

	handle(SIGUSR1, note_thread, 0, 0);
	for (int i = 0; i < THREADS; i++)
		start(&workers[i], wait_for_end, words);
	for (int i = 0; i < THREADS; i++) {
		CHECK_EQUAL(kernel_call(SYS_tgkill, (long)getpid(), (long)workers[i].tid,
				    (long)SIGUSR1),
			0);
		wait_until_handled(i + 1);
		CHECK_EQUAL(handler_tid, workers[i].tid);
	}
	set_mask(SIG_BLOCK, BIT_OF(SIGUSR1));
	CHECK(kill(getpid(), SIGUSR1) == 0);
	wait_until_handled(THREADS + 1);
	CHECK(handler_tid != (uint32_t)getpid());
	CHECK_EQUAL(kernel_call(SYS_tgkill, 1l, (long)workers[0].tid, 0l), -ESRCH);
	end_all(words);
	for (int i = 0; i < THREADS; i++)
		join(&workers[i]);
}

static void take_one(struct worker *worker)
{
	const unsigned long set = BIT_OF(SIGRTMIN);

	worker->result = kernel_call(SYS_rt_sigtimedwait, &set, NULL, NULL, sizeof(set));
}

/* Of two threads that wait for a signal that comes twice, each takes one. */
static void waiters_share_signals(void)
{
	struct worker workers[2] = {};

	set_mask(SIG_BLOCK, BIT_OF(SIGRTMIN));
	for (int i = 0; i < 2; i++)
		start(&workers[i], take_one, NULL);
	sleep_milliseconds(SHORT_TIME);
	for (int i = 0; i < 2; i++)
		CHECK(kill(getpid(), SIGRTMIN) == 0);
	for (int i = 0; i < 2; i++) {
		join(&workers[i]);
		CHECK_EQUAL(workers[i].result, SIGRTMIN);
	}
}

static void wait_for_ever(struct worker *worker)
{
	for (;;)
		futex(&worker->words[0], FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 0, NULL, NULL, 0);
}

static void spin_for_ever(struct worker *worker)
{
	while (!__atomic_load_n(&worker->words[0], __ATOMIC_RELAXED))
		continue;
}

static void exit_group_from_thread(struct worker *worker)
{
	(void)worker;
	kernel_call(SYS_exit_group, 33l);
}

static struct worker crowd[THREADS];
static uint32_t crowd_words[2];

static void exit_in_a_crowd(void *unused)
{
	(void)unused;
	start(&crowd[0], wait_for_ever, crowd_words);
	start(&crowd[1], spin_for_ever, crowd_words);
	start(&crowd[2], exit_group_from_thread, crowd_words);
	wait_for_ever(&crowd[0]);
}

static void exit_ends_all(void)
{
	for (int i = 0; i < 20; i++)
		CHECK_EQUAL(WEXITSTATUS(tap_in_child(exit_in_a_crowd, NULL)), 33);
}

static void finish_later(struct worker *worker)
{
	(void)worker;
	kernel_call(SYS_nanosleep, &short_time, 0l);
	kernel_call(SYS_exit_group, 44l);
}

static void leave_first(void *unused)
{
	(void)unused;
	start(&crowd[0], finish_later, crowd_words);
	kernel_call(SYS_exit, 0l);
}

static void first_thread_may_leave(void)
{
	CHECK_EQUAL(WEXITSTATUS(tap_in_child(leave_first, NULL)), 44);
}

static void leave_last(struct worker *worker)
{
	(void)worker;
	kernel_call(SYS_nanosleep, &short_time, 0l);
	kernel_call(SYS_exit, 55l);
}

static void leave_one_by_one(void *unused)
{
	(void)unused;
	start(&crowd[0], leave_last, crowd_words);
	kernel_call(SYS_exit, 3l);
}

/* Runs the body in a child, again while the status says that the first thread left too late. */
static int status_of(void (*body)(void *), int status_if_late)
{
	int status;

	for (int i = 0; i < TRIES; i++) {
		status = tap_in_child(body, NULL);
		if (status != status_if_late)
			break;
	}
	return status;
}

static void last_thread_tells(void)
{
	CHECK_EQUAL(status_of(leave_one_by_one, EXITED(3)), EXITED(55));
}

static void send_to_first(struct worker *worker)
{
	long first = kernel_call(SYS_getpid);
	struct capability_header header = { CAPABILITY_VERSION_3, (int)first };

	(void)worker;
	kernel_call(SYS_nanosleep, &short_time, 0l);
	CHECK_EQUAL(kernel_call(SYS_capget, &header, NULL), 0);
	CHECK_EQUAL(kernel_call(SYS_tkill, first, 0l), 0);
	CHECK_EQUAL(kernel_call(SYS_tgkill, first, first, (long)SIGUSR1), 0);
	kernel_call(SYS_exit_group, 0l);
}

static void leave_and_be_sent_to(void *unused)
{
	(void)unused;
	start(&crowd[0], send_to_first, crowd_words);
	kernel_call(SYS_exit, 1l);
}

/* Signals can be sent to a thread that has ended, without effect, as long as its tid is the pid. */
static void dead_can_be_sent_to(void)
{
	siginfo_t info;
	int pid;

	CHECK_EQUAL(status_of(leave_and_be_sent_to, SIGUSR1), 0);
	pid = tap_fork();
	if (pid == 0)
		_exit(0);
	CHECK(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0);
	CHECK_EQUAL(kernel_call(SYS_tkill, (long)pid, (long)SIGKILL), 0);
	CHECK_EQUAL(kernel_call(SYS_tgkill, (long)pid, (long)pid, 0l), 0);
	CHECK_EQUAL(kernel_call(SYS_tgkill, 1l, (long)pid, 0l), -ESRCH);
	tap_join(pid);
	CHECK_EQUAL(kernel_call(SYS_tkill, (long)pid, (long)SIGKILL), -ESRCH);
}

/* Queries about a process, and kill(), accept the tid of any of its threads. */
static void thread_means_its_process(void)
{
	struct worker worker = {};
	uint32_t words[1] = {};
	long tid, limits[2];

	handle(SIGUSR1, record, 0, 0);
	start(&worker, wait_for_end, words);
	tid = (long)worker.tid;
	CHECK_EQUAL(kernel_call(SYS_prlimit64, tid, (long)RLIMIT_NOFILE, NULL, limits), 0);
	CHECK_EQUAL(kernel_call(SYS_getpgid, tid), kernel_call(SYS_getpgid, 0l));
	CHECK_EQUAL(kernel_call(SYS_getsid, tid), kernel_call(SYS_getsid, 0l));
	CHECK_EQUAL(kernel_call(SYS_setpgid, tid, 0l), -EINVAL);
	CHECK_EQUAL(kernel_call(SYS_kill, tid, (long)SIGUSR1), 0);
	wait_until_handled(1);
	CHECK_EQUAL(kernel_call(SYS_wait4, tid, NULL, (long)WNOHANG, NULL), -ECHILD);
	end_all(words);
	join(&worker);
}

static const char *program;

static void exec_from_thread(struct worker *worker)
{
	const char *const arguments[] = { program, NULL }, *const environment[] = { NULL };

	(void)worker;
	kernel_call(SYS_execve, program, arguments, environment);
	kernel_call(SYS_exit_group, 1l);
}

static void exec_in_a_crowd(void *unused)
{
	(void)unused;
	start(&crowd[0], wait_for_ever, crowd_words);
	start(&crowd[1], spin_for_ever, crowd_words);
	start(&crowd[2], exec_from_thread, crowd_words);
	wait_for_ever(&crowd[0]);
}

static void exec_ends_the_others(void)
{
	program = tap_sibling("nop");
	for (int i = 0; i < 20; i++)
		CHECK_EQUAL(tap_in_child(exec_in_a_crowd, NULL), 0);
}

static int crowd_pipe[2];

/* Shares its descriptors with a new process, which uses them once this one has called exec. */
static void share_files(struct worker *worker)
{
	if (kernel_call(SYS_clone, (long)CLONE_FILES, 0l, 0l, 0l, 0l) != 0)
		wait_for_ever(worker);
	worker->words[0] = 1;
	kernel_call(SYS_nanosleep, &short_time, 0l);
	kernel_call(SYS_write, (long)crowd_pipe[1], "x", 1l);
	kernel_call(SYS_exit_group, 0l);
}

/* exec closes descriptors for its caller only, not for a process that shares them just then. */
static void exec_meets_sharer(void)
{
	uint32_t *words =
		mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char byte;

	CHECK(words != MAP_FAILED);
	program = tap_sibling("nop");
	for (int i = 0; i < 20; i++) {
		words[0] = 0;
		CHECK(pipe2(crowd_pipe, O_CLOEXEC) == 0);
		int pid = tap_fork();

		if (pid == 0) {
			start(&crowd[0], share_files, words);
			exec_from_thread(&crowd[1]);
		}
		CHECK(close(crowd_pipe[1]) == 0);
		tap_join(pid);
		CHECK_EQUAL(read(crowd_pipe[0], &byte, 1), words[0]);
		CHECK(close(crowd_pipe[0]) == 0);
	}
}

/* A stop that comes while a thread calls exec does not keep the other threads from ending for it. */
static void exec_comes_with_stop(void)
{
	program = tap_sibling("nop");
	for (unsigned int i = 0; i < 20; i++) {
		int pid = tap_fork(), status;

		if (pid == 0)
			exec_in_a_crowd(NULL);
		sleep_milliseconds(i % 5);
		CHECK(kill(pid, SIGSTOP) == 0);
		CHECK_EQUAL(waitpid(pid, &status, WUNTRACED), pid);
		if (!WIFSTOPPED(status))
			continue;
		CHECK(kill(pid, SIGCONT) == 0);
		CHECK_EQUAL(tap_wait(pid), 0);
	}
}

static void crowd_sleeps(void *unused)
{
	(void)unused;
	for (int i = 0; i < THREADS; i++)
		start(&crowd[i], i % 2 ? wait_for_ever : spin_for_ever, crowd_words);
	for (;;)
		pause();
}

/* All threads stop, continue, and die together. */
static void crowd_is_stopped_and_killed(void)
{
	int status;
	int pid = tap_fork();

	if (pid == 0)
		crowd_sleeps(NULL);
	for (int i = 0; i < 3; i++) {
		sleep_milliseconds(SHORT_TIME);
		CHECK(kill(pid, SIGSTOP) == 0);
		CHECK_EQUAL(waitpid(pid, &status, WUNTRACED), pid);
		CHECK(WIFSTOPPED(status));
		CHECK(kill(pid, SIGCONT) == 0);
		CHECK_EQUAL(waitpid(pid, &status, WCONTINUED), pid);
	}
	CHECK(kill(pid, SIGSTOP) == 0);
	CHECK(kill(pid, SIGKILL) == 0);
	do {
		CHECK_EQUAL(waitpid(pid, &status, 0), pid);
	} while (WIFSTOPPED(status));
	CHECK(WIFSIGNALED(status));
	CHECK_EQUAL(WTERMSIG(status), SIGKILL);
}

/* A lock, and the robust list of its owner. */
struct owned {
	struct robust_list_head head;
	struct robust_list entry;
	uint32_t word;
};

static long take_for_good(struct owned *owned, uint32_t tid)
{
	owned->word = tid | FUTEX_WAITERS;
	owned->entry.next = &owned->head.list;
	owned->head.list.next = &owned->entry;
	owned->head.futex_offset = (long)((char *)&owned->word - (char *)&owned->entry);
	return kernel_call(SYS_set_robust_list, &owned->head, sizeof(owned->head));
}

/* If a thread ends with a lock in its robust list, the lock's word says so. */
static void die_with_lock(struct worker *worker)
{
	static struct owned owned;

	worker->result = take_for_good(&owned, worker->tid);
	worker->words = &owned.word;
}

static void robust_list(void)
{
	struct worker worker = {};

	start(&worker, die_with_lock, NULL);
	join(&worker);
	CHECK_EQUAL(worker.result, 0);
	CHECK_EQUAL(*worker.words, FUTEX_WAITERS | FUTEX_OWNER_DIED);
}

/* The same if the owner is a process that shares no memory with others except the lock. */
static void robust_list_of_process(void)
{
	struct owned *owned = mmap(NULL, sizeof(*owned), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int child, status;

	CHECK(owned != MAP_FAILED);
	child = tap_fork();
	if (child == 0) {
		take_for_good(owned, (uint32_t)getpid());
		kill(getpid(), SIGKILL);
	}
	CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
	CHECK_EQUAL(owned->word, FUTEX_WAITERS | FUTEX_OWNER_DIED);
}

static const struct tap_case cases[] = {
	{ "threads-come-and-go", threads_come_and_go, 0 },
	{ "threads-pretend", threads_pretend, 0 },
	{ "lock-excludes", lock_excludes, 0 },
	{ "futex-errors", futex_errors, 0 },
	{ "wakes-are-counted", wakes_are_counted, 0 },
	{ "sleepers-are-moved", sleepers_are_moved, 0 },
	{ "wake-with-operation", wake_with_operation, 0 },
	{ "futex-between-processes", futex_between_processes, 0 },
	{ "signals-find-their-thread", signals_find_their_thread, 0 },
	{ "waiters-share-signals", waiters_share_signals, 0 },
	{ "exit-ends-all", exit_ends_all, 0 },
	{ "first-thread-may-leave", first_thread_may_leave, 0 },
	{ "last-thread-tells", last_thread_tells, 0 },
	{ "dead-can-be-sent-to", dead_can_be_sent_to, 0 },
	{ "thread-means-its-process", thread_means_its_process, 0 },
	{ "exec-ends-the-others", exec_ends_the_others, 0 },
	{ "exec-meets-sharer", exec_meets_sharer, 0 },
	{ "exec-comes-with-stop", exec_comes_with_stop, 0 },
	{ "crowd-is-stopped-and-killed", crowd_is_stopped_and_killed, 0 },
	{ "robust-list", robust_list, 0 },
	{ "robust-list-of-process", robust_list_of_process, 0 },
};

const struct tap_group signal_thread_group = TAP_GROUP(cases);
