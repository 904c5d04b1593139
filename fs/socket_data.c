/*
 * Local sockets: sending and receiving. A sender first makes a packet, and then, under the lock,
 * checks for room and queues it; user memory is never copied under the lock.
 */
#include "fs/poll.h"
#include "fs/socket_internal.h"
#include "lib/abi/termios.h"
#include "lib/error.h"
#include "mm/slab.h"

/* How much a stream moves at a time. */
#define STREAM_PIECE KIB(16)

/*
 * Sockets may be sent, too. So that sockets never keep each other alive in a circle, there is a
 * rule: a socket under way holds no sockets, and no socket is sent to one that is not accepted yet.
 */
static bool may_carry(const struct socket *target, const struct packet *packet)
	REQUIRES(sockets_lock)
{
	bool may_hold = !target->travelling && !list_node_linked(&target->backlog_node);

	for (u32 i = 0; i < packet->file_count; i++) {
		const struct socket *socket = socket_of(packet->files[i]);

		if (socket && (!may_hold || socket == target || socket->held))
			return false;
	}
	return true;
}

/* Counts the sockets in the packet as under way in the target's queue. */
static void load_sockets(struct socket *target, struct packet *packet) REQUIRES(sockets_lock)
{
	for (u32 i = 0; i < packet->file_count; i++) {
		struct socket *socket = socket_of(packet->files[i]);

		if (!socket)
			continue;
		socket->travelling++;
		packet->holder = target;
	}
	if (packet->holder)
		target->held++;
}

/* The sockets in the packet have arrived, or are dropped along with it. */
static void unload_sockets(struct packet *packet)
{
	if (!packet->holder)
		return;
	spin_lock(&sockets_lock);
	for (u32 i = 0; i < packet->file_count; i++) {
		struct socket *socket = socket_of(packet->files[i]);

		if (socket)
			socket->travelling--;
	}
	packet->holder->held--;
	packet->holder = NULL;
	spin_unlock(&sockets_lock);
}

void packet_free(struct packet *packet)
{
	unload_sockets(packet);
	for (u32 i = 0; i < packet->file_count; i++)
		file_put(packet->files[i]);
	kfree(packet);
}

/* Sending */

/* A packet with the next `size` bytes, or an error pointer. The files stay the caller's. */
static struct packet *make_packet(struct io *io, u32 size)
{
	struct packet *packet = kmalloc(sizeof(*packet) + size);

	if (!packet)
		return error_pointer(-ENOMEM);
	packet->size = size;
	packet->offset = 0;
	packet->file_count = 0;
	packet->holder = NULL;
	if (io_read(io, packet->data, size) == size)
		return packet;
	kfree(packet);
	return error_pointer(io->error);
}

/* Whether a packet may go now: 0, -EAGAIN (no room), or the error why it never may. */
static int may_send(const struct socket *socket, const struct socket *target) REQUIRES(sockets_lock)
{
	bool datagram = socket_is_datagram(socket);

	if (socket->write_shut)
		return -EPIPE;
	if (!socket_hears(target, socket))
		return -EPERM;
	if (target->closed)
		return datagram ? -ECONNREFUSED : -EPIPE;
	if (target->read_shut)
		return -EPIPE;
	return socket_is_full(target) ? -EAGAIN : 0;
}

static int try_send(struct socket *socket, struct socket *target, struct packet *packet)
{
	int error;

	spin_lock(&sockets_lock);
	error = may_send(socket, target);
	if (!error && !may_carry(target, packet))
		error = -ETOOMANYREFS;
	if (!error) {
		load_sockets(target, packet);
		packet->from = socket->address;
		list_push_back(&target->packets, &packet->node);
		target->queued += packet->size;
		target->waiting++;
	}
	spin_unlock(&sockets_lock);
	if (!error)
		wake_all(&target->changed);
	return error;
}

