/*
 * eventfd(2): a read waits until the counter is not 0, and takes all of it or 1; a write adds to
 * it, and waits while it would exceed its limit.
 *
 *	lock	the counter
 */
#include "arch/riscv/lock.h"
#include "fs/anonymous.h"
#include "fs/poll.h"
#include "lib/error.h"
#include "mm/slab.h"

#define COUNT_MAX (UINT64_MAX - 1)

struct eventfd {
	struct spinlock lock;
	u64 count;
	bool semaphore;
	struct wait_queue changed;
};

/* Adds, or takes (into *value). False: not now. */
static bool try_add(struct eventfd *eventfd, u64 *value)
{
	bool fits;

	spin_lock(&eventfd->lock);
	fits = *value <= COUNT_MAX - eventfd->count;
	if (fits)
		eventfd->count += *value;
	spin_unlock(&eventfd->lock);
	return fits;
}

static bool try_take(struct eventfd *eventfd, u64 *value)
{
	spin_lock(&eventfd->lock);
	*value = eventfd->semaphore ? min(eventfd->count, (u64)1) : eventfd->count;
	eventfd->count -= *value;
	spin_unlock(&eventfd->lock);
	return *value;
}

/* Tries until it succeeds. 0, -EAGAIN or -EINTR. */
static int insist(struct file *file, bool (*attempt)(struct eventfd *, u64 *), u64 *value)
{
	struct eventfd *eventfd = file->private;
	struct waiter waiter = {};
	int error = 0;

	while (!error) {
		wait_join(&eventfd->changed, &waiter);
		if (attempt(eventfd, value))
			break;
		error = file_flags(file) & O_NONBLOCK ? -EAGAIN : wait_sleep(WAIT_FOREVER);
	}
	wait_leave(&waiter);
	if (!error)
		wake_all(&eventfd->changed);
	return error;
}

static ssize_t eventfd_read(struct file *file, struct io *io, u64 *offset UNUSED)
{
	u64 value;
	int error;

	if (io->left < sizeof(value))
		return -EINVAL;
	error = insist(file, try_take, &value);
	if (error)
		return error;
	return io_write(io, &value, sizeof(value)) < sizeof(value) ? io->error
								   : (ssize_t)sizeof(value);
}

static ssize_t eventfd_write(struct file *file, struct io *io, u64 *offset UNUSED)
{
	u64 value;
	int error;

	if (io->left < sizeof(value))
		return -EINVAL;
	if (io_read(io, &value, sizeof(value)) < sizeof(value))
		return io->error;
	if (value > COUNT_MAX)
		return -EINVAL;
	error = insist(file, try_add, &value);
	return error ? error : (ssize_t)sizeof(value);
}

static u32 eventfd_poll(struct file *file, struct poll_table *table)
{
	struct eventfd *eventfd = file->private;
	u32 ready = 0;

	poll_join(table, &eventfd->changed);
	spin_lock(&eventfd->lock);
	if (eventfd->count)
		ready |= POLLIN | POLLRDNORM;
	if (eventfd->count < COUNT_MAX)
		ready |= POLLOUT | POLLWRNORM;
	spin_unlock(&eventfd->lock);
	return ready;
}

static void eventfd_release(struct file *file)
{
	kfree(file->private);
}

static const struct file_operations eventfd_operations = {
	.kind = "eventfd",
	.release = eventfd_release,
	.read = eventfd_read,
	.write = eventfd_write,
	.poll = eventfd_poll,
};

struct file *eventfd_create(u32 count, bool semaphore, u32 flags)
{
	struct eventfd *eventfd = kmalloc_zeroed(sizeof(*eventfd));
	struct file *file;

	if (!eventfd)
		return NULL;
	spin_init(&eventfd->lock);
	wait_queue_init(&eventfd->changed);
	eventfd->count = count;
	eventfd->semaphore = semaphore;
	file = anonymous_file(&eventfd_operations, eventfd, 0, O_RDWR | flags);
	if (!file)
		kfree(eventfd);
	return file;
}
