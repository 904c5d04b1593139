/*
 * Between fs/socket.c (names and connections) and fs/socket_data.c (what goes through them).
 */
#pragma once

#include <stdatomic.h>

#include "arch/riscv/lock.h"
#include "fs/file.h"
#include "fs/socket.h"
#include "lib/list.h"
#include "lib/tree.h"

/*
 * One message, or, of a stream, what one send brought. What has been received of it goes; who
 * receives has `receiving`, so that it stays in between.
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

/* sockets_lock guards all of it but what never changes, and `receiving`. */
struct socket {
	_Atomic u32 count; /* the file, who is connected to it, and the backlog */
	u32 type;
	struct ucred owner; /* who made it, or made it connect or listen */
	bool closed;        /* the file is gone */
	bool listening;
	bool read_shut, write_shut;
	bool was_connected;
	bool tell_sender; /* to who receives here */
	int error; /* or 0: what the next to receive is told once, when there is nothing more */
	struct socket *peer; /* counted; to whom it sends */
	struct socket_address address;
	struct inode *inode; /* counted; of a name that is a path */
	struct tree_node bound_node;
	bool bound;

	struct list packets;
	u32 queued;     /* bytes in them */
	u32 waiting;    /* how many they are */
	u32 held;       /* packets among them that hold sockets */
	u32 travelling; /* times that it is in a packet itself */
	struct mutex receiving;
	/* Something to receive or to accept, or the end; but for datagrams, also room at the peer's. */
	struct wait_queue changed;

	struct list backlog; /* of sockets that wait to be accepted */
	struct list_node backlog_node;
	u32 backlog_length, backlog_limit;
};

extern struct spinlock sockets_lock;

/* Who waits for room for a datagram, in any socket, or for a place in the backlog of any. */
extern struct wait_queue sockets_room;

/* The caller, by his real ids. */
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
 * Whether who sends there has to wait. What keeps a packet counts, too: else those that have few bytes
 * or none would come without end.
 */
static inline bool socket_is_full(const struct socket *socket) REQUIRES(sockets_lock)
{
	return socket->queued + socket->waiting * sizeof(struct packet) >= SOCKET_CAPACITY;
}

/* Whether it takes messages from there: who is connected does so from his peer alone. */
static inline bool socket_hears(const struct socket *socket, const struct socket *sender)
{
	return !socket->peer || socket->peer == sender;
}

void packet_free(struct packet *packet);

ssize_t socket_file_read(struct file *file, struct io *io, u64 *offset);
ssize_t socket_file_write(struct file *file, struct io *io, u64 *offset);
u32 socket_file_poll(struct file *file, struct poll_table *table);
s64 socket_file_ioctl(struct file *file, u32 command, u64 argument, struct space *space);
