/*
 * futex(2). Sleepers are kept in buckets, by a hash of the word that they wait for.
 *
 *	bucket->lock	the sleepers in it. User memory is read under it, which does not sleep, and
 *			makes "the word is as expected, so I sleep" one step for tasks that change
 *			the word and then wake.
 *
 * Two buckets are locked in the order of their addresses.
 */
#include "proc/futex.h"

#include "arch/riscv/layout.h"
#include "lib/abi/errno.h"
#include "lib/abi/futex.h"
#include "mm/cache.h"
#include "mm/region.h"
#include "mm/space.h"
#include "mm/uaccess.h"
#include "proc/schedule.h"
#include "proc/signal.h"
#include "proc/task.h"

#define BUCKETS 64

/*
 * object: the address space, which lives as long as a task of it sleeps; or the serial number of
 * the page cache that a shared region maps. The cache itself may be freed meanwhile, and another
 * one take its place in memory.
 */
struct futex_key {
	u64 object;
	u64 offset; /* address, or offset in the object */
};

struct bucket {
	struct spinlock lock;
	struct list sleepers;
};

struct sleeper {
	struct list_node node; /* linked: not woken yet */
	struct bucket *_Atomic bucket;
	struct futex_key key;
	u32 bits;
	struct task *task;
};

static struct bucket buckets[BUCKETS];

void futex_init(void)
{
	for (u32 i = 0; i < BUCKETS; i++) {
		spin_init(&buckets[i].lock);
		list_init(&buckets[i].sleepers);
	}
}

static struct bucket *bucket_of(struct futex_key key)
{
	u64 hash = (key.object >> 4 ^ key.offset >> 2) * 0x9e3779b97f4a7c15;

	return &buckets[hash >> 58];
}

static bool same(struct futex_key a, struct futex_key b)
{
	return a.object == b.object && a.offset == b.offset;
}

static int find_key(u64 address, bool private, struct futex_key *key)
{
	struct space *space = current_space();
	struct region *region;

	if (!is_aligned(address, sizeof(u32)))
		return -EINVAL;
	if (address >= USER_END)
		return -EFAULT;
	*key = (struct futex_key){ (u64)space, address };
	if (private)
		return 0;
	read_lock(&space->lock);
	region = region_at(space->regions, address);
	if (region && (region->flags & REGION_SHARED)) {
		key->object = region->operations->cache(region)->serial;
		key->offset = (region->offset << PAGE_SHIFT) + address - region->start;
	}
	read_unlock(&space->lock);
	return region ? 0 : -EFAULT;
}

/* Reads the aligned word in one piece: a copy would go byte by byte, while others change it. */
static int read_word(u64 address, u32 *word)
{
	int error;
	const u32 *place = user_reach_read(current_space(), UADDR(address), &error);

	if (!place)
		return error;
	*word = __atomic_load_n(place, __ATOMIC_RELAXED);
	user_release(current_space());
	return 0;
}

/* Takes the sleeper out, wherever a requeue has put it. False: it has been woken. */
static bool withdraw(struct sleeper *sleeper) NO_THREAD_SAFETY_ANALYSIS
{
	for (;;) {
		struct bucket *bucket = sleeper->bucket;
		bool linked;

		spin_lock(&bucket->lock);
		if (bucket != sleeper->bucket) {
			spin_unlock(&bucket->lock);
			continue;
		}
		linked = list_node_linked(&sleeper->node);
		if (linked)
			list_remove(&sleeper->node);
		spin_unlock(&bucket->lock);
		return linked;
	}
}

/* Joins the sleepers if the word is as expected. */
static int join(struct sleeper *sleeper, u64 address, u32 expected)
{
	struct bucket *bucket = bucket_of(sleeper->key);
	u32 word;
	int error;

	spin_lock(&bucket->lock);
	error = read_word(address, &word);
	if (!error && word != expected)
		error = -EAGAIN;
	if (!error) {
		sleeper->bucket = bucket;
		list_push_back(&bucket->sleepers, &sleeper->node);
	}
	spin_unlock(&bucket->lock);
	return error;
}

s64 futex_wait(u64 address, u32 expected, u32 bits, bool private, u64 deadline)
{
	struct sleeper sleeper = { .bits = bits, .task = current };
	int error;

	if (!bits)
		return -EINVAL;
	error = find_key(address, private, &sleeper.key);
	if (!error)
		error = join(&sleeper, address, expected);
	if (error)
		return error;
	for (;;) {
		task_prepare_wait();
		if (error || !__atomic_load_n(&sleeper.node.next, __ATOMIC_ACQUIRE))
			break;
		error = wait_sleep(deadline);
	}
	task_finish_wait();
	return withdraw(&sleeper) ? error : 0;
}