static int send_packet(struct socket *socket, struct socket *target, struct packet *packet,
	bool may_block)
{
	struct wait_queue *room = socket_is_datagram(socket) ? &sockets_room : &socket->changed;
	struct waiter waiter = {};
	int error;

	for (;;) {
		wait_join(room, &waiter);
		error = try_send(socket, target, packet);
		if (error != -EAGAIN || !may_block)
			break;
		error = wait_sleep(WAIT_FOREVER);
		if (error)
			break;
	}
	wait_leave(&waiter);
	return error;
}

/* The next part of a transfer. The files of `extra` go along with the first. */
static int send_part(struct socket *socket, struct socket *target, struct io *io, u32 size,
	struct socket_extra *extra, bool may_block)
{
	struct packet *packet = make_packet(io, size);
	int error;

	if (is_error(packet))
		return pointer_error(packet);
	packet->sender = extra->has_sender ? extra->sender : socket_sender();
	for (u32 i = 0; i < extra->file_count; i++)
		packet->files[i] = extra->files[i];
	packet->file_count = extra->file_count;
	error = send_packet(socket, target, packet, may_block);
	if (error) {
		packet->file_count = 0;
		packet_free(packet);
	} else {
		extra->file_count = 0;
	}
	return error;
}

/* The socket to send to, counted, or an error pointer. */
static struct socket *find_target(struct socket *socket, struct fs_context *context,
	const struct socket_extra *extra)
{
	struct socket *target;

	if (extra->address.length) {
		if (!socket_is_datagram(socket))
			return error_pointer(socket->peer ? -EISCONN : -EOPNOTSUPP);
		target = socket_find(context, &extra->address);
		if (is_error(target) || target->type == socket->type)
			return target;
		socket_put(target);
		return error_pointer(-EPROTOTYPE);
	}
	spin_lock(&sockets_lock);
	target = socket_get(socket->peer);
	spin_unlock(&sockets_lock);
	return target ? target : error_pointer(-ENOTCONN);
}

ssize_t socket_send(struct file *file, struct fs_context *context, struct io *io,
	struct socket_extra *extra, u32 flags)
{
	bool may_block = !(flags & MSG_DONTWAIT) && !(file_flags(file) & O_NONBLOCK);
	struct socket *socket = socket_of(file), *target;
	size_t wanted = io->left, done = 0;
	int error = 0;

	if (!socket)
		return -ENOTSOCK;
	if (socket->type != SOCK_STREAM && wanted > SOCKET_CAPACITY)
		return -EMSGSIZE;
	target = find_target(socket, context, extra);
	if (is_error(target))
		return pointer_error(target);
	if (socket->type != SOCK_STREAM) {
		error = send_part(socket, target, io, (u32)wanted, extra, may_block);
		done = wanted;
	}
	while (socket->type == SOCK_STREAM && done < wanted && !error) {
		u32 size = (u32)min(wanted - done, (size_t)STREAM_PIECE);

		error = send_part(socket, target, io, size, extra, may_block);
		if (!error)
			done += size;
		if (done < wanted && !wait_give_way())
			break;
	}
	socket_put(target);
	if (error && (socket->type != SOCK_STREAM || !done))
		return error;
	return (ssize_t)done;
}

/* Receiving */

/*
 * The packet after `packet` (NULL: the first), which stays as long as the caller holds `receiving`;
 * NULL: none.
 */
static struct packet *next_packet(struct socket *socket, const struct packet *packet)
{
	struct list_node *node;

	spin_lock(&sockets_lock);
	node = packet ? list_next(&socket->packets, &packet->node) : list_first(&socket->packets);
	spin_unlock(&sockets_lock);
	return node ? list_entry(node, struct packet, node) : NULL;
}

/* Wakes the senders that wait for room: anybody for datagrams, else the peer. */
static void tell_of_room(struct socket *socket) REQUIRES(sockets_lock)
{
	if (socket_is_datagram(socket))
		wake_all(&sockets_room);
	else if (socket->peer)
		wake_all(&socket->peer->changed);
}

