/*
 * Alarms (proc/alarm.h): a tree, by deadline, of those on the monotonic clock, and the thread that
 * sleeps until the first of them; and each process's list of those that count its time. All under
 * family_lock.
 */
#include "proc/alarm.h"

#include "arch/riscv/timer.h"
#include "fs/wait.h"
#include "lib/log.h"
#include "proc/pid.h"
#include "proc/schedule.h"
#include "proc/signal.h"

static struct tree alarms GUARDED_BY(family_lock);
/* Where the thread sleeps; woken when another alarm becomes the first. */
static struct wait_queue sooner = WAIT_QUEUE_INITIAL(sooner);

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

static void remove(struct alarm *alarm) REQUIRES(family_lock)
{
	if (alarm->clock == ALARM_MONOTONIC)
		tree_remove(&alarms, &alarm->node);
	else
		list_remove(&alarm->process_node);
}

void alarm_stop(struct alarm *alarm)
{
	if (alarm->active)
		remove(alarm);
	alarm->active = false;
}

static void set_for_process(struct alarm *alarm) REQUIRES(family_lock)
{
	list_push_back(&alarm->process->time_alarms, &alarm->process_node);
	alarm->active = true;
	atomic_store(&alarm->process->time_check, 0);
}

void alarm_set(struct alarm *alarm, u64 deadline, u64 interval)
{
	alarm_stop(alarm);
	alarm->deadline = deadline;
	alarm->interval = interval;
	if (alarm->clock != ALARM_MONOTONIC) {
		set_for_process(alarm);
		return;
	}
	insert(alarm);
	if (alarm_of(tree_first(&alarms)) == alarm)
		wake_all(&sooner);
}

u64 alarm_next_moment(u64 deadline, u64 interval, u64 now)
{
	return deadline + ((now - deadline) / interval + 1) * interval;
}

struct task *alarm_task(const struct alarm *alarm)
{
	struct task *task = task_find(alarm->thread);

	return task && task->process == alarm->process ? task : NULL;
}

/* The time that it counts. usage: that of all its process's threads. */
static u64 used_time(const struct alarm *alarm, const struct usage *usage) REQUIRES(family_lock)
{
	struct task *task;

	if (alarm->clock != ALARM_THREAD)
		return usage->runtime - (alarm->clock == ALARM_VIRTUAL ? usage->system : 0);
	task = alarm_task(alarm);
	return task ? task_runtime(task, NULL) : 0;
}

u64 alarm_now(const struct alarm *alarm)
{
	struct usage usage = {};

	if (alarm->clock == ALARM_MONOTONIC)
		return time_now();
	if (alarm->clock != ALARM_THREAD)
		usage = usage_of_process(alarm->process);
	return used_time(alarm, &usage);
}

static void go_off(struct alarm *alarm, u64 now) REQUIRES(family_lock)
{
	alarm_stop(alarm);
	if (alarm->interval)
		alarm_set(alarm, alarm_next_moment(alarm->deadline, alarm->interval, now),
			alarm->interval);
	alarm->expired(alarm, now);
}

/* Makes all that are due go off. Returns when the next one is due. */
static u64 run_due(u64 now) REQUIRES(family_lock)
{
	struct alarm *alarm;

	while ((alarm = alarm_of(tree_first(&alarms))) && alarm->deadline <= now)
		go_off(alarm, now);
	return alarm ? alarm->deadline : WAIT_FOREVER;
}

/* The same for a process's time. Returns how much is left until the next one, or WAIT_FOREVER. */
static u64 check_alarms(struct process *process) REQUIRES(family_lock)
{
	const struct usage usage = usage_of_process(process);
	struct alarm *alarm, *next;
	u64 left = WAIT_FOREVER;

	list_for_each_entry_safe(alarm, next, &process->time_alarms, process_node) {
		u64 now = used_time(alarm, &usage);

		if (alarm->deadline <= now)
			go_off(alarm, now);
		if (alarm->active)
			left = min(left, alarm->deadline - now);
	}
	return left;
}

/*
 * Adding up what many threads have used takes long. It is not done again before the process can
 * have used the time that is left, even if it runs on all harts at once.
 */
void alarm_check_process(struct process *process)
{
	u64 now = time_now(), wait;

	spin_lock(&family_lock);
	wait = check_alarms(process) / hart_count();
	atomic_store(&process->time_check, wait < WAIT_FOREVER - now ? now + wait : WAIT_FOREVER);
	spin_unlock(&family_lock);
}

static NORETURN void run(void *argument UNUSED)
{
	struct waiter waiter = {};

	for (;;) {
		u64 next;

		wait_join(&sooner, &waiter);
		spin_lock(&family_lock);
		next = run_due(time_now());
		spin_unlock(&family_lock);
		/*
		 * However often they go off, the tasks that take their signals run in between, even if
		 * this one has been woken meanwhile: alarms that are set anew do that.
		 */
		if (time_now() >= next || wait_sleep_uninterruptible(next)) {
			task_finish_wait();
			task_yield();
		}
	}
}

void alarm_start(void)
{
	if (!kernel_thread("alarm", run, NULL))
		panic("no memory for the alarm thread");
}

static void send_alarm(struct alarm *alarm, u64 now UNUSED) REQUIRES(family_lock)
{
	static const s32 signals[ITIMERS] = { SIGALRM, SIGVTALRM, SIGPROF };
	const struct signal_info info = {
		.signal = signals[alarm - alarm->process->itimers],
		.code = SI_KERNEL,
	};

	signal_send_process(alarm->process, &info);
}

void alarm_init_itimer(struct process *process, u32 which)
{
	static const enum alarm_clock clocks[ITIMERS] = {
		ALARM_MONOTONIC,
		ALARM_VIRTUAL,
		ALARM_PROCESS,
	};
	struct alarm *alarm = &process->itimers[which];

	alarm->clock = clocks[which];
	alarm->process = process;
	alarm->expired = send_alarm;
}
