/*
 * ppoll(2) and pselect6(2), both over the files' poll operations (fs/poll.h).
 */
#include "arch/riscv/timer.h"
#include "fs/file.h"
#include "fs/file_table.h"
#include "fs/poll.h"
#include "lib/abi/resource.h"
#include "lib/bitmap.h"
#include "lib/error.h"
#include "mm/limit.h"
#include "mm/slab.h"
#include "proc/signal.h"
#include "proc/task.h"
#include "trap/sys.h"
#include "trap/user.h"

/* ppoll() reports these whether or not they were asked for; pselect6() does not. */
#define ALWAYS_TOLD (POLLERR | POLLHUP)

/* One descriptor to wait on. */
struct watched {
	struct pollfd poll;
	struct file *file; /* counted; NULL: not open, or not asked for */
};

static void close_watched(struct watched *watched, u64 count)
{
	for (u64 i = 0; i < count; i++)
		file_put(watched[i].file);
}

static void open_watched(struct watched *watched, u64 count)
{
	for (u64 i = 0; i < count; i++)
		watched[i].file =
			watched[i].poll.fd < 0 ? NULL : user_file((u64)watched[i].poll.fd);
}

/* Asks every file. Returns how many are ready. */
static s64 look(struct watched *watched, u64 count, struct poll_table *table)
{
	s64 ready = 0;

	for (u64 i = 0; i < count; i++) {
		struct pollfd *poll = &watched[i].poll;
		u32 events = 0;

		if (watched[i].file)
			events = file_poll(watched[i].file, table) & (u16)poll->events;
		else if (poll->fd >= 0)
			events = POLLNVAL;
		poll->revents = (short)events;
		ready += events != 0;
	}
	return ready;
}

/* Sleeps until one is ready, the deadline is past or a signal comes. How many are ready, or errno. */
static s64 wait_for(struct watched *watched, u64 count, u64 deadline)
{
	/* One waiter more, on a queue that nobody wakes, to wait even without any file. */
	u64 waiters = count * POLL_QUEUES_MAX + 1;
	struct poll_table table = { .waiters = kmalloc_zeroed(waiters * sizeof(struct waiter)) };
	struct wait_queue nobody;
	s64 ready;

	if (!table.waiters)
		return -ENOMEM;
	wait_queue_init(&nobody);
	for (;;) {
		int error;

		table.used = 0;
		poll_join(&table, &nobody);
		ready = look(watched, count, &table);
		if (ready)
			break;
		error = wait_sleep(deadline);
		if (error == -EINTR)
			signal_no_restart();
		if (error) {
			ready = error == -ETIMEDOUT ? 0 : error;
			break;
		}
	}
	for (u64 i = 0; i < waiters; i++)
		if (table.waiters[i].queue)
			wait_leave(&table.waiters[i]);
	kfree(table.waiters);
	return ready;
}

static s64 poll_watched(struct watched *watched, u64 count, u64 deadline)
{
	s64 ready;

	open_watched(watched, count);
	ready = look(watched, count, NULL);
	/* A caller that does not wait is told of signals all the same, as on Linux. */
	if (!ready && deadline > time_now())
		ready = wait_for(watched, count, deadline);
	else if (!ready && atomic_load_explicit(&current->signal_pending, memory_order_relaxed))
		ready = signal_interrupts_call(RESTART_WITHOUT_HANDLER);
	close_watched(watched, count);
	return ready;
}

/* Writes back what is left of the timeout, as on Linux; it is no error if that fails. */
static void write_timeout(u64 address, u64 deadline)
{
	u64 now = time_now();

	if (address && deadline != WAIT_FOREVER)
		(void)!time_to_user(address, deadline > now ? deadline - now : 0);
}

int user_mask_for_call(u64 address, u64 size)
{
	u64 mask;
	int error = address ? mask_from_user(address, size, &mask) : 0;

	if (address && !error)
		signal_set_mask_for_call(mask);
	return error;
}

s64 sys_ppoll(u64 address, u64 count, u64 timeout, u64 mask, u64 mask_size)
{
	u64 deadline;
	s64 result = deadline_from_user(timeout, &deadline);

	if (result)
		return result;
	count = (u32)count;
	if (count > limit_of_caller(RLIMIT_NOFILE))
		return -EINVAL;
	KMALLOC_HELD struct watched *watched = kmalloc_zeroed((count + 1) * sizeof(*watched));

	if (!watched)
		return -ENOMEM;
	for (u64 i = 0; i < count && !result; i++) {
		result = from_user(&watched[i].poll, address + i * sizeof(struct pollfd),
			sizeof(struct pollfd));
		watched[i].poll.events |= ALWAYS_TOLD;
	}
	if (!result)
		result = user_mask_for_call(mask, mask_size);
	if (!result)
		result = poll_watched(watched, count, deadline);
	write_timeout(timeout, deadline);
	for (u64 i = 0; i < count && result >= 0; i++) {
		u64 revents =
			address + i * sizeof(struct pollfd) + offsetof(struct pollfd, revents);
		int error =
			to_user(revents, &watched[i].poll.revents, sizeof(watched[i].poll.revents));

		if (error)
			result = error;
	}
	return result;
}

