/*
 * Mistakes with locks, made on purpose for the test of the lock checker (arch/riscv/lock_check.h):
 * what is written to /proc/lock-check, a file that only debug builds have, says which. Each ends in
 * the checker's panic.
 */
#include "arch/riscv/lock.h"
#include "fs/procfs.h"
#include "fs/wait.h"
#include "lib/abi/errno.h"
#include "lib/string.h"
#include "proc/timer.h"

#define SHORT_WHILE 1000000UL /* nanoseconds */
#define MANY        20        /* locks */

static struct spinlock first, second;
static _Atomic bool expired;

static void plant_order(void) NO_THREAD_SAFETY_ANALYSIS
{
	spin_lock(&first);
	spin_lock(&second);
	spin_unlock(&second);
	spin_unlock(&first);
	spin_lock(&second);
	spin_lock(&first);
}

static void plant_recursion(void) NO_THREAD_SAFETY_ANALYSIS
{
	spin_lock(&first);
	spin_lock(&first);
}

static void plant_sleep(void) NO_THREAD_SAFETY_ANALYSIS
{
	spin_lock(&first);
	wait_sleep_uninterruptible(time_now() + SHORT_WHILE);
}

static void plant_sleep_without_interrupts(void)
{
	interrupts_disable();
	wait_sleep_uninterruptible(time_now() + SHORT_WHILE);
}

static void lock_in_handler(struct timer *timer UNUSED)
{
	spin_lock(&first);
	spin_unlock(&first);
	expired = true;
}

/* The handler runs first: while the lock is held, it would be a mistake of order as well. */
static void plant_context(void)
{
	static struct timer timer;

	timer_setup(&timer, lock_in_handler);
	timer_start(&timer, time_now() + SHORT_WHILE);
	while (!expired)
		cpu_relax();
	spin_lock(&first);
	spin_unlock(&first);
}

static void plant_release(void) NO_THREAD_SAFETY_ANALYSIS
{
	spin_unlock(&first);
}

/* By rising addresses, as is right for locks of one class, but more than a hart may hold. */
static void plant_many(void) NO_THREAD_SAFETY_ANALYSIS
{
	static struct spinlock many[MANY];

	for (u32 i = 0; i < MANY; i++)
		spin_lock(&many[i]);
}

static const struct plant {
	const char *name;
	void (*make)(void);
} plants[] = {
	{ "order", plant_order },
	{ "recursion", plant_recursion },
	{ "sleep", plant_sleep },
	{ "sleep-without-interrupts", plant_sleep_without_interrupts },
	{ "context", plant_context },
	{ "release", plant_release },
	{ "many", plant_many },
};

int procfs_plant_lock_mistake(void *argument UNUSED, const char *text, size_t size)
{
	size_t length = size && text[size - 1] == '\n' ? size - 1 : size;

	for (size_t i = 0; i < ARRAY_SIZE(plants); i++)
		if (strlen(plants[i].name) == length && memcmp(text, plants[i].name, length) == 0)
			plants[i].make();
	return -EINVAL;
}
