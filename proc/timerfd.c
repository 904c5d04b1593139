/*
 * timerfd_create(2). How often the timer has gone off follows from the clock; a timer of the hart's
 * is needed only to wake waiters.
 *
 *	lock	the setting; taken with interrupts on, since the timer's interrupt does not take it
 */
#include "proc/timerfd.h"

#include "arch/riscv/lock.h"
#include "fs/anonymous.h"
#include "fs/poll.h"
#include "lib/error.h"
#include "mm/slab.h"
#include "proc/alarm.h"

struct timerfd {
	struct spinlock lock;
	bool realtime;
	u64 next;     /* the first expiry that was not yet read; 0: none */
	u64 interval; /* 0: once */
	struct timer timer;
	struct wait_queue expired;
};

static const struct file_operations timerfd_operations;

static void timer_expired(struct timer *timer)
{
	wake_all(&container_of(timer, struct timerfd, timer)->expired);
}

/* Starts the hart's timer for the next expiry that is still to come. */
static void arm(struct timerfd *timerfd) REQUIRES(timerfd->lock)
{
	u64 now = time_now(), next = timerfd->next;

	timer_cancel(&timerfd->timer);
	if (!next)
		return;
	if (next <= now && timerfd->interval)
		next = alarm_next_moment(next, timerfd->interval, now);
	timer_start(&timerfd->timer, next);
}

/* How often it has gone off since this was last asked. */
static u64 take_expirations(struct timerfd *timerfd)
{
	u64 now = time_now(), count = 0;

	spin_lock(&timerfd->lock);
	if (timerfd->next && timerfd->next <= now) {
		count = 1;
		if (timerfd->interval) {
			count += (now - timerfd->next) / timerfd->interval;
			timerfd->next += count * timerfd->interval;
			arm(timerfd);
		} else {
			timerfd->next = 0;
		}
	}
	spin_unlock(&timerfd->lock);
	return count;
}

static ssize_t timerfd_read(struct file *file, struct io *io, u64 *offset UNUSED)
{
	struct timerfd *timerfd = file->private;
	struct waiter waiter = {};
	int error = 0;
	u64 count;

	if (io->left < sizeof(count))
		return -EINVAL;
	for (;;) {
		wait_join(&timerfd->expired, &waiter);
		count = take_expirations(timerfd);
		if (count || error)
			break;
		error = file_flags(file) & O_NONBLOCK ? -EAGAIN : wait_sleep(WAIT_FOREVER);
	}
	wait_leave(&waiter);
	if (!count)
		return error;
	return io_write(io, &count, sizeof(count)) < sizeof(count) ? io->error
								   : (ssize_t)sizeof(count);
}

static u32 timerfd_poll(struct file *file, struct poll_table *table)
{
	struct timerfd *timerfd = file->private;
	u32 ready = 0;

	poll_join(table, &timerfd->expired);
	spin_lock(&timerfd->lock);
	if (timerfd->next && timerfd->next <= time_now())
		ready = POLLIN | POLLRDNORM;
	spin_unlock(&timerfd->lock);
	return ready;
}

static void timerfd_release(struct file *file)
{
	struct timerfd *timerfd = file->private;

	timer_cancel(&timerfd->timer);
	kfree(timerfd);
}

static const struct file_operations timerfd_operations = {
	.kind = "timerfd",
	.release = timerfd_release,
	.read = timerfd_read,
	.poll = timerfd_poll,
};

struct file *timerfd_create(bool realtime, u32 flags)
{
	struct timerfd *timerfd = kmalloc_zeroed(sizeof(*timerfd));
	struct file *file;

	if (!timerfd)
		return NULL;
	spin_init(&timerfd->lock);
	timer_setup(&timerfd->timer, timer_expired);
	wait_queue_init(&timerfd->expired);
	timerfd->realtime = realtime;
	file = anonymous_file(&timerfd_operations, timerfd, 0, O_RDWR | flags);
	if (!file)
		kfree(timerfd);
	return file;
}

static struct timer_setting describe(const struct timerfd *timerfd) REQUIRES(timerfd->lock)
{
	return (struct timer_setting){
		.first = timer_left(timerfd->next, timerfd->interval, time_now()),
		.interval = timerfd->interval,
	};
}

int timerfd_get(struct file *file, struct timer_setting *setting)
{
	struct timerfd *timerfd = file->private;

	if (file->operations != &timerfd_operations)
		return -EINVAL;
	spin_lock(&timerfd->lock);
	*setting = describe(timerfd);
	spin_unlock(&timerfd->lock);
	return 0;
}

int timerfd_set(struct file *file, const struct timer_setting *new, struct timer_setting *old)
{
	struct timerfd *timerfd = file->private;

	if (file->operations != &timerfd_operations)
		return -EINVAL;
	spin_lock(&timerfd->lock);
	*old = describe(timerfd);
	timerfd->next = new->first;
	timerfd->interval = new->interval;
	arm(timerfd);
	spin_unlock(&timerfd->lock);
	return 0;
}

bool timerfd_is_realtime(const struct file *file)
{
	const struct timerfd *timerfd = file->private;

	return file->operations == &timerfd_operations && timerfd->realtime;
}
