/*
 * Waiting (fs/wait.h).
 *
 * A waiter stays in its queue until it leaves by itself. Only the state of its task says whether it
 * sleeps: wait_join() makes it TASK_WAITING, and exactly one waker, or the waiter itself when it
 * gives up, changes that back. A waker skips waiters that are awake already, so each wake_one()
 * wakes a different one.
 */
#include "fs/wait.h"

#include "arch/riscv/hart.h"
#include "lib/abi/errno.h"
#include "proc/schedule.h"
#include "proc/signal.h"
#include "proc/stop.h"
#include "proc/task.h"

void wait_queue_init(struct wait_queue *queue)
{
	spin_init(&queue->lock);
	list_init(&queue->waiters);
}

void task_prepare_wait(void)
{
	/* Ordered before the caller's test of its condition; see is_empty(). */
	atomic_store_explicit(&current->state, TASK_WAITING, memory_order_relaxed);
	atomic_thread_fence(memory_order_seq_cst);
}

void task_finish_wait(void)
{
	atomic_store_explicit(&current->state, TASK_RUNNABLE, memory_order_relaxed);
}

void wait_watch(struct wait_queue *queue, struct waiter *waiter)
{
	u64 flags = spin_lock_irqsave(&queue->lock);

	waiter->queue = queue;
	list_push_back(&queue->waiters, &waiter->node);
	spin_unlock_irqrestore(&queue->lock, flags);
	/* Ordered before the caller's test of its condition; see is_empty(). */
	atomic_thread_fence(memory_order_seq_cst);
}

void wait_join(struct wait_queue *queue, struct waiter *waiter)
{
	if (!waiter->queue) {
		waiter->task = current;
		wait_watch(queue, waiter);
	}
	task_prepare_wait();
}

void wait_leave(struct waiter *waiter)
{
	struct wait_queue *queue = waiter->queue;

	task_finish_wait();
	if (!queue)
		return;
	u64 flags = spin_lock_irqsave(&queue->lock);

	list_remove(&waiter->node);
	spin_unlock_irqrestore(&queue->lock, flags);
	waiter->queue = NULL;
}

/* Back to running, unless somebody has just woken us: then the caller tests its condition first. */
static int give_up(int error)
{
	u32 state = TASK_WAITING;

	return atomic_compare_exchange_strong(&current->state, &state, TASK_RUNNABLE) ? error : 0;
}

static void wake_sleeper(struct timer *timer)
{
	task_wake_from(container_of(timer, struct task, sleep_timer), TASK_WAITING);
}

int wait_sleep_uninterruptible(u64 deadline)
{
	struct task *task = current;

	lock_check_sleep();
	if (deadline == WAIT_FOREVER) {
		schedule();
		return 0;
	}
	if (time_now() >= deadline)
		return give_up(-ETIMEDOUT);
	timer_setup(&task->sleep_timer, wake_sleeper);
	timer_start(&task->sleep_timer, deadline);
	schedule();
	timer_cancel(&task->sleep_timer);
	return 0;
}

int wait_sleep(u64 deadline)
{
	struct task *task = current;

	/* Read after task_prepare_wait()'s fence, like the caller's own condition. */
	if (atomic_load_explicit(&task->signal_pending, memory_order_relaxed))
		return give_up(signal_interrupts_call(RESTART_UNLESS_FORBIDDEN));
	return wait_sleep_uninterruptible(deadline);
}

int task_sleep(u64 deadline)
{
	int error;

	do {
		task_prepare_wait();
		error = wait_sleep(deadline);
	} while (!error);
	task_finish_wait();
	return error;
}

bool wait_give_way(void)
{
	if (likely(!hart_has_work()) || !current->process)
		return true;
	if (atomic_fetch_and(&this_hart()->work, ~WORK_STOP) & WORK_STOP) {
		u64 flags = interrupts_save();

		harts_stop_point();
		interrupts_restore(flags);
	}
	if (atomic_fetch_and(&this_hart()->work, ~WORK_RESCHEDULE) & WORK_RESCHEDULE)
		schedule();
	return !signal_ends_task();
}

/*
 * Whether nobody waits. Read without the lock: either this sees the waiter, or the waiter, which
 * tests its condition after it has joined, sees what the waker did before.
 */
static bool is_empty(const struct wait_queue *queue)
{
	atomic_thread_fence(memory_order_seq_cst);
	return __atomic_load_n(&queue->waiters.ring.next, __ATOMIC_RELAXED) == &queue->waiters.ring;
}

static void wake(struct wait_queue *queue, bool all)
{
	struct waiter *waiter;

	if (is_empty(queue))
		return;
	u64 flags = spin_lock_irqsave(&queue->lock);

	list_for_each_entry(waiter, &queue->waiters, node) {
		if (waiter->notify)
			waiter->notify(waiter);
		else if (task_wake_from(waiter->task, TASK_WAITING) && !all)
			break;
	}
	spin_unlock_irqrestore(&queue->lock, flags);
}

void wake_one(struct wait_queue *queue)
{
	wake(queue, false);
}

void wake_all(struct wait_queue *queue)
{
	wake(queue, true);
}

void mutex_init(struct mutex *mutex)
{
	atomic_init(&mutex->held, 0);
	wait_queue_init(&mutex->queue);
}

static bool mutex_try(struct mutex *mutex)
{
	return atomic_exchange_explicit(&mutex->held, 1, memory_order_acquire) == 0;
}

void mutex_lock(struct mutex *mutex) NO_THREAD_SAFETY_ANALYSIS
{
	struct waiter waiter = {};

	lock_check_schedule();
	if (likely(mutex_try(mutex)))
		return;
	for (;;) {
		wait_join(&mutex->queue, &waiter);
		if (mutex_try(mutex))
			break;
		wait_sleep_uninterruptible(WAIT_FOREVER);
	}
	wait_leave(&waiter);
}

void mutex_unlock(struct mutex *mutex) NO_THREAD_SAFETY_ANALYSIS
{
	atomic_store_explicit(&mutex->held, 0, memory_order_release);
	wake_one(&mutex->queue);
}
