/*
 * Locks on files (fs/lock.h): a list of held ranges at each inode, and one list of waiters.
 *
 *	locks.lock	all lists. One lock for all files: it is held briefly, and finding a
 *			deadlock means looking at all waiters.
 */
#include "fs/lock.h"

#include "arch/riscv/lock.h"
#include "fs/inode.h"
#include "fs/wait.h"
#include "lib/abi/fcntl.h"
#include "lib/error.h"
#include "lib/list.h"
#include "mm/slab.h"

struct file_lock {
	struct file_lock *next;
	struct lock_request held;
};

/* A waiter, and the holder that it waits for. */
struct blocked {
	struct list_node node;
	const void *owner, *holder;
};

static struct {
	struct spinlock lock;
	struct list blocked;
	struct wait_queue changed; /* a lock was released, somewhere */
} locks = {
	.blocked = LIST_INITIAL(locks.blocked),
	.changed = WAIT_QUEUE_INITIAL(locks.changed),
};

static struct slab_cache lock_cache = SLAB_CACHE(lock_cache, "lock", sizeof(struct file_lock));

/* How many owners in a chain are followed, since waiters in flock() may form a circle. */
#define DEADLOCK_STEPS 64

static bool overlap(const struct lock_request *a, const struct lock_request *b)
{
	return a->whole == b->whole && a->start <= b->last && b->start <= a->last;
}

static struct file_lock *find_conflict(struct inode *inode, const struct lock_request *request)
	REQUIRES(locks.lock)
{
	for (struct file_lock *lock = inode->locks; lock; lock = lock->next)
		if (lock->held.owner != request->owner && overlap(&lock->held, request) &&
			(lock->held.type == F_WRLCK || request->type == F_WRLCK))
			return lock;
	return NULL;
}

/*
 * The holder that this owner waits for, or NULL. (Its threads may wait for several: the first
 * counts.)
 */
static const void *next_holder(const void *owner) REQUIRES(locks.lock)
{
	struct blocked *blocked;

	list_for_each_entry(blocked, &locks.blocked, node)
		if (blocked->owner == owner)
			return blocked->holder;
	return NULL;
}

/* Whether the holder waits for the owner, directly or through others. */
static bool waits_for(const void *holder, const void *owner) REQUIRES(locks.lock)
{
	for (u32 step = 0; holder && step < DEADLOCK_STEPS; step++) {
		if (holder == owner)
			return true;
		holder = next_holder(holder);
	}
	return false;
}

static void add(struct inode *inode, struct file_lock *lock, const struct lock_request *held)
	REQUIRES(locks.lock)
{
	lock->held = *held;
	lock->next = inode->locks;
	inode->locks = lock;
}

/*
 * Takes the range out of the owner's locks. A lock that extends beyond both ends becomes two, the
 * second of them `spare`. The result is the list of locks to free.
 */
static struct file_lock *carve(struct inode *inode, const struct lock_request *range,
	struct file_lock *spare) REQUIRES(locks.lock)
{
	struct file_lock **link = &inode->locks, *lock, *unused = spare;

	while ((lock = *link)) {
		struct lock_request *held = &lock->held, rest = *held;

		if (held->owner != range->owner || !overlap(held, range)) {
			link = &lock->next;
		} else if (held->start < range->start && held->last > range->last) {
			held->last = range->start - 1;
			rest.start = range->last + 1;
			unused = spare->next;
			add(inode, spare, &rest);
			break;
		} else if (held->start < range->start) {
			held->last = range->start - 1;
			link = &lock->next;
		} else if (held->last > range->last) {
			held->start = range->last + 1;
			link = &lock->next;
		} else {
			*link = lock->next;
			lock->next = unused;
			unused = lock;
		}
	}
	return unused;
}