static void wake_sleeper(struct sleeper *sleeper)
{
	struct task *task = sleeper->task;

	list_remove(&sleeper->node);
	task_wake_from(task, TASK_WAITING);
}

/* Wakes up to `limit` sleepers of a locked bucket that wait for the key. */
static u32 wake_in(struct bucket *bucket, struct futex_key key, u32 limit, u32 bits)
	REQUIRES(bucket->lock)
{
	struct sleeper *sleeper, *next;
	u32 count = 0;

	list_for_each_entry_safe(sleeper, next, &bucket->sleepers, node) {
		if (count == limit)
			break;
		if (!same(sleeper->key, key) || !(sleeper->bits & bits))
			continue;
		wake_sleeper(sleeper);
		count++;
	}
	return count;
}

s64 futex_wake(u64 address, u32 limit, u32 bits, bool private)
{
	struct futex_key key;
	struct bucket *bucket;
	s64 count;

	if (!bits)
		return -EINVAL;
	count = find_key(address, private, &key);
	if (count)
		return count;
	bucket = bucket_of(key);
	spin_lock(&bucket->lock);
	count = wake_in(bucket, key, limit, bits);
	spin_unlock(&bucket->lock);
	return count;
}

static void wake_address(u64 address)
{
	futex_wake(address, 1, FUTEX_BITSET_MATCH_ANY, false);
}

static void lock_two(struct bucket *a, struct bucket *b) NO_THREAD_SAFETY_ANALYSIS
{
	spin_lock(a < b ? &a->lock : &b->lock);
	if (a != b)
		spin_lock(a < b ? &b->lock : &a->lock);
}

static void unlock_two(struct bucket *a, struct bucket *b) NO_THREAD_SAFETY_ANALYSIS
{
	spin_unlock(&a->lock);
	if (a != b)
		spin_unlock(&b->lock);
}

/* Lets up to `limit` sleepers wait for another word. Both buckets are locked. */
static u32 move(struct futex_key from, struct futex_key to, u32 limit)
{
	struct bucket *source = bucket_of(from), *target = bucket_of(to);
	struct sleeper *sleeper, *next;
	u32 count = 0;

	list_for_each_entry_safe(sleeper, next, &source->sleepers, node) {
		if (count == limit)
			break;
		if (!same(sleeper->key, from))
			continue;
		sleeper->key = to;
		count++;
		if (source == target)
			continue;
		/* Without unlinking it: its owner would take that to mean that it was woken. */
		sleeper->node.previous->next = sleeper->node.next;
		sleeper->node.next->previous = sleeper->node.previous;
		list_push_back(&target->sleepers, &sleeper->node);
		sleeper->bucket = target;
	}
	return count;
}

s64 futex_requeue(u64 address, u64 second, u32 limit, u32 move_limit, const u32 *expected,
	bool private) NO_THREAD_SAFETY_ANALYSIS
{
	struct futex_key from, to;
	struct bucket *a, *b;
	u32 word;
	s64 count;
	int error = find_key(address, private, &from);

	if (!error)
		error = find_key(second, private, &to);
	if (error)
		return error;
	a = bucket_of(from);
	b = bucket_of(to);
	lock_two(a, b);
	if (expected) {
		error = read_word(address, &word);
		if (!error && word != *expected)
			error = -EAGAIN;
	}
	count = error;
	if (!error) {
		count = wake_in(a, from, limit, FUTEX_BITSET_MATCH_ANY);
		count += move(from, to, move_limit);
	}
	unlock_two(a, b);
	return count;
}

static s32 sign_extend_12(u32 value)
{
	return (s32)(value << 20) >> 20;
}

/* The operations of FUTEX_WAKE_OP, packed into one word. */
static int change_word(u64 address, u32 operation, u32 *old)
{
	u32 kind = operation >> 28 & 7, operand = (u32)sign_extend_12(operation >> 12 & 0xfff);
	int error;

	if (operation >> 28 & FUTEX_OP_OPARG_SHIFT)
		operand = 1u << (operand & 31);
	error = read_word(address, old);
	while (!error) {
		u32 expected = *old, new;

		switch (kind) {
		case FUTEX_OP_SET:
			new = operand;
			break;
		case FUTEX_OP_ADD:
			new = *old + operand;
			break;
		case FUTEX_OP_OR:
			new = *old | operand;
			break;
		case FUTEX_OP_ANDN:
			new = *old & ~operand;
			break;
		case FUTEX_OP_XOR:
			new = *old ^ operand;
			break;
		default:
			return -ENOSYS;
		}
		error = user_compare_exchange(current_space(), UADDR(address), &expected, new);
		if (!error && expected == *old)
			break;
		*old = expected;
	}
	return error;
}

