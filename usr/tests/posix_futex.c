/* Futexes: the operation that changes one word and wakes at two, deadlines, robust lists. */
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/abi/futex.h"
#include "usr/tests/memory.h"
#include "usr/tests/posixtest.h"

#define MILLISECOND 1000000l
#define WORD_BEFORE 6u

#define WAKE_OP(operation, operand, comparison, compared)                          \
	((long)((operation) << 28 | (comparison) << 24 | ((operand)&0xfff) << 12 | \
		((compared)&0xfff)))

static uint32_t words[2];

/* Does the operation on the second word, and returns that. */
static uint32_t changed(unsigned int operation, unsigned int operand)
{
	words[1] = WORD_BEFORE;
	GIVES(0, futex, words, FUTEX_WAKE_OP, 1, 1, words + 1,
		WAKE_OP(operation, operand, FUTEX_OP_CMP_EQ, 0u));
	return words[1];
}

static void words_change(void)
{
	CHECK_EQUAL(changed(FUTEX_OP_SET, 5), 5);
	CHECK_EQUAL(changed(FUTEX_OP_ADD, 5), WORD_BEFORE + 5);
	CHECK_EQUAL(changed(FUTEX_OP_ADD, -1u), WORD_BEFORE - 1);
	CHECK_EQUAL(changed(FUTEX_OP_OR, 1), WORD_BEFORE | 1);
	CHECK_EQUAL(changed(FUTEX_OP_ANDN, 2), WORD_BEFORE & ~2u);
	CHECK_EQUAL(changed(FUTEX_OP_XOR, 3), WORD_BEFORE ^ 3);
	CHECK_EQUAL(changed(FUTEX_OP_SET | FUTEX_OP_OPARG_SHIFT, 9), 1u << 9);
	GIVES(-ENOSYS, futex, words, FUTEX_WAKE_OP, 1, 1, words + 1, WAKE_OP(5u, 0u, 0u, 0u));
}

static void sleep_on_second(void *argument)
{
	const struct timespec limit = { .tv_sec = 60 };

	(void)argument;
	_exit((int)-kernel_call(SYS_futex, words + 1, FUTEX_WAIT, WORD_BEFORE, &limit, NULL, 0));
}

/* How many sleepers at the second word are woken if it is compared like this. */
static long woken(unsigned int comparison, unsigned int compared)
{
	struct thread sleeper;
	long count;

	words[1] = WORD_BEFORE;
	thread_start(&sleeper, sleep_on_second, NULL);
	/* Waits for the sleeper: it can then be moved, if only to the same word. */
	while (kernel_call(SYS_futex, words + 1, FUTEX_REQUEUE, 0, 1, words + 1, 0) == 0)
		sleep_milliseconds(1);
	count = kernel_call(SYS_futex, words, FUTEX_WAKE_OP, 1, 1, words + 1,
		WAKE_OP(FUTEX_OP_OR, 0u, comparison, compared));
	if (count != 1)
		GIVES(1, futex, words + 1, FUTEX_WAKE, 1, NULL, NULL, 0);
	thread_join(&sleeper);
	return count;
}

static void words_are_compared(void)
{
	CHECK_EQUAL(woken(FUTEX_OP_CMP_EQ, WORD_BEFORE), 1);
	CHECK_EQUAL(woken(FUTEX_OP_CMP_EQ, 0), 0);
	CHECK_EQUAL(woken(FUTEX_OP_CMP_NE, WORD_BEFORE), 0);
	CHECK_EQUAL(woken(FUTEX_OP_CMP_NE, 0), 1);
	CHECK_EQUAL(woken(FUTEX_OP_CMP_LT, WORD_BEFORE), 0);
	CHECK_EQUAL(woken(FUTEX_OP_CMP_LT, WORD_BEFORE + 1), 1);
	CHECK_EQUAL(woken(FUTEX_OP_CMP_LE, WORD_BEFORE - 1), 0);
	CHECK_EQUAL(woken(FUTEX_OP_CMP_LE, WORD_BEFORE), 1);
	CHECK_EQUAL(woken(FUTEX_OP_CMP_GT, WORD_BEFORE), 0);
	CHECK_EQUAL(woken(FUTEX_OP_CMP_GT, -1u), 1); /* a signed comparison */
	CHECK_EQUAL(woken(FUTEX_OP_CMP_GE, WORD_BEFORE + 1), 0);
	CHECK_EQUAL(woken(FUTEX_OP_CMP_GE, WORD_BEFORE), 1);
	CHECK_EQUAL(woken(6, WORD_BEFORE), -ENOSYS);
}

static void wrong_calls(void)
{
	GIVES(-ENOSYS, futex, words, 77, 0, NULL, NULL, 0);
	GIVES(-ENOSYS, futex, words, FUTEX_WAKE | FUTEX_CLOCK_REALTIME, 1, NULL, NULL, 0);
	GIVES(-EINVAL, futex, words, FUTEX_REQUEUE, -1, 1, words + 1, 0);
	GIVES(-EINVAL, futex, words, FUTEX_REQUEUE, 1, -1, words + 1, 0);
	GIVES(0, futex, words, FUTEX_REQUEUE, 1, 1, words + 1, 0);
	GIVES(-EINVAL, futex, (char *)words + 1, FUTEX_WAKE, 1, NULL, NULL, 0);
	GIVES(-EFAULT, futex, words, FUTEX_WAKE_OP, 1, 1, BAD_POINTER, 0);
}