/* The three sets of select(), as bits; FILE_TABLE_MAX is all that they can hold here. */
enum { SET_READ, SET_WRITE, SET_EXCEPT, SETS };

struct select_sets {
	u64 bits[SETS][BITMAP_WORDS(FILE_TABLE_MAX)];
	u64 address[SETS]; /* 0: not given */
	u64 size;          /* bytes of each at its address */
};

static const u32 events_of_set[SETS] = {
	[SET_READ] = POLLIN | POLLRDNORM | POLLRDBAND | POLLHUP | POLLERR,
	[SET_WRITE] = POLLOUT | POLLWRNORM | POLLWRBAND | POLLERR,
	[SET_EXCEPT] = POLLPRI,
};

/* Bits beyond the last descriptor count as not set, and are reported as not ready. */
static int read_sets(struct select_sets *sets, u64 count)
{
	int error = 0;

	for (u32 set = 0; set < SETS && !error; set++) {
		if (sets->address[set])
			error = from_user(sets->bits[set], sets->address[set], sets->size);
		if (count % 64)
			sets->bits[set][count / 64] &= BIT(count % 64) - 1;
	}
	return error;
}

static int write_sets(const struct select_sets *sets)
{
	int error = 0;

	for (u32 set = 0; set < SETS && !error; set++)
		if (sets->address[set])
			error = to_user(sets->address[set], sets->bits[set], sets->size);
	return error;
}

/* Fills in one watched descriptor for each that is in any set. Returns how many. */
static u64 watch_sets(const struct select_sets *sets, u64 count, struct watched *watched)
{
	u64 used = 0;

	for (u64 fd = 0; fd < count; fd++) {
		u32 events = 0;

		for (u32 set = 0; set < SETS; set++)
			if (bitmap_test(sets->bits[set], fd))
				events |= events_of_set[set];
		if (events)
			watched[used++].poll =
				(struct pollfd){ .fd = (int)fd, .events = (short)events };
	}
	return used;
}

/* Leaves only what is ready in the sets. Returns how many bits remain, or -EBADF. */
static s64 keep_ready(struct select_sets *sets, const struct watched *watched, u64 count)
{
	s64 ready = 0;

	for (u64 i = 0; i < count; i++) {
		u64 fd = (u64)watched[i].poll.fd;

		if (watched[i].poll.revents & POLLNVAL)
			return -EBADF;
		for (u32 set = 0; set < SETS; set++) {
			if (!bitmap_test(sets->bits[set], fd))
				continue;
			if ((u16)watched[i].poll.revents & events_of_set[set])
				ready++;
			else
				bitmap_clear(sets->bits[set], fd);
		}
	}
	return ready;
}

static s64 select_with(struct select_sets *sets, u64 count, u64 deadline)
{
	KMALLOC_HELD struct watched *watched = kmalloc_zeroed((count + 1) * sizeof(*watched));
	u64 used;
	s64 result;

	if (!watched)
		return -ENOMEM;
	used = watch_sets(sets, count, watched);
	result = poll_watched(watched, used, deadline);
	return result < 0 ? result : keep_ready(sets, watched, used);
}

/* The last argument of pselect6() points to two words: the address of the mask and its size. */
static int use_indirect_mask(u64 address)
{
	struct {
		u64 mask, size;
	} indirect;
	int error;

	if (!address)
		return 0;
	error = from_user(&indirect, address, sizeof(indirect));
	return error ? error : user_mask_for_call(indirect.mask, indirect.size);
}

s64 sys_pselect6(u64 count, u64 read, u64 write, u64 except, u64 timeout, u64 mask)
{
	u64 deadline;
	s64 result = deadline_from_user(timeout, &deadline);
	int error;

	if (result)
		return result;
	if ((s32)count < 0)
		return -EINVAL;
	count = min((u64)(u32)count, (u64)FILE_TABLE_MAX);
	KMALLOC_HELD struct select_sets *sets = kmalloc_zeroed(sizeof(*sets));

	if (!sets)
		return -ENOMEM;
	sets->address[SET_READ] = read;
	sets->address[SET_WRITE] = write;
	sets->address[SET_EXCEPT] = except;
	sets->size = BITMAP_WORDS(count) * sizeof(u64);
	result = read_sets(sets, count);
	if (!result)
		result = use_indirect_mask(mask);
	if (!result)
		result = select_with(sets, count, deadline);
	write_timeout(timeout, deadline);
	if (result < 0)
		return result;
	error = write_sets(sets);
	return error ? error : result;
}
