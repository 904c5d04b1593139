/*
 * POSIX timers (proc/posix_timer.h), on alarms that go off once: a periodic timer sets its alarm
 * again when the signal is taken.
 */
#include "proc/posix_timer.h"

#include "drivers/clock.h"
#include "lib/error.h"
#include "mm/slab.h"
#include "proc/alarm.h"
#include "proc/pid.h"
#include "proc/signal.h"

/* A timer whose signal is ignored goes off no more often than this. */
#define IGNORED_INTERVAL (NANOSECONDS_PER_SECOND / 100)

struct posix_timer {
	struct list_node node;
	u32 id;
	u64 generation; /* of the setting, from 1: signals of an older one do not set the alarm */
	struct posix_timer_request request;
	struct alarm alarm;
	u64 moment; /* time of its clock when it goes off next, or has gone off; 0: not set */
	u64 interval;
	u64 overrun; /* of the signal that was taken last */
};

static struct posix_timer *find(u32 id) REQUIRES(family_lock)
{
	struct posix_timer *timer;

	list_for_each_entry(timer, &current->process->timers, node)
		if (timer->id == id)
			return timer;
	return NULL;
}

/* Sends the signal. False: nobody will ever take it. */
static bool send(struct posix_timer *timer) REQUIRES(family_lock)
{
	const struct posix_timer_request *request = &timer->request;
	const struct signal_info info = {
		.signal = request->signal,
		.code = SI_TIMER,
		.pid = (s32)timer->id,
		.value = request->value,
		.utime = timer->generation,
	};
	struct process *process = timer->alarm.process;
	struct task *task;

	if (!request->thread)
		return signal_send_process(process, &info);
	task = task_find(request->thread);
	return task && task->process == process && signal_send_task(task, &info);
}

static void expired(struct alarm *alarm, u64 now) REQUIRES(family_lock)
{
	struct posix_timer *timer = container_of(alarm, struct posix_timer, alarm);

	if (!send(timer) && timer->interval) {
		timer->moment = alarm_next_moment(timer->moment, timer->interval, now);
		alarm_set(alarm, max(timer->moment, now + IGNORED_INTERVAL), 0);
	}
}

s64 posix_timer_create(const struct posix_timer_request *request)
{
	struct process *process = current->process;
	struct posix_timer *timer = kmalloc_zeroed(sizeof(*timer));

	if (!timer)
		return -EAGAIN;
	timer->request = *request;
	timer->generation = 1;
	timer->alarm.clock = request->clock;
	timer->alarm.process = process;
	timer->alarm.thread = request->clock_thread;
	timer->alarm.expired = expired;
	spin_lock(&family_lock);
	if (list_length(&process->timers) >= POSIX_TIMERS_MAX) {
		spin_unlock(&family_lock);
		kfree(timer);
		return -EAGAIN;
	}
	do {
		timer->id = process->next_timer++ & INT32_MAX;
	} while (find(timer->id));
	if (request->value_is_id)
		timer->request.value = timer->id;
	list_push_back(&process->timers, &timer->node);
	spin_unlock(&family_lock);
	return timer->id;
}

/* Whether its clock stands still for good. */
static bool thread_has_ended(const struct posix_timer *timer) REQUIRES(family_lock)
{
	return timer->alarm.clock == ALARM_THREAD && !alarm_task(&timer->alarm);
}

static struct timer_setting describe(const struct posix_timer *timer) REQUIRES(family_lock)
{
	u64 left = timer_left(timer->moment, timer->interval, alarm_now(&timer->alarm));

	if (thread_has_ended(timer))
		return (struct timer_setting){};
	if (!left && timer->alarm.active)
		left = 1; /* it is about to go off */
	return (struct timer_setting){ .first = left, .interval = timer->interval };
}

/* The moment of the timer's clock that a setting means. */
static u64 moment_of(const struct posix_timer *timer, u64 first, bool absolute)
	REQUIRES(family_lock)
{
	if (!absolute)
		return alarm_now(&timer->alarm) + first;
	return timer->request.realtime ? clock_monotonic_of(first) : first;
}

int posix_timer_set(u32 id, const struct timer_setting *new, bool absolute,
	struct timer_setting *old)
{
	struct posix_timer *timer;
	int error = -EINVAL;

	spin_lock(&family_lock);
	timer = find(id);
	if (timer)
		error = thread_has_ended(timer) ? -ESRCH : 0;
	if (!error) {
		*old = describe(timer);
		alarm_stop(&timer->alarm);
		timer->generation++;
		timer->overrun = 0;
		timer->interval = new->first ? new->interval : 0;
		timer->moment = new->first ? moment_of(timer, new->first, absolute) : 0;
		if (timer->moment && !timer->request.silent)
			alarm_set(&timer->alarm, timer->moment, 0);
	}
	spin_unlock(&family_lock);
	return error;
}

int posix_timer_get(u32 id, struct timer_setting *setting)
{
	struct posix_timer *timer;

	spin_lock(&family_lock);
	timer = find(id);
	if (timer)
		*setting = describe(timer);
	spin_unlock(&family_lock);
	return timer ? 0 : -EINVAL;
}

s64 posix_timer_overrun(u32 id)
{
	struct posix_timer *timer;
	s64 result;

	spin_lock(&family_lock);
	timer = find(id);
	result = timer ? (s64)timer->overrun : -EINVAL;
	spin_unlock(&family_lock);
	return result;
}

static void remove(struct posix_timer *timer) REQUIRES(family_lock)
{
	alarm_stop(&timer->alarm);
	list_remove(&timer->node);
	kfree(timer);
}

int posix_timer_delete(u32 id)
{
	struct posix_timer *timer;

	spin_lock(&family_lock);
	timer = find(id);
	if (timer)
		remove(timer);
	spin_unlock(&family_lock);
	return timer ? 0 : -EINVAL;
}

void posix_timers_delete(struct process *process)
{
	while (!list_empty(&process->timers))
		remove(list_first_entry(&process->timers, struct posix_timer, node));
}

void posix_timer_taken(struct signal_info *info)
{
	struct posix_timer *timer;
	u64 now, missed = 0;

	if (info->code != SI_TIMER)
		return;
	spin_lock(&family_lock);
	timer = find((u32)info->pid);
	if (timer && timer->generation == info->utime) {
		if (timer->interval && !thread_has_ended(timer)) {
			now = alarm_now(&timer->alarm);
			missed = (now - timer->moment) / timer->interval;
			timer->moment += (missed + 1) * timer->interval;
			alarm_set(&timer->alarm, timer->moment, 0);
		}
		timer->overrun = min(missed, (u64)INT32_MAX);
		info->uid = (u32)timer->overrun;
	}
	spin_unlock(&family_lock);
}
