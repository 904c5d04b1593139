/*
 * Futexes (proc/futex.c) on a simulated machine (machine.h). Other tasks act at the worst moment:
 * when a task is about to take a lock, or about to sleep. These moments last for a few
 * instructions, and real machines rarely meet them.
 */
#include "proc/futex.h"

#include "lib/error.h"
#include "mm/uaccess.h"
#include "proc/schedule.h"
#include "proc/task.h"
#include "tests/unit/machine.h"
#include "tests/unit/unit.h"

#define ANY_BITS UINT32_MAX
#define PAST     1 /* a deadline */
#define REQUEUES 1000000

/* Two words in different buckets: the values that are hashed for them differ by 1. */
static const u64 first = GIB(1), second = GIB(1) + sizeof(u32);

static struct process process;
static struct task tasks[HARTS_MAX];
struct hart harts[HARTS_MAX];

/* What others do, once, when the task is about to be marked as sleeping, and while it sleeps. */
static void (*before_marking)(void), (*asleep)(void);

static s64 woken; /* what the last wake-up returned */

void task_prepare_wait(void)
{
	machine_act(&before_marking);
	current->state = TASK_WAITING;
}

void task_finish_wait(void)
{
	current->state = TASK_RUNNABLE;
}

int wait_sleep(u64 deadline)
{
	machine_act(&asleep);
	if (current->state == TASK_RUNNABLE)
		return 0;
	CHECK(deadline != WAIT_FOREVER);
	return -ETIMEDOUT;
}

bool task_wake_from(struct task *task, u32 state)
{
	return atomic_compare_exchange_strong(&task->state, &state, TASK_RUNNABLE);
}

static void store(u64 address, u32 word)
{
	CHECK_EQUAL(copy_to_user(process.space, UADDR(address), &word, sizeof(word)), 0);
}

static void wake_first(void)
{
	woken = futex_wake(first, 1, ANY_BITS, true);
}

static void wake_second(void)
{
	woken = futex_wake(second, 1, ANY_BITS, true);
}

static void move(void)
{
	CHECK_EQUAL(futex_requeue(first, second, 0, 1, NULL, true), 1);
}

static void nobody_waits(void)
{
	wake_first();
	CHECK_EQUAL(woken, 0);
	wake_second();
	CHECK_EQUAL(woken, 0);
}

static s64 wait_for_first(u64 deadline)
{
	return futex_wait(first, 0, ANY_BITS, true, deadline);
}

/* Lets others act when the task is about to take a lock, after so many others. */
static void act_after_locks(u32 locks, void (*act)(void))
{
	woken = 0;
	machine_act_after_locks(locks, act);
}

/* A waiter that was reported as woken returns as woken, even if its deadline has passed. */
static void woken_at_deadline(void)
{
	u32 locks = 0;
	s64 result;

	do {
		act_after_locks(locks++, wake_first);
		result = wait_for_first(PAST);
		CHECK_EQUAL(result, woken ? 0 : -ETIMEDOUT);
	} while (machine_has_acted());
	nobody_waits();
}

static void woken_before_sleep(void)
{
	before_marking = wake_first;
	CHECK_EQUAL(wait_for_first(WAIT_FOREVER), 0);
	CHECK_EQUAL(woken, 1);
	asleep = wake_first;
	CHECK_EQUAL(wait_for_first(WAIT_FOREVER), 0);
	CHECK_EQUAL(woken, 1);
	nobody_waits();
}

/* The word changes, and its waiter is woken; a task that does not wait yet must not begin to. */
static void change_and_wake(void)
{
	store(first, 1);
	wake_first();
}

static void changed_before_sleep(void)
{
	u32 locks = 0;
	bool acted;
	s64 result;

	do {
		act_after_locks(locks++, change_and_wake);
		result = wait_for_first(PAST);
		acted = machine_has_acted();
		if (acted)
			CHECK_EQUAL(result, woken ? 0 : -EAGAIN);
		store(first, 0);
	} while (acted);
	nobody_waits();
}

static void moved_while_asleep(void)
{
	asleep = move;
	CHECK_EQUAL(wait_for_first(PAST), -ETIMEDOUT);
	nobody_waits();
}

/* A waiter that is moved while it gives up has to leave the new queue; here it is woken before. */
static void move_and_wake(void)
{
	move();
	machine_before_locking = wake_second;
}

static void move_before_locking(void)
{
	machine_before_locking = move_and_wake;
}

static void moved_at_deadline(void)
{
	woken = 0;
	asleep = move_before_locking;
	CHECK_EQUAL(wait_for_first(PAST), 0);
	CHECK_EQUAL(woken, 1);
	nobody_waits();
}

/* No waiter is moved from a word that no longer has the expected value. */
static void change_first(void)
{
	store(first, 1);
}

static void move_unless_changed(void)
{
	const u32 expected = 0;
	u32 locks = 0;
	s64 result;
	bool acted;

	do {
		act_after_locks(locks++, change_first);
		result = futex_requeue(first, second, 0, 1, &expected, true);
		acted = machine_has_acted();
		CHECK_EQUAL(result, acted ? -EAGAIN : 1);
		store(first, 0);
	} while (acted);
}

static void changed_before_moving(void)
{
	asleep = move_unless_changed;
	CHECK_EQUAL(wait_for_first(PAST), -ETIMEDOUT);
	nobody_waits();
}

/* Two tasks that move sleepers to each other's word do not deadlock. */
static void move_there(void)
{
	for (u32 i = 0; i < REQUEUES; i++)
		CHECK_EQUAL(futex_requeue(first, second, 0, 1, NULL, true), 0);
}

static void move_back(void)
{
	for (u32 i = 0; i < REQUEUES; i++)
		CHECK_EQUAL(futex_requeue(second, first, 0, 1, NULL, true), 0);
}

static void moved_both_ways(void)
{
	machine_run_both(move_there, move_back);
}

static void start(void)
{
	const struct region region = {
		.start = first,
		.end = first + PAGE_SIZE,
		.flags = REGION_READ | REGION_WRITE,
	};

	machine_start();
	futex_init();
	process.space = space_create();
	CHECK_EQUAL(space_map(process.space, &region, MAP_EXACT), first);
	for (u32 i = 0; i < HARTS_MAX; i++) {
		tasks[i].process = &process;
		hart_set_task(&harts[i], &tasks[i]);
	}
	store(first, 0);
}

int main(void)
{
	static const struct unit_case cases[] = {
		{ "woken as the deadline passes", woken_at_deadline },
		{ "woken on the way to sleep", woken_before_sleep },
		{ "the word changes on the way to sleep", changed_before_sleep },
		{ "moved to another word", moved_while_asleep },
		{ "moved and woken as the deadline passes", moved_at_deadline },
		{ "the word changes before sleepers are moved", changed_before_moving },
		{ "moved to and fro", moved_both_ways },
	};

	start();
	return UNIT_RUN(cases);
}