/* Removes `size` bytes from the first packet, and frees it when it is empty. */
static void use_up(struct socket *socket, struct packet *packet, u32 size)
{
	bool empty, was_full;

	spin_lock(&sockets_lock);
	was_full = socket_is_full(socket);
	packet->offset += size;
	socket->queued -= size;
	empty = packet->offset == packet->size;
	if (empty) {
		list_remove(&packet->node);
		socket->waiting--;
	}
	if (was_full)
		tell_of_room(socket);
	spin_unlock(&sockets_lock);
	if (empty)
		packet_free(packet);
}

/* Hands the packet's files to the receiver; peek: gives it references of its own. */
static void take_files(struct packet *packet, struct socket_extra *extra, bool peek)
{
	for (u32 i = 0; i < packet->file_count; i++)
		extra->files[i] = peek ? file_get(packet->files[i]) : packet->files[i];
	extra->file_count = packet->file_count;
	if (peek)
		return;
	unload_sockets(packet);
	packet->file_count = 0;
}

/* If the reader wants to know the sender, bytes of different senders are not read together. */
static bool is_of_sender(const struct packet *packet, const struct socket_extra *extra)
{
	return !extra->has_sender ||
		(packet->sender.pid == extra->sender.pid &&
			packet->sender.uid == extra->sender.uid &&
			packet->sender.gid == extra->sender.gid);
}

static void tell_sender(const struct socket *socket, const struct packet *packet,
	struct socket_extra *extra)
{
	extra->sender = packet->sender;
	extra->has_sender = socket->tell_sender;
}

/* One message, or as much of it as fits: the rest is lost. MSG_TRUNC: the result is its length. */
static ssize_t take_message(struct socket *socket, struct packet *packet, struct io *io,
	struct socket_extra *extra, u32 flags)
{
	size_t length = packet->size, size = min(length, io->left);

	if (io_write(io, packet->data, size) < size)
		return io->error;
	extra->address = packet->from;
	tell_sender(socket, packet, extra);
	extra->truncated = size < length;
	take_files(packet, extra, flags & MSG_PEEK);
	if (!(flags & MSG_PEEK))
		use_up(socket, packet, packet->size);
	return (ssize_t)(flags & MSG_TRUNC ? length : size);
}

/* Bytes of a stream, up to the next packet that has files or another sender. */
static ssize_t take_bytes(struct socket *socket, struct packet *packet, struct io *io,
	struct socket_extra *extra, bool peek)
{
	size_t total = 0;

	if (!is_of_sender(packet, extra))
		return 0;
	tell_sender(socket, packet, extra);
	do {
		size_t size = min((size_t)(packet->size - packet->offset), io->left);
		size_t done = io_write(io, packet->data + packet->offset, size);

		/* A packet that did not arrive whole stays, to be read again. */
		if (done < size)
			return io_result(io, total);
		if (packet->file_count)
			take_files(packet, extra, peek);
		total += done;
		if (!peek)
			use_up(socket, packet, (u32)size);
		packet = next_packet(socket, peek ? packet : NULL);
	} while (packet && io->left && !packet->file_count && !extra->file_count &&
		is_of_sender(packet, extra));
	return (ssize_t)total;
}

/* Why nothing more will come: 0 (the end) or an errno; 1: something may. */
static int look_for_end(struct socket *socket)
{
	int result = 1;

	spin_lock(&sockets_lock);
	if (socket->error && list_empty(&socket->packets)) {
		result = -socket->error;
		socket->error = 0;
	} else if (socket->read_shut) {
		result = 0;
	} else if (!socket_is_datagram(socket) && !socket->was_connected)
		result = socket->type == SOCK_STREAM ? -EINVAL : -ENOTCONN;
	else if (!socket_is_datagram(socket) &&
		(!socket_has_peer(socket) || socket->peer->write_shut))
		result = 0;
	spin_unlock(&sockets_lock);
	return result;
}

