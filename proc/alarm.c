/*
 * Alarms (proc/alarm.h): a tree of those that are set, by deadline, and the thread that sleeps until
 * the first of them. All under family_lock.
 */
#include "proc/alarm.h"

#include "arch/riscv/timer.h"
#include "fs/wait.h"
#include "lib/log.h"
#include "proc/signal.h"

static struct tree alarms GUARDED_BY(family_lock);
static struct wait_queue sooner; /* the thread, when another alarm becomes the first */

static struct alarm *alarm_of(struct tree_node *node)
{
	return tree_entry_or_null(node, struct alarm, node);
}

static void insert(struct alarm *alarm) REQUIRES(family_lock)
{
	struct tree_node *parent = NULL, **link = &alarms.root;

	while (*link) {
		parent = *link;
		link = &parent->child[alarm->deadline >= alarm_of(parent)->deadline];
	}
	tree_insert(&alarms, &alarm->node, parent, link);
	alarm->active = true;
}

void alarm_stop(struct alarm *alarm)
{
	if (alarm->active)
		tree_remove(&alarms, &alarm->node);
	alarm->active = false;
}

void alarm_set(struct alarm *alarm, u64 deadline, u64 interval)
{
	alarm_stop(alarm);
	alarm->deadline = deadline;
	alarm->interval = interval;
	insert(alarm);
	if (alarm_of(tree_first(&alarms)) == alarm)
		wake_all(&sooner);
}

/* When the alarm goes off next: the first moment of its grid that is still to come. */
static u64 next_moment(const struct alarm *alarm, u64 now)
{
	u64 missed = (now - alarm->deadline) / alarm->interval;

	return alarm->deadline + (missed + 1) * alarm->interval;
}

/* Lets all go off that are due. The result is when the next one is. */
static u64 run_due(u64 now) REQUIRES(family_lock)
{
	struct alarm *alarm;

	while ((alarm = alarm_of(tree_first(&alarms))) && alarm->deadline <= now) {
		alarm_stop(alarm);
		if (alarm->interval)
			alarm_set(alarm, next_moment(alarm, now), alarm->interval);
		alarm->expired(alarm);
	}
	return alarm ? alarm->deadline : WAIT_FOREVER;
}

static NORETURN void run(void *unused)
{
	struct waiter waiter = {};

	(void)unused;
	for (;;) {
		u64 next;

		wait_join(&sooner, &waiter);
		spin_lock(&family_lock);
		next = run_due(time_now());
		spin_unlock(&family_lock);
		wait_sleep_uninterruptible(next);
	}
}

void alarm_start(void)
{
	wait_queue_init(&sooner);
	if (!kernel_thread("alarm", run, NULL))
		panic("no memory for the alarm thread");
}

static void send_alarm(struct alarm *alarm) REQUIRES(family_lock)
{
	const struct signal_info info = { .signal = SIGALRM, .code = SI_KERNEL };

	signal_send_process(container_of(alarm, struct process, alarm), &info);
}

void alarm_init_process(struct process *process)
{
	process->alarm.expired = send_alarm;
}
