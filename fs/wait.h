/*
 * How a task waits for something, as everything below proc/ sees it: declared here, implemented
 * by the scheduler in proc/wait.c.
 *
 * A waiter first joins the queue, then tests its condition, then sleeps: a wake-up that comes
 * between the test and the sleep is not lost, because joining has already marked it as waiting.
 *
 *	struct waiter waiter;
 *
 *	for (;;) {
 *		wait_join(&pipe->readable, &waiter);
 *		spin_lock(&pipe->lock);
 *		if (there is something to read)
 *			break;
 *		spin_unlock(&pipe->lock);
 *		error = wait_sleep(WAIT_FOREVER);
 *		if (error)
 *			break;
 *	}
 *	wait_leave(&waiter);
 */
#pragma once

#include "arch/riscv/lock.h"
#include "lib/list.h"
#include "lib/types.h"
#include "mm/wait.h"

struct task;

struct wait_queue {
	struct spinlock lock; /* taken with interrupts off: handlers wake tasks */
	struct list waiters;
};

struct waiter {
	struct list_node node;
	struct wait_queue *queue; /* NULL while in none */
	/* NULL: `task` is to be woken. Else called, in any context, with queue->lock held. */
	void (*notify)(struct waiter *waiter);
	union {
		struct task *task;
		void *owner; /* notify's own */
	};
};

#define WAIT_FOREVER UINT64_MAX

#define WAIT_QUEUE_INITIAL(queue)                         \
	{                                                 \
		.waiters = LIST_INITIAL((queue).waiters), \
	}

void wait_queue_init(struct wait_queue *queue);

/*
 * Puts the current task into the queue, at the end, if the waiter is not in it, and marks the task
 * as about to sleep. A task may be in several queues at once, with one waiter for each.
 * The waiter must be zeroed before its first use (struct waiter waiter = {}).
 */
void wait_join(struct wait_queue *queue, struct waiter *waiter);

/* Queues a waiter that does not sleep: notify, set by the caller, is called instead. */
void wait_watch(struct wait_queue *queue, struct waiter *waiter);

/* Takes the waiter out, and marks the task as running. Needed on every way out. */
void wait_leave(struct waiter *waiter);

/*
 * Sleeps until woken. deadline: nanoseconds on the monotonic clock, or WAIT_FOREVER. 0: woken, test
 * the condition again. -EINTR: a signal is pending. -ETIMEDOUT: the deadline has passed.
 */
int wait_sleep(u64 deadline);

/* The same, but ignores signals. 0 or -ETIMEDOUT. */
int wait_sleep_uninterruptible(u64 deadline);

/* From any context, interrupt handlers too. wake_one() wakes the one that has waited longest. */
void wake_one(struct wait_queue *queue);
void wake_all(struct wait_queue *queue);

/* A lock that may be held while sleeping. Not for interrupt handlers, not recursive. */
struct CAPABILITY("mutex") mutex {
	_Atomic u32 held;
	struct wait_queue queue;
};

void mutex_init(struct mutex *mutex);
void mutex_lock(struct mutex *mutex) ACQUIRE(*mutex);
void mutex_unlock(struct mutex *mutex) RELEASE(*mutex);