/* Widens the request by the owner's adjacent locks of its type, so that they become one. */
static void widen(struct inode *inode, struct lock_request *request) REQUIRES(locks.lock)
{
	for (struct file_lock *lock = inode->locks; lock; lock = lock->next) {
		const struct lock_request *held = &lock->held;

		if (held->owner != request->owner || held->type != request->type ||
			held->whole != request->whole)
			continue;
		if (held->last < request->start && held->last + 1 == request->start)
			request->start = held->start;
		else if (request->last < held->start && request->last + 1 == held->start)
			request->last = held->last;
	}
}

static void free_all(struct file_lock *lock)
{
	while (lock) {
		struct file_lock *next = lock->next;

		slab_free(&lock_cache, lock);
		lock = next;
	}
}

/* Whether the owner has a lock of the whole file, and of another type. */
static bool changes_type(const struct inode *inode, const struct lock_request *request)
	REQUIRES(locks.lock)
{
	for (const struct file_lock *lock = inode->locks; lock; lock = lock->next)
		if (lock->held.owner == request->owner && lock->held.whole)
			return lock->held.type != request->type;
	return false;
}

/*
 * Sleeps until a lock has been released somewhere. Called and returns with locks.lock held. An open
 * file that waits is not checked for a deadlock: others that share it may release its locks.
 */
static int wait_for(const struct lock_request *request, const void *holder) REQUIRES(locks.lock)
{
	struct blocked blocked = { .owner = request->owner, .holder = holder };
	struct waiter waiter = {};
	int error;

	if (request->pid != -1 && waits_for(holder, request->owner))
		return -EDEADLK;
	list_push_back(&locks.blocked, &blocked.node);
	wait_join(&locks.changed, &waiter);
	spin_unlock(&locks.lock);
	error = wait_sleep(WAIT_FOREVER);
	wait_leave(&waiter);
	spin_lock(&locks.lock);
	list_remove(&blocked.node);
	return error;
}

int file_lock_set(struct inode *inode, const struct lock_request *wanted, bool wait)
{
	/* `spare` becomes a list: the locks that carve() leaves to free. */
	struct file_lock *new = slab_alloc(&lock_cache), *spare = slab_alloc_zeroed(&lock_cache);
	struct lock_request request = *wanted;
	struct file_lock *conflict;
	int error = 0;

	if (!new || !spare) {
		error = -ENOLCK;
		goto free_locks;
	}
	spin_lock(&locks.lock);
	/* Releases it first: two holders of a shared lock may both want an exclusive one. */
	if (request.whole && changes_type(inode, &request)) {
		spare = carve(inode, &request, spare);
		wake_all(&locks.changed);
	}
	while (request.type != F_UNLCK && !error && (conflict = find_conflict(inode, &request)))
		error = wait ? wait_for(&request, conflict->held.owner) : -EAGAIN;
	if (!error) {
		if (request.type != F_UNLCK)
			widen(inode, &request);
		spare = carve(inode, &request, spare);
		if (request.type != F_UNLCK) {
			add(inode, new, &request);
			new = NULL;
		}
	}
	spin_unlock(&locks.lock);
	if (!error)
		wake_all(&locks.changed); /* a lock may have become weaker, or smaller */
free_locks:
	if (new)
		slab_free(&lock_cache, new);
	free_all(spare);
	return error;
}

bool file_lock_test(struct inode *inode, const struct lock_request *request,
	struct lock_request *found)
{
	struct file_lock *conflict;

	spin_lock(&locks.lock);
	conflict = find_conflict(inode, request);
	if (conflict)
		*found = conflict->held;
	spin_unlock(&locks.lock);
	return conflict;
}

void file_locks_drop(struct inode *inode, const void *owner)
{
	struct file_lock **link = &inode->locks, *lock, *unused = NULL;

	/* An owner that has locks sees them here even without the lock. */
	if (!__atomic_load_n(link, __ATOMIC_RELAXED))
		return;
	spin_lock(&locks.lock);
	while ((lock = *link)) {
		if (lock->held.owner == owner) {
			*link = lock->next;
			lock->next = unused;
			unused = lock;
		} else {
			link = &lock->next;
		}
	}
	spin_unlock(&locks.lock);
	if (unused)
		wake_all(&locks.changed);
	free_all(unused);
}
