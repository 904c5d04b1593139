/*
 * System calls on timers that send signals: setitimer, timer_create and their relatives.
 */
#include "lib/abi/time.h"
#include "lib/error.h"
#include "proc/alarm.h"
#include "proc/pid.h"
#include "proc/posix_timer.h"
#include "trap/sys.h"
#include "trap/user.h"

/* 292 years: anything later counts as never. */
#define SECONDS_MAX  ((u64)INT64_MAX / NANOSECONDS_PER_SECOND - 1)
#define DEADLINE_MAX ((u64)INT64_MAX)

static int to_nanoseconds(const struct timeval *time, u64 *nanoseconds)
{
	if (time->tv_sec < 0 || time->tv_usec < 0 || (u64)time->tv_usec >= MICROSECONDS_PER_SECOND)
		return -EINVAL;
	*nanoseconds = min((u64)time->tv_sec, SECONDS_MAX) * NANOSECONDS_PER_SECOND +
		(u64)time->tv_usec * NANOSECONDS_PER_MICROSECOND;
	return 0;
}

/* Rounds up to a microsecond, so that a timer that still runs never shows 0. */
static struct timeval to_timeval(u64 nanoseconds)
{
	u64 microseconds =
		(nanoseconds + NANOSECONDS_PER_MICROSECOND - 1) / NANOSECONDS_PER_MICROSECOND;

	return (struct timeval){
		.tv_sec = (long)(microseconds / MICROSECONDS_PER_SECOND),
		.tv_usec = (long)(microseconds % MICROSECONDS_PER_SECOND),
	};
}

static struct itimerval remaining(const struct alarm *alarm) REQUIRES(family_lock)
{
	u64 now;

	if (!alarm->active)
		return (struct itimerval){};
	now = alarm_now(alarm);
	return (struct itimerval){
		.it_value = to_timeval(alarm->deadline > now ? alarm->deadline - now : 1),
		.it_interval = to_timeval(alarm->interval),
	};
}

s64 sys_getitimer(u64 timer, u64 address)
{
	struct itimerval old;

	if (timer >= ITIMERS)
		return -EINVAL;
	spin_lock(&family_lock);
	old = remaining(&current->process->itimers[timer]);
	spin_unlock(&family_lock);
	return to_user(address, &old, sizeof(old));
}

s64 sys_setitimer(u64 timer, u64 new_address, u64 old_address)
{
	struct process *process = current->process;
	struct itimerval new = {}, old;
	u64 value, interval;
	struct alarm *alarm;
	int error = 0;

	if (timer >= ITIMERS)
		return -EINVAL;
	/* Without new values the timer is stopped, as on Linux. */
	if (new_address)
		error = from_user(&new, new_address, sizeof(new));
	if (!error)
		error = to_nanoseconds(&new.it_value, &value);
	if (!error)
		error = to_nanoseconds(&new.it_interval, &interval);
	if (error)
		return error;
	alarm = &process->itimers[timer];
	spin_lock(&family_lock);
	old = remaining(alarm);
	alarm_init_itimer(process, (u32)timer);
	if (value)
		alarm_set(alarm, alarm_now(alarm) + min(value, DEADLINE_MAX), interval);
	else
		alarm_stop(alarm);
	spin_unlock(&family_lock);
	return old_address ? to_user(old_address, &old, sizeof(old)) : 0;
}

/* POSIX timers */

static bool is_own_thread(u32 tid)
{
	struct task *task;
	bool own;

	spin_lock(&family_lock);
	task = task_find(tid);
	own = task && task->process == current->process;
	spin_unlock(&family_lock);
	return own;
}

/* 0, -EINVAL, or -EOPNOTSUPP: a clock that has no timers. */
static int choose_clock(u64 id, struct posix_timer_request *request)
{
	struct cpu_clock cpu;

	if (id == CLOCK_MONOTONIC || id == CLOCK_BOOTTIME)
		return 0;
	request->realtime = id == CLOCK_REALTIME || id == CLOCK_TAI;
	if (request->realtime)
		return 0;
	if (!cpu_clock_parse(id, &cpu))
		return id <= CLOCK_TAI && id != CLOCK_SGI_CYCLE ? -EOPNOTSUPP : -EINVAL;
	request->clock = cpu.kind == CPU_CLOCK_USER ? ALARM_VIRTUAL : ALARM_PROCESS;
	if (!cpu.of_thread)
		return cpu.number && cpu.number != current->process->id ? -EINVAL : 0;
	request->clock = ALARM_THREAD;
	request->clock_thread = cpu.number ? cpu.number : current->id;
	return is_own_thread(request->clock_thread) ? 0 : -EINVAL;
}

static int choose_signal(const struct sigevent *event, struct posix_timer_request *request)
{
	bool good = event->sigev_notify == SIGEV_SIGNAL || event->sigev_notify == SIGEV_THREAD;

	request->value = (u64)event->sigev_value.sival_ptr;
	request->signal = event->sigev_signo;
	request->silent = event->sigev_notify == SIGEV_NONE;
	if (request->silent)
		return 0;
	if (event->sigev_notify == SIGEV_THREAD_ID) {
		request->thread = (u32)event->sigev_notify_thread_id;
		good = is_own_thread(request->thread);
	}
	return good && event->sigev_signo > 0 && event->sigev_signo <= SIGNAL_MAX ? 0 : -EINVAL;
}

s64 sys_timer_create(u64 clock, u64 event_address, u64 id_address)
{
	struct posix_timer_request request = { .signal = SIGALRM, .value_is_id = !event_address };
	struct sigevent event;
	int error = choose_clock(clock, &request);
	s64 result;
	s32 id;

	if (!error && event_address) {
		error = from_user(&event, event_address, sizeof(event));
		if (!error)
			error = choose_signal(&event, &request);
	}
	if (error)
		return error;
	result = posix_timer_create(&request);
	if (result < 0)
		return result;
	id = (s32)result;
	error = to_user(id_address, &id, sizeof(id));
	if (error)
		posix_timer_delete((u32)id);
	return error;
}

s64 sys_timer_settime(u64 id, u64 flags, u64 new_address, u64 old_address)
{
	struct timer_setting new, old;
	int error;

	if (!new_address)
		return -EINVAL;
	error = itimerspec_from_user(new_address, &new);
	if (!error)
		error = posix_timer_set((u32)id, &new, flags & TIMER_ABSTIME, &old);
	if (error || !old_address)
		return error;
	return itimerspec_to_user(old_address, &old);
}

s64 sys_timer_gettime(u64 id, u64 address)
{
	struct timer_setting setting;
	int error = posix_timer_get((u32)id, &setting);

	return error ? error : itimerspec_to_user(address, &setting);
}

s64 sys_timer_getoverrun(u64 id)
{
	return posix_timer_overrun((u32)id);
}

s64 sys_timer_delete(u64 id)
{
	return posix_timer_delete((u32)id);
}
