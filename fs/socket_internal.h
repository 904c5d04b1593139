/*
 * Between fs/socket.c (names and connections) and fs/socket_data.c (what they transfer).
 */
#pragma once

#include <stdatomic.h>

#include "arch/riscv/lock.h"
#include "fs/file.h"
#include "fs/socket.h"
#include "lib/list.h"
#include "lib/tree.h"

/*
 * One message or, on a stream, one piece of what was sent. It is freed once all of it has been
 * received; a receiver holds `receiving`, so that the packet stays while it is read.
 */
struct packet {
	struct list_node node;
	struct socket_address from;
	struct ucred sender;
	struct file *files[SOCKET_FILES_MAX];
	u32 file_count;
	struct socket *holder; /* where it is queued, if there are sockets among the files */
	u32 size, offset;
	char data[];
};

/* sockets_lock guards everything except `receiving` and what never changes. */
struct socket {
	_Atomic u32 count; /* held by the file, connected sockets and the backlog */
	u32 type;
	struct ucred owner; /* who created it, or called connect() or listen() */
	bool closed;        /* the file is gone */
	bool listening;
	bool read_shut, write_shut;
	bool was_connected;
	bool tell_sender;    /* to a receiver on this socket */
	int error;           /* or 0: returned once, to the next receiver that finds no packets */
	struct socket *peer; /* counted; where it sends to */
	struct socket_address address;
	struct inode *inode; /* counted; of a name that is a path */
	struct tree_node bound_node;
	bool bound;

	struct list packets;
	u32 queued;     /* bytes in the queue */
	u32 waiting;    /* packets in the queue */
	u32 held;       /* of these, packets that hold sockets */
	u32 travelling; /* how many packets hold this socket */
	struct mutex receiving;
	/*
	 * Woken when there is something to receive or to accept, at the end, and, except for
	 * datagrams, when there is room at the peer.
	 */
	struct wait_queue changed;

	struct list backlog; /* of sockets that wait to be accepted */
	struct list_node backlog_node;
	u32 backlog_length, backlog_limit;
};

extern struct spinlock sockets_lock;

/* For tasks that wait for room for a datagram in any socket, or for a place in any backlog. */
extern struct wait_queue sockets_room;

/* The caller, with its real ids. */
struct ucred socket_sender(void);

struct socket *socket_of(const struct file *file);
void socket_put(struct socket *socket);

static inline struct socket *socket_get(struct socket *socket)
{
	if (socket)
		atomic_fetch_add_explicit(&socket->count, 1, memory_order_relaxed);
	return socket;
}

/* The socket of that name, counted, or an error pointer. */
struct socket *socket_find(struct fs_context *context, const struct socket_address *address);

static inline bool socket_is_datagram(const struct socket *socket)
{
	return socket->type == SOCK_DGRAM;
}

static inline bool socket_has_peer(const struct socket *socket)
{
	return socket->peer && !socket->peer->closed;
}

/*
 * Whether a sender to it has to wait. The memory of the packets themselves counts, too: otherwise
 * there could be any number of packets with few bytes or none.
 */
static inline bool socket_is_full(const struct socket *socket) REQUIRES(sockets_lock)
{
	return socket->queued + socket->waiting * sizeof(struct packet) >= SOCKET_CAPACITY;
}

/* Whether it takes messages from this sender: a connected socket takes them only from its peer. */
static inline bool socket_hears(const struct socket *socket, const struct socket *sender)
{
	return !socket->peer || socket->peer == sender;
}

void packet_free(struct packet *packet);

ssize_t socket_file_read(struct file *file, struct io *io, u64 *offset);
ssize_t socket_file_write(struct file *file, struct io *io, u64 *offset);
u32 socket_file_poll(struct file *file, struct poll_table *table);
s64 socket_file_ioctl(struct file *file, u32 command, u64 argument, struct space *space);