static void deadlines(void)
{
	struct timespec time = { .tv_nsec = 20 * MILLISECOND };

	words[0] = 0;
	GIVES(-ETIMEDOUT, futex, words, FUTEX_WAIT, 0, &time, NULL, 0);
	GIVES(-ETIMEDOUT, futex, words, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &time, NULL,
		FUTEX_BITSET_MATCH_ANY);
	clock_gettime(CLOCK_REALTIME, &time);
	time.tv_sec++;
	GIVES(-EAGAIN, futex, words, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 1, &time, NULL,
		FUTEX_BITSET_MATCH_ANY);
	time = (struct timespec){ .tv_nsec = -1 };
	GIVES(-EINVAL, futex, words, FUTEX_WAIT, 0, &time, NULL, 0);
}

static void nothing(int signal)
{
	(void)signal;
}

/* A handler ends a wait with a timeout, even if it has SA_RESTART. */
static void signals_end_waits(void)
{
	const struct sigaction action = { .sa_handler = nothing, .sa_flags = SA_RESTART };
	const struct timespec limit = { .tv_sec = 60 };
	const int parent = getpid();
	int child;

	CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
	child = tap_fork();
	if (child == 0) {
		tap_wait_until_asleep(parent);
		kill(parent, SIGUSR1);
		_exit(0);
	}
	words[0] = 0;
	GIVES(-EINTR, futex, words, FUTEX_WAIT, 0, &limit, NULL, 0);
	tap_join(child);
}

/* A new program does not inherit the old one's locks. */
static void exec_other(void)
{
	static char *arguments[] = { "posixtest", "-l", NULL };

	close(STDOUT_FILENO);
	WORKS(execve, tap_program(), arguments, NULL);
}

/* Makes a process end with this list of locks that it holds; returns the word after that. */
static uint32_t end_with(struct robust_list_head *head, uint32_t *word, uint32_t with,
	void (*end)(void))
{
	int child;

	*word = 0;
	child = tap_fork();
	if (child == 0) {
		*word = with | (uint32_t)getpid();
		WORKS(set_robust_list, head, sizeof(*head));
		if (end != NULL)
			end();
		_exit(0);
	}
	CHECK_EQUAL(tap_wait(child), 0);
	return *word;
}

static void locks_of_the_dead(void)
{
	uint32_t *word =
		mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct robust_list entry;
	struct robust_list_head head = { .list = { &entry },
		.futex_offset = (long)word - (long)&entry };

	entry.next = &head.list;
	CHECK_EQUAL(end_with(&head, word, 0, NULL), FUTEX_OWNER_DIED);
	CHECK_EQUAL(end_with(&head, word, FUTEX_WAITERS, NULL), FUTEX_WAITERS | FUTEX_OWNER_DIED);
	CHECK_EQUAL(end_with(&head, word, 0, exec_other), FUTEX_OWNER_DIED);
	head.list.next = &head.list;
	head.list_op_pending = &entry;
	CHECK_EQUAL(end_with(&head, word, 0, NULL), FUTEX_OWNER_DIED);
	/* Malformed lists do no harm. */
	head.futex_offset++;
	CHECK((end_with(&head, word, 0, NULL) & FUTEX_OWNER_DIED) == 0);
	head = (struct robust_list_head){ .list = { &entry }, .futex_offset = -(long)&entry };
	CHECK((end_with(&head, word, 0, NULL) & FUTEX_OWNER_DIED) == 0);
	entry.next = BAD_POINTER;
	head.futex_offset = (long)word - (long)&entry;
	CHECK_EQUAL(end_with(&head, word, 0, NULL), FUTEX_OWNER_DIED);
	entry.next = &entry;
	CHECK_EQUAL(end_with(&head, word, 0, NULL), FUTEX_OWNER_DIED);
}

static int flipper_stops;

static void flip_word(void *argument)
{
	(void)argument;
	while (!atomic_load_flag(&flipper_stops))
		__atomic_fetch_xor(words, 0x01010101u, __ATOMIC_RELAXED);
}

/* The word is read as a whole: a wait for a mixture of its old and its new value does not sleep. */
static void word_is_whole(void)
{
	const struct timespec limit = { .tv_nsec = MILLISECOND };
	unsigned long end = now_nanoseconds() + 300 * MILLISECOND;
	struct thread flipper;

	words[0] = 0;
	thread_start(&flipper, flip_word, NULL);
	while (now_nanoseconds() < end)
		GIVES(-EAGAIN, futex, words, FUTEX_WAIT, 0x0101, &limit, NULL, 0);
	atomic_store_flag(&flipper_stops, 1);
	thread_join(&flipper);
}

static const struct tap_case cases[] = {
	{ "futex-words-change", words_change, 0 },
	{ "futex-words-are-compared", words_are_compared, 0 },
	{ "futex-word-is-whole", word_is_whole, 0 },
	{ "futex-wrong-calls", wrong_calls, 0 },
	{ "futex-deadlines", deadlines, 0 },
	{ "futex-signals-end-waits", signals_end_waits, 0 },
	{ "futex-locks-of-the-dead", locks_of_the_dead, 0 },
};

const struct tap_group posix_futex_group = TAP_GROUP(cases);