/* Receives what there is now; -EAGAIN: nothing, and it is not the end. */
static ssize_t try_receive(struct socket *socket, struct io *io, struct socket_extra *extra,
	u32 flags)
{
	struct packet *packet;
	ssize_t result;
	int end;

	mutex_lock(&socket->receiving);
	end = look_for_end(socket); /* before looking for packets: the last may just have come */
	packet = next_packet(socket, NULL);
	if (!packet)
		result = end == 1 ? -EAGAIN : end;
	else if (socket->type == SOCK_STREAM)
		result = take_bytes(socket, packet, io, extra, flags & MSG_PEEK);
	else
		result = take_message(socket, packet, io, extra, flags);
	mutex_unlock(&socket->receiving);
	return result;
}

ssize_t socket_receive(struct file *file, struct io *io, struct socket_extra *extra, u32 flags)
{
	bool may_block = !(flags & MSG_DONTWAIT) && !(file_flags(file) & O_NONBLOCK);
	struct socket *socket = socket_of(file);
	struct waiter waiter = {};
	ssize_t total = 0, got;
	bool all;

	extra->file_count = 0;
	extra->has_sender = false;
	extra->address.length = 0;
	extra->truncated = false;
	if (!socket)
		return -ENOTSOCK;
	all = (flags & MSG_WAITALL) && socket->type == SOCK_STREAM && !(flags & MSG_PEEK);
	for (;;) {
		wait_join(&socket->changed, &waiter);
		got = try_receive(socket, io, extra, flags);
		if (got > 0)
			total += got;
		if (got == -EAGAIN ? !may_block
				   : got <= 0 || !all || !io->left || extra->file_count)
			break;
		if (got > 0)
			continue;
		got = wait_sleep(WAIT_FOREVER);
		if (got)
			break;
	}
	wait_leave(&waiter);
	return total ? total : got;
}

/* As files */

ssize_t socket_file_read(struct file *file, struct io *io, u64 *offset UNUSED)
{
	struct socket_extra *extra;
	ssize_t result;

	if (!io->left)
		return 0;
	extra = kmalloc(sizeof(*extra));
	if (!extra)
		return -ENOMEM;
	result = socket_receive(file, io, extra, 0);
	for (u32 i = 0; i < extra->file_count; i++)
		file_put(extra->files[i]);
	kfree(extra);
	return result;
}

ssize_t socket_file_write(struct file *file, struct io *io, u64 *offset UNUSED)
{
	KMALLOC_HELD struct socket_extra *extra = kmalloc_zeroed(sizeof(*extra));

	return extra ? socket_send(file, NULL, io, extra, 0) : -ENOMEM;
}

s64 socket_file_ioctl(struct file *file, u32 command, u64 argument, struct space *space)
{
	struct socket *socket = socket_of(file);
	s32 bytes;

	if (command != FIONREAD)
		return -ENOTTY;
	spin_lock(&sockets_lock);
	bytes = (s32)socket->queued;
	spin_unlock(&sockets_lock);
	return copy_to_user(space, UADDR(argument), &bytes, sizeof(bytes));
}

u32 socket_file_poll(struct file *file, struct poll_table *table)
{
	struct socket *socket = socket_of(file);
	bool datagram = socket_is_datagram(socket), unconnected, in_ended, out_ended;
	const struct socket *peer;
	u32 ready = 0;

	poll_join(table, &socket->changed);
	if (datagram)
		poll_join(table, &sockets_room);
	spin_lock(&sockets_lock);
	peer = datagram ? NULL : socket->peer;
	unconnected = !datagram && !socket->listening && !socket_has_peer(socket);
	in_ended = socket->read_shut || (peer && peer->write_shut) ||
		(unconnected && socket->was_connected);
	out_ended = socket->write_shut || (peer && peer->read_shut) || unconnected;
	if (in_ended)
		ready |= POLLIN | POLLRDNORM | POLLRDHUP;
	if (!list_empty(&socket->packets) || !list_empty(&socket->backlog))
		ready |= POLLIN | POLLRDNORM;
	if (unconnected || (in_ended && out_ended))
		ready |= POLLHUP;
	if (socket->error)
		ready |= POLLERR;
	if (!socket->listening && (!socket_has_peer(socket) || !socket_is_full(socket->peer)))
		ready |= POLLOUT | POLLWRNORM;
	spin_unlock(&sockets_lock);
	return ready;
}
