/*
 * System calls that make files for waiting on: eventfd, signalfd, timerfd, epoll. What they do
 * is in fs/eventfd.c, proc/signalfd.c, proc/timerfd.c and fs/epoll.c.
 */
#include "drivers/clock.h"
#include "fs/anonymous.h"
#include "fs/epoll.h"
#include "fs/file.h"
#include "lib/abi/time.h"
#include "lib/error.h"
#include "proc/signal.h"
#include "proc/signalfd.h"
#include "proc/task.h"
#include "proc/timerfd.h"
#include "trap/sys.h"
#include "trap/user.h"

/* The most events that one call returns. */
#define EVENTS_MAX 64

s64 sys_eventfd2(u64 count, u64 flags)
{
	if (flags & ~(u64)(O_CLOEXEC | O_NONBLOCK | EFD_SEMAPHORE))
		return -EINVAL;
	return user_file_install(eventfd_create((u32)count, flags & EFD_SEMAPHORE,
					 (u32)flags & O_NONBLOCK),
		0, flags & O_CLOEXEC);
}

/* fd -1: makes a new one; otherwise changes the set of signals of an existing one. */
s64 sys_signalfd4(u64 fd, u64 mask_address, u64 size, u64 flags)
{
	FILE_HELD struct file *file = user_file(fd);
	int error;
	u64 set;

	if (flags & ~(u64)(O_CLOEXEC | O_NONBLOCK) || size != sizeof(set))
		return -EINVAL;
	error = from_user(&set, mask_address, sizeof(set));
	if (error)
		return error;
	if ((s32)fd == -1)
		return user_file_install(signalfd_create(set, (u32)flags & O_NONBLOCK), 0,
			flags & O_CLOEXEC);
	error = file ? signalfd_set(file, set) : -EBADF;
	return error ? error : (s64)fd;
}

/* Timers */

s64 sys_timerfd_create(u64 clock, u64 flags)
{
	if (flags & ~(u64)(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC && clock != CLOCK_BOOTTIME)
		return -EINVAL;
	return user_file_install(timerfd_create(clock == CLOCK_REALTIME, (u32)flags & O_NONBLOCK),
		0, flags & O_CLOEXEC);
}

s64 sys_timerfd_gettime(u64 fd, u64 address)
{
	FILE_HELD struct file *file = user_file(fd);
	struct timer_setting setting;
	int error = file ? timerfd_get(file, &setting) : -EBADF;

	return error ? error : itimerspec_to_user(address, &setting);
}

/* The time of the monotonic clock at which a timer expires first; 0 stays 0. */
static u64 first_moment(const struct file *file, u64 time, bool absolute)
{
	if (!time)
		return 0;
	if (!absolute)
		return deadline_after(time);
	return timerfd_is_realtime(file) ? clock_monotonic_of(time) : time;
}

s64 sys_timerfd_settime(u64 fd, u64 flags, u64 new_address, u64 old_address)
{
	FILE_HELD struct file *file = user_file(fd);
	struct timer_setting new, old;
	int error;

	if (flags & ~(u64)TFD_TIMER_ABSTIME)
		return -EINVAL;
	error = itimerspec_from_user(new_address, &new);
	if (error)
		return error;
	if (!file)
		return -EBADF;
	new.first = first_moment(file, new.first, flags & TFD_TIMER_ABSTIME);
	error = timerfd_set(file, &new, &old);
	if (error || !old_address)
		return error;
	return itimerspec_to_user(old_address, &old);
}

/* Sets of files */

s64 sys_epoll_create1(u64 flags)
{
	return flags & ~(u64)O_CLOEXEC ? -EINVAL
				       : user_file_install(epoll_create(), 0, flags & O_CLOEXEC);
}

s64 sys_epoll_ctl(u64 set_fd, u64 operation, u64 fd, u64 address)
{
	FILE_HELD struct file *set = user_file(set_fd);
	FILE_HELD struct file *file = user_file(fd);
	struct epoll_event event = {};
	int error = 0;

	if (!set || !file)
		return -EBADF;
	if (operation != EPOLL_CTL_DEL)
		error = from_user(&event, address, sizeof(event));
	return error ? error : epoll_control(set, (s32)operation, file, (s32)fd, &event);
}

static s64 wait_for_events(u64 fd, u64 address, u64 limit, u64 deadline)
{
	FILE_HELD struct file *file = user_file(fd);
	struct epoll_event events[EVENTS_MAX];
	s64 result;
	int error = 0;

	if ((s32)limit <= 0 || (u32)limit > INT32_MAX / sizeof(events[0]))
		return -EINVAL;
	if (!file)
		return -EBADF;
	result = epoll_wait(file, events, (u32)min(limit, (u64)EVENTS_MAX), deadline);
	/* A caller whose time is up is not told of a signal. */
	if (result == -EINTR && time_now() >= deadline)
		result = 0;
	else if (result == -EINTR)
		signal_no_restart_until(deadline);
	if (result > 0)
		error = to_user(address, events, (u64)result * sizeof(events[0]));
	return error ? error : result;
}

s64 sys_epoll_pwait(u64 fd, u64 events, u64 limit, u64 timeout, u64 mask, u64 mask_size)
{
	u64 deadline = signal_kept_deadline();
	int error = user_mask_for_call(mask, mask_size);

	if (error)
		return error;
	if (!deadline)
		deadline = (s32)timeout < 0
			? WAIT_FOREVER
			: deadline_after((u32)timeout * NANOSECONDS_PER_MILLISECOND);
	return wait_for_events(fd, events, limit, deadline);
}

s64 sys_epoll_pwait2(u64 fd, u64 events, u64 limit, u64 timeout, u64 mask, u64 mask_size)
{
	u64 deadline = signal_kept_deadline();
	int error = user_mask_for_call(mask, mask_size);

	if (!error && !deadline)
		error = deadline_from_user(timeout, &deadline);
	return error ? error : wait_for_events(fd, events, limit, deadline);
}
