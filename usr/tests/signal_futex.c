/* Futexes: locks, sleepers that are counted, moved and woken, and what a dead owner leaves. */
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/abi/futex.h"
#include "usr/tests/memory.h"
#include "usr/tests/signaltest.h"
#include "usr/tests/thread.h"
#include "usr/tests/worker.h"

#define SHORT_TIME 30 /* milliseconds */
#define THREADS    4
#define ROUNDS     2000
#define MANY       99

static const struct timespec short_time = { 0, SHORT_TIME * 1000000l };

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
		worker_start(&workers[i], count_up, words);
	for (int i = 0; i < THREADS; i++)
		worker_join(&workers[i]);
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
		worker_start(&workers[i], sleep_on_first, words);
	}
	wait_for_sleepers(words, FUTEX_PRIVATE_FLAG, THREADS);
}

static void join_sleepers(struct worker *workers)
{
	for (int i = 0; i < THREADS; i++) {
		worker_join(&workers[i]);
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

	worker_start(&worker, die_with_lock, NULL);
	worker_join(&worker);
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
	{ "lock-excludes", lock_excludes, 0 },
	{ "futex-errors", futex_errors, 0 },
	{ "wakes-are-counted", wakes_are_counted, 0 },
	{ "sleepers-are-moved", sleepers_are_moved, 0 },
	{ "wake-with-operation", wake_with_operation, 0 },
	{ "futex-between-processes", futex_between_processes, 0 },
	{ "robust-list", robust_list, 0 },
	{ "robust-list-of-process", robust_list_of_process, 0 },
};

const struct tap_group signal_futex_group = TAP_GROUP(cases);
