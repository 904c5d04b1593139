/*
 * epoll(7) (fs/epoll.h). An item stands for one file in one set. Its waiters are in the file's
 * queues; a wake-up puts the item on the set's list of items that may be ready, and wakes those
 * that wait for the set. Whether an item really is ready is found out when somebody asks.
 *
 *	epolls_lock	the items of all sets and files: so a file cannot go while it is polled
 *	ready_lock	a set's list of items that may be ready; taken with interrupts off, inside
 *			the lock of a wait queue
 */
#include "fs/epoll.h"

#include "arch/riscv/lock_check.h"
#include "fs/anonymous.h"
#include "fs/poll.h"
#include "lib/error.h"
#include "lib/string.h"
#include "lib/tree.h"
#include "mm/slab.h"

/* Always reported, whether asked for or not. */
#define ALWAYS_TOLD (POLLERR | POLLHUP)

/* Not events, but how they are reported. */
#define MODES (EPOLLONESHOT | EPOLLET | EPOLLEXCLUSIVE)

/* What may be asked for with EPOLLEXCLUSIVE. */
#define WITH_EXCLUSIVE (POLLIN | POLLOUT | ALWAYS_TOLD | EPOLLEXCLUSIVE | EPOLLWAKEUP | EPOLLET)

/* A set may hold sets, which may hold sets: at most so many steps down in all. */
#define NESTING_MAX 4

struct epoll {
	struct file *file; /* its own */
	struct tree items; /* by file and descriptor */
	u64 check;         /* the last check that came by, and the levels that it found */
	u32 levels;
	struct spinlock ready_lock;
	struct list ready;
	_Atomic u32 ready_count; /* items in it */
	struct wait_queue waiting;
};

struct epoll_item {
	struct tree_node node; /* in the set */
	struct epoll *set;
	/* The file's next item, of another set or descriptor; and what points to this one. */
	struct epoll_item *next, **link;
	struct file *file; /* not counted: its last file_put() removes the item */
	int fd;
	struct epoll_event event;
	struct list_node ready_node;
	bool queued; /* in the set's `ready` */
	struct waiter waiters[POLL_QUEUES_MAX];
};

static struct spinlock epolls_lock;
static struct slab_cache set_cache = SLAB_CACHE(set_cache, "epoll", sizeof(struct epoll));
static struct slab_cache item_cache =
	SLAB_CACHE(item_cache, "epoll-item", sizeof(struct epoll_item));
static const struct file_operations epoll_operations;

/* How many times the levels of sets have been counted. */
static u64 checks GUARDED_BY(epolls_lock);

/* False: it was in the list already. */
static bool queue_item(struct epoll_item *item)
{
	struct epoll *set = item->set;
	u64 flags = spin_lock_irqsave(&set->ready_lock);
	bool new = !item->queued;

	if (new) {
		list_push_back(&set->ready, &item->ready_node);
		item->queued = true;
		set->ready_count++;
	}
	spin_unlock_irqrestore(&set->ready_lock, flags);
	return new;
}

static void take_off(struct epoll *set, struct epoll_item *item) REQUIRES(set->ready_lock)
{
	list_remove(&item->ready_node);
	item->queued = false;
	set->ready_count--;
}

static void unqueue_item(struct epoll_item *item)
{
	struct epoll *set = item->set;
	u64 flags = spin_lock_irqsave(&set->ready_lock);

	if (item->queued)
		take_off(set, item);
	spin_unlock_irqrestore(&set->ready_lock, flags);
}

static bool is_set(const struct file *file)
{
	return file->operations == &epoll_operations;
}

/*
 * Something has happened to a file. In any context. A set that holds a set is notified once until
 * it has looked: otherwise one event would multiply on its way through sets that hold each other
 * many times.
 */
static void item_notify(struct waiter *waiter)
{
	struct epoll_item *item = waiter->owner;

	if (!queue_item(item) && is_set(item->file))
		return;
	lock_check_group(true); /* inside the file's queue: sets form no circle */
	wake_all(&item->set->waiting);
	lock_check_group(false);
}

static u32 ask_set(struct epoll *set, struct poll_table *table) REQUIRES(epolls_lock);

/* A set is polled without its own poll operation, which would take the lock again. */
static u32 ask(struct epoll_item *item, struct poll_table *table) REQUIRES(epolls_lock)
{
	return is_set(item->file) ? ask_set(item->file->private, table)
				  : file_poll(item->file, table);
}

static u32 item_events(struct epoll_item *item, struct poll_table *table) REQUIRES(epolls_lock)
{
	return ask(item, table) & item->event.events & ~MODES;
}

static void set_event(struct epoll_item *item, const struct epoll_event *event)
{
	item->event = *event;
	item->event.events |= ALWAYS_TOLD;
}

