/*
 * Sleepers of fs/: epoll sets (fs/epoll.c) and local sockets (fs/socket_data.c). What they wait for
 * happens at the worst moment: when a task is about to take a lock, or has just looked. None sleeps
 * on, and none misses what came before an end.
 */
#include "fs/anonymous.h"
#include "fs/epoll.h"
#include "fs/poll.h"
#include "fs/socket_internal.h"
#include "lib/error.h"
#include "tests/unit/machine.h"
#include "tests/unit/unit.h"

struct spinlock sockets_lock;
struct wait_queue sockets_room;

/* Whether the sleeping task has been woken; and what others do while it sleeps, if not before. */
static bool awake;
static void (*act)(void);

static void others_act(void)
{
	machine_act(&act);
}

/* What proc/wait.c does, for one task. */

void wait_queue_init(struct wait_queue *queue)
{
	spin_init(&queue->lock);
	list_init(&queue->waiters);
}

void wait_watch(struct wait_queue *queue, struct waiter *waiter)
{
	spin_lock(&queue->lock);
	waiter->queue = queue;
	list_push_back(&queue->waiters, &waiter->node);
	spin_unlock(&queue->lock);
}

void wait_join(struct wait_queue *queue, struct waiter *waiter)
{
	if (!waiter->queue)
		wait_watch(queue, waiter);
	awake = false;
}

void wait_leave(struct waiter *waiter)
{
	struct wait_queue *queue = waiter->queue;

	if (!queue)
		return;
	spin_lock(&queue->lock);
	list_remove(&waiter->node);
	spin_unlock(&queue->lock);
	waiter->queue = NULL;
}

void wake_all(struct wait_queue *queue)
{
	struct waiter *waiter;

	spin_lock(&queue->lock);
	list_for_each_entry(waiter, &queue->waiters, node)
		if (waiter->notify)
			waiter->notify(waiter);
		else
			awake = true;
	spin_unlock(&queue->lock);
}

int wait_sleep(u64 deadline UNUSED)
{
	others_act();
	return CHECK(awake) ? 0 : -ETIMEDOUT;
}

void mutex_init(struct mutex *mutex)
{
	atomic_init(&mutex->held, 0);
}

void mutex_lock(struct mutex *mutex) NO_THREAD_SAFETY_ANALYSIS
{
	CHECK_EQUAL(atomic_exchange(&mutex->held, 1), 0);
}

void mutex_unlock(struct mutex *mutex) NO_THREAD_SAFETY_ANALYSIS
{
	atomic_store(&mutex->held, 0);
}

/* What else they need of the kernel. */

static struct file set, files[2];
static struct socket sockets[2];

struct file *anonymous_file(const struct file_operations *operations, void *private,
	u32 type UNUSED, u32 flags UNUSED)
{
	set = (struct file){ .operations = operations, .private = private };
	return &set;
}

u32 file_poll(struct file *file, struct poll_table *table)
{
	return file->operations->poll(file, table);
}

void file_put(struct file *file UNUSED)
{
}

struct socket *socket_of(const struct file *file)
{
	return file->private;
}

struct socket *socket_find(struct fs_context *context UNUSED,
	const struct socket_address *address UNUSED)
{
	return error_pointer(-ECONNREFUSED);
}

void socket_put(struct socket *socket)
{
	socket->count--;
}

struct ucred socket_sender(void)
{
	return (struct ucred){ 0 };
}

/* Sets: a file becomes ready just after it has said that it is not. */

static struct wait_queue changed;
static u32 ready;

static void become_ready(void)
{
	ready = POLLIN;
	wake_all(&changed);
}

static u32 poll_file(struct file *file UNUSED, struct poll_table *table)
{
	u32 was;

	poll_join(table, &changed);
	was = ready;
	others_act();
	return was;
}

static void ready_after_look(void)
{
	static const struct file_operations operations = { .poll = poll_file };
	struct file file = { .operations = &operations };
	struct epoll_event event = { .events = POLLIN };

	wait_queue_init(&changed);
	CHECK(epoll_create() == &set);
	ready = POLLIN; /* so that it is looked at again */
	CHECK_EQUAL(epoll_control(&set, EPOLL_CTL_ADD, &file, 0, &event), 0);
	ready = 0;
	act = become_ready;
	CHECK_EQUAL(epoll_wait(&set, &event, 1, WAIT_FOREVER), 1);
	set.operations->release(&set);
	CHECK(list_empty(&changed.waiters));
}

/* Sockets: others act after so many locks have been taken, or when the task sleeps. */

static void connect_two(void)
{
	for (u32 i = 0; i < 2; i++) {
		sockets[i] = (struct socket){
			.count = 1,
			.type = SOCK_STREAM,
			.was_connected = true,
			.peer = &sockets[1 - i],
		};
		list_init(&sockets[i].packets);
		list_init(&sockets[i].backlog);
		wait_queue_init(&sockets[i].changed);
		files[i] = (struct file){ .private = &sockets[i] };
	}
}

static ssize_t send(u32 from, size_t size)
{
	static char bytes[KIB(16)];
	struct socket_extra extra = { .file_count = 0 };
	struct io io;

	io_kernel(&io, bytes, size);
	return socket_send(&files[from], NULL, &io, &extra, 0);
}

static ssize_t receive(u32 to)
{
	static char bytes[KIB(16)];
	struct socket_extra extra;
	struct io io;

	io_kernel(&io, bytes, sizeof(bytes));
	return socket_receive(&files[to], &io, &extra, 0);
}

static void send_and_end(void)
{
	CHECK_EQUAL(send(1, 1), 1);
	sockets[1].write_shut = true;
	wake_all(&sockets[0].changed);
}

/* The last byte comes before the end. */
static void byte_before_end(void)
{
	for (u32 locks = 0; locks < 8; locks++) {
		connect_two();
		act = send_and_end;
		machine_act_after_locks(locks, others_act);
		CHECK_EQUAL(receive(0), 1);
		machine_has_acted();
		if (!act)
			CHECK_EQUAL(receive(0), 0);
		act = NULL;
	}
}

static void make_room(void)
{
	CHECK(receive(1) > 0);
}

/* Room is made as soon as the sender has looked for it in vain. */
static void room_after_look(void)
{
	for (u32 locks = 0; locks < 8; locks++) {
		connect_two();
		while (!socket_is_full(&sockets[1]))
			CHECK_EQUAL(send(0, KIB(16)), KIB(16));
		act = make_room;
		machine_act_after_locks(locks, others_act);
		CHECK_EQUAL(send(0, 1), 1);
		machine_has_acted();
		while (!list_empty(&sockets[1].packets))
			CHECK(receive(1) > 0);
	}
}

int main(void)
{
	static const struct unit_case cases[] = {
		{ "a file is ready when it has just been asked", ready_after_look },
		{ "a byte and the end come at once", byte_before_end },
		{ "there is room when it has just been looked for", room_after_look },
	};

	machine_start();
	wait_queue_init(&sockets_room);
	return UNIT_RUN(cases);
}