/* 0 or 1, or -ENOSYS. */
static int compare_word(u32 operation, u32 word)
{
	s32 operand = sign_extend_12(operation & 0xfff), value = (s32)word;

	switch (operation >> 24 & 15) {
	case FUTEX_OP_CMP_EQ:
		return value == operand;
	case FUTEX_OP_CMP_NE:
		return value != operand;
	case FUTEX_OP_CMP_LT:
		return value < operand;
	case FUTEX_OP_CMP_LE:
		return value <= operand;
	case FUTEX_OP_CMP_GT:
		return value > operand;
	case FUTEX_OP_CMP_GE:
		return value >= operand;
	default:
		return -ENOSYS;
	}
}

s64 futex_wake_operation(u64 address, u64 second, u32 limit, u32 second_limit, u32 operation,
	bool private) NO_THREAD_SAFETY_ANALYSIS
{
	struct futex_key first_key, second_key;
	struct bucket *a, *b;
	u32 old;
	s64 count;
	int matches, error = find_key(address, private, &first_key);

	if (!error)
		error = find_key(second, private, &second_key);
	if (error)
		return error;
	a = bucket_of(first_key);
	b = bucket_of(second_key);
	lock_two(a, b);
	error = change_word(second, operation, &old);
	matches = error ? error : compare_word(operation, old);
	count = matches;
	if (matches >= 0)
		count = wake_in(a, first_key, limit, FUTEX_BITSET_MATCH_ANY);
	if (matches > 0)
		count += wake_in(b, second_key, second_limit, FUTEX_BITSET_MATCH_ANY);
	unlock_two(a, b);
	return count;
}

/*
 * A dying thread held this lock: marks the word so, and wakes one waiter. pending: the thread was
 * about to take or to release it. False: the word cannot be used.
 */
static bool release_one(u32 tid, u64 address, bool pending)
{
	u32 word, seen;

	if (!is_aligned(address, sizeof(u32)) || read_word(address, &word))
		return false;
	/* It may have released the lock, and died before it woke the next waiter. */
	if (pending && !word)
		wake_address(address);
	for (;;) {
		if ((word & FUTEX_TID_MASK) != tid)
			return true;
		seen = word;
		if (user_compare_exchange(current_space(), UADDR(address), &seen,
			    (word & FUTEX_WAITERS) | FUTEX_OWNER_DIED))
			return false;
		if (seen == word)
			break;
		word = seen;
	}
	if (word & FUTEX_WAITERS)
		wake_address(address);
	return true;
}

static void release_robust(struct task *task)
{
	struct robust_list_head head;
	struct space *space = current_space();
	u64 entry, end = task->robust_list, pending;

	if (!end || copy_from_user(space, &head, UADDR(end), sizeof(head)))
		return;
	pending = (u64)head.list_op_pending & ~ROBUST_LIST_PI;
	entry = (u64)head.list.next & ~ROBUST_LIST_PI;
	for (u32 i = 0; entry != end && i < ROBUST_LIST_LIMIT; i++) {
		u64 next;

		if (copy_from_user(space, &next, UADDR(entry), sizeof(next)))
			return;
		if (entry != pending &&
			!release_one(task->id, entry + (u64)head.futex_offset, false))
			return;
		entry = next & ~ROBUST_LIST_PI;
	}
	if (pending)
		release_one(task->id, pending + (u64)head.futex_offset, true);
}

/* pthread_join() waits for this. */
static void clear_tid(struct task *task)
{
	const u32 zero = 0;

	if (!copy_to_user(current_space(), UADDR(task->clear_child_tid), &zero, sizeof(zero)))
		wake_address(task->clear_child_tid);
}

void futex_leave_program(struct task *task)
{
	/* No lock: once there is one thread, only that one can make more. */
	bool alone = atomic_load(&current_space()->count) == 1 &&
		__atomic_load_n(&task->process->thread_count, __ATOMIC_RELAXED) == 1;

	release_robust(task);
	if (task->clear_child_tid && !alone)
		clear_tid(task);
	task->robust_list = 0;
	task->clear_child_tid = 0;
}