/* Polls the item's file, and queues the item if it is ready. */
static void look_at(struct epoll_item *item, struct poll_table *table) REQUIRES(epolls_lock)
{
	if (!item_events(item, table))
		return;
	queue_item(item);
	wake_all(&item->set->waiting);
}

/* The pointer in the set's tree that points to the item, or would; *parent: the node it is in. */
static struct tree_node **find_link(struct epoll *set, const struct file *file, int fd,
	struct tree_node **parent) REQUIRES(epolls_lock)
{
	struct tree_node **link = &set->items.root;

	*parent = NULL;
	while (*link) {
		const struct epoll_item *item = tree_entry(*link, struct epoll_item, node);
		bool after = item->file == file ? fd > item->fd : (u64)file > (u64)item->file;

		if (item->file == file && item->fd == fd)
			break;
		*parent = *link;
		link = &(*link)->child[after];
	}
	return link;
}

static struct epoll_item *find(struct epoll *set, const struct file *file, int fd)
	REQUIRES(epolls_lock)
{
	struct tree_node *parent;

	return tree_entry_or_null(*find_link(set, file, fd, &parent), struct epoll_item, node);
}

static void remove_item(struct epoll_item *item) REQUIRES(epolls_lock)
{
	for (size_t i = 0; i < POLL_QUEUES_MAX; i++)
		if (item->waiters[i].queue)
			wait_leave(&item->waiters[i]);
	unqueue_item(item);
	*item->link = item->next;
	if (item->next)
		item->next->link = item->link;
	tree_remove(&item->set->items, &item->node);
	slab_free(&item_cache, item);
}

static int add_item(struct epoll *set, struct file *file, int fd, const struct epoll_event *event)
	REQUIRES(epolls_lock)
{
	struct epoll_item *item = slab_alloc_zeroed(&item_cache);
	struct poll_table table = { .notify = item_notify, .owner = item };
	struct tree_node *parent, **link = find_link(set, file, fd, &parent);

	if (!item)
		return -ENOMEM;
	item->set = set;
	item->file = file;
	item->fd = fd;
	set_event(item, event);
	item->next = file->watches;
	item->link = &file->watches;
	if (item->next)
		item->next->link = &item->next;
	file->watches = item;
	tree_insert(&set->items, &item->node, parent, link);
	table.waiters = item->waiters;
	look_at(item, &table);
	return 0;
}

/* Counts the levels of sets above or below a set. Each set is looked at once in a check. */
static u32 levels(struct epoll *set, bool above) REQUIRES(epolls_lock)
{
	struct epoll_item *item;

	if (set->check == checks)
		return set->levels;
	set->check = checks;
	set->levels = 0;
	for (item = above ? set->file->watches : NULL; item; item = item->next)
		set->levels = max(set->levels, 1 + levels(item->set, above));
	if (above)
		return set->levels;
	tree_for_each_entry(item, &set->items, node)
		if (is_set(item->file))
			set->levels = max(set->levels, 1 + levels(item->file->private, above));
	return set->levels;
}

/* Whether there would be too many levels, or a set would contain itself. */
static bool is_too_deep(struct epoll *set, struct epoll *inner) REQUIRES(epolls_lock)
{
	u32 above;

	checks++;
	above = levels(set, true);
	if (inner->check == checks)
		return true; /* it is among those above */
	checks++;
	return above + 1 + levels(inner, false) > NESTING_MAX;
}

static int control(struct epoll *set, int operation, struct file *file, int fd,
	const struct epoll_event *event) REQUIRES(epolls_lock)
{
	struct epoll_item *item = find(set, file, fd);

	if (operation == EPOLL_CTL_ADD)
		return item ? -EEXIST : add_item(set, file, fd, event);
	if (!item)
		return -ENOENT;
	if (operation == EPOLL_CTL_DEL) {
		remove_item(item);
		return 0;
	}
	if (item->event.events & EPOLLEXCLUSIVE)
		return -EINVAL;
	set_event(item, event);
	look_at(item, NULL);
	return 0;
}

/* EPOLLEXCLUSIVE can only be set when the file is added, and sets do not pass it on. */
static bool may_be_exclusive(int operation, const struct file *file, u32 events)
{
	return operation == EPOLL_CTL_ADD && !is_set(file) && !(events & ~WITH_EXCLUSIVE);
}

int epoll_control(struct file *set, int operation, struct file *file, int fd,
	const struct epoll_event *event)
{
	int error;

	if (!file->operations->poll)
		return -EPERM;
	if (!is_set(set) || file == set)
		return -EINVAL;
	if (operation < EPOLL_CTL_ADD || operation > EPOLL_CTL_MOD)
		return -EINVAL;
	if (operation != EPOLL_CTL_DEL && (event->events & EPOLLEXCLUSIVE) &&
		!may_be_exclusive(operation, file, event->events))
		return -EINVAL;
	spin_lock(&epolls_lock);
	if (operation == EPOLL_CTL_ADD && is_set(file) && is_too_deep(set->private, file->private))
		error = -ELOOP;
	else
		error = control(set->private, operation, file, fd, event);
	spin_unlock(&epolls_lock);
	return error;
}

void epoll_forget(struct file *file)
{
	spin_lock(&epolls_lock);
	while (file->watches)
		remove_item(file->watches);
	spin_unlock(&epolls_lock);
}

void epoll_leave(struct wait_queue *queue)
{
	/* A waiter that has just left may still hold its lock. */
	u64 flags = spin_lock_irqsave(&queue->lock);
	bool empty = list_empty(&queue->waiters);

	spin_unlock_irqrestore(&queue->lock, flags);
	if (empty)
		return;
	spin_lock(&epolls_lock);
	wake_all(queue); /* they look again, perhaps in vain */
	while (!list_empty(&queue->waiters))
		wait_leave(list_first_entry(&queue->waiters, struct waiter, node));
	spin_unlock(&epolls_lock);
}

/* Takes the next item that may be ready off the list; NULL: none, or *left have been taken. */
static struct epoll_item *take(struct epoll *set, u32 *left) REQUIRES(epolls_lock)
{
	u64 flags = spin_lock_irqsave(&set->ready_lock);
	struct epoll_item *item = NULL;

	if (*left && !list_empty(&set->ready)) {
		item = list_first_entry(&set->ready, struct epoll_item, ready_node);
		take_off(set, item);
		--*left;
	}
	spin_unlock_irqrestore(&set->ready_lock, flags);
	return item;
}

/* Takes the next ready item off the list; *ready: for what. NULL: none of *left is ready. */
static struct epoll_item *take_ready(struct epoll *set, u32 *left, u32 *ready) REQUIRES(epolls_lock)
{
	struct epoll_item *item;

	while ((item = take(set, left))) {
		*ready = item_events(item, NULL);
		if (*ready)
			break;
	}
	return item;
}

static u32 ask_set(struct epoll *set, struct poll_table *table)
{
	struct epoll_item *item;
	u32 left, ready;

	poll_join(table, &set->waiting);
	left = set->ready_count;
	item = take_ready(set, &left, &ready);
	if (item)
		queue_item(item);
	return item ? POLLIN | POLLRDNORM : 0;
}

/*
 * Fills in what is ready. Level-triggered items go back to the end of the list, to be polled again.
 */
static u32 collect(struct epoll *set, struct epoll_event *events, u32 limit) REQUIRES(epolls_lock)
{
	u32 count = 0, left = set->ready_count, ready;
	struct epoll_item *item;

	while (count < limit && (item = take_ready(set, &left, &ready))) {
		memset(&events[count], 0, sizeof(events[count])); /* its padding is shown */
		events[count].events = ready;
		events[count++].data = item->event.data;
		if (item->event.events & EPOLLONESHOT)
			item->event.events &= MODES; /* until it is armed again */
		else if (!(item->event.events & EPOLLET))
			queue_item(item);
	}
	return count;
}

s64 epoll_wait(struct file *file, struct epoll_event *events, u32 limit, u64 deadline)
{
	struct epoll *set = file->private;
	struct waiter waiter = {};
	s64 result;
	int error = 0;

	if (!is_set(file))
		return -EINVAL;
	for (;;) {
		wait_join(&set->waiting, &waiter);
		spin_lock(&epolls_lock);
		result = collect(set, events, limit);
		spin_unlock(&epolls_lock);
		if (result || error)
			break;
		error = wait_sleep(deadline);
	}
	wait_leave(&waiter);
	return result || error == -ETIMEDOUT ? result : error;
}

static u32 epoll_poll(struct file *file, struct poll_table *table)
{
	u32 ready;

	spin_lock(&epolls_lock);
	ready = ask_set(file->private, table);
	spin_unlock(&epolls_lock);
	return ready;
}

static void epoll_release(struct file *file)
{
	struct epoll *set = file->private;

	spin_lock(&epolls_lock);
	while (!tree_empty(&set->items))
		remove_item(tree_entry(set->items.root, struct epoll_item, node));
	spin_unlock(&epolls_lock);
	slab_free(&set_cache, set);
}

static const struct file_operations epoll_operations = {
	.kind = "eventpoll",
	.release = epoll_release,
	.poll = epoll_poll,
};

struct file *epoll_create(void)
{
	struct epoll *set = slab_alloc_zeroed(&set_cache);
	struct file *file;

	if (!set)
		return NULL;
	tree_init(&set->items);
	list_init(&set->ready);
	spin_init(&set->ready_lock);
	wait_queue_init(&set->waiting);
	file = anonymous_file(&epoll_operations, set, 0, O_RDWR);
	if (!file)
		slab_free(&set_cache, set);
	else
		set->file = file;
	return file;
}
