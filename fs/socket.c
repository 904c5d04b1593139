/*
 * Local sockets (fs/socket.h): making and freeing them, names and connections.
 *
 *	sockets_lock	all sockets. One lock for all, since a connection has two.
 *	receiving	a mutex of each socket: one receiver at a time (fs/socket_data.c)
 */
#include "fs/anonymous.h"
#include "fs/context.h"
#include "fs/credentials.h"
#include "fs/path.h"
#include "fs/procfs.h"
#include "fs/socket_internal.h"
#include "lib/error.h"
#include "lib/string.h"
#include "mm/slab.h"

struct spinlock sockets_lock;
struct wait_queue sockets_room = WAIT_QUEUE_INITIAL(sockets_room);

static struct tree bound_sockets GUARDED_BY(sockets_lock);
static struct slab_cache socket_cache = SLAB_CACHE(socket_cache, "socket", sizeof(struct socket));
static const struct file_operations socket_operations;

#define SOCKET_PERMISSIONS 0777

/* What a peer is told about the caller (SO_PEERCRED). */
static struct ucred describe_caller(void)
{
	const struct credentials *credentials = credentials_of_caller();

	return (struct ucred){
		.pid = procfs_own_pid(),
		.uid = credentials->user.effective,
		.gid = credentials->group.effective,
	};
}

struct ucred socket_sender(void)
{
	const struct credentials *credentials = credentials_of_caller();

	return (struct ucred){
		.pid = procfs_own_pid(),
		.uid = credentials->user.real,
		.gid = credentials->group.real,
	};
}

static struct socket *allocate(u32 type)
{
	struct socket *socket = slab_alloc_zeroed(&socket_cache);

	if (!socket)
		return NULL;
	atomic_init(&socket->count, 1);
	socket->type = type;
	socket->owner = describe_caller();
	list_init(&socket->packets);
	list_init(&socket->backlog);
	mutex_init(&socket->receiving);
	wait_queue_init(&socket->changed);
	return socket;
}

void socket_put(struct socket *socket)
{
	if (!socket || atomic_fetch_sub_explicit(&socket->count, 1, memory_order_acq_rel) != 1)
		return;
	inode_put(socket->inode);
	slab_free(&socket_cache, socket);
}

struct socket *socket_of(const struct file *file)
{
	return file_is_socket(file) ? file->private : NULL;
}

bool file_is_socket(const struct file *file)
{
	return file->operations == &socket_operations;
}

/*
 * Nobody has it open any more: tells those that are connected to it, or wait to be. unaccepted:
 * nobody ever had it open.
 */
static void close_socket(struct socket *socket, bool unaccepted)
{
	struct list packets = LIST_INITIAL(packets), backlog = LIST_INITIAL(backlog);
	struct socket *peer, *waiting;
	struct packet *packet;
	bool waited_for;

	spin_lock(&sockets_lock);
	socket->closed = true;
	waited_for = socket->listening || socket_is_full(socket);
	peer = socket->peer;
	socket->peer = NULL;
	if (peer && !socket_is_datagram(socket) && (unaccepted || !list_empty(&socket->packets)))
		peer->error = ECONNRESET;
	list_append_all(&packets, &socket->packets);
	list_append_all(&backlog, &socket->backlog);
	if (socket->bound)
		tree_remove(&bound_sockets, &socket->bound_node);
	socket->bound = false;
	spin_unlock(&sockets_lock);

	while ((packet = list_pop_front_entry(&packets, struct packet, node)))
		packet_free(packet);
	while ((waiting = list_pop_front_entry(&backlog, struct socket, backlog_node)))
		close_socket(waiting, true);
	if (peer) {
		wake_all(&peer->changed);
		socket_put(peer);
	}
	if (waited_for)
		wake_all(&sockets_room);
	socket_put(socket);
}

static void socket_release(struct file *file)
{
	close_socket(file->private, false);
}

static const struct file_operations socket_operations = {
	.release = socket_release,
	.read = socket_file_read,
	.write = socket_file_write,
	.poll = socket_file_poll,
	.ioctl = socket_file_ioctl,
};

/* Takes over the socket. NULL: no memory. */
static struct file *open_socket(struct socket *socket, u32 flags)
{
	struct file *file;

	if (!socket)
		return NULL;
	file = anonymous_file(&socket_operations, socket, S_IFSOCK, O_RDWR | flags);
	if (!file)
		close_socket(socket, false);
	return file;
}

struct file *socket_create(u32 type, u32 flags)
{
	return open_socket(allocate(type), flags);
}

static void join(struct socket *a, struct socket *b) REQUIRES(sockets_lock)
{
	a->peer = socket_get(b);
	b->peer = socket_get(a);
	a->was_connected = b->was_connected = true;
}

int socket_create_pair(u32 type, u32 flags, struct file *pair[2])
{
	pair[0] = socket_create(type, flags);
	if (!pair[0])
		return -ENOMEM;
	pair[1] = socket_create(type, flags);
	if (!pair[1]) {
		file_put(pair[0]);
		return -ENOMEM;
	}
	spin_lock(&sockets_lock);
	join(socket_of(pair[0]), socket_of(pair[1]));
	spin_unlock(&sockets_lock);
	return 0;
}

/* Names */

static bool is_path(const struct socket_address *address)
{
	return address->length && address->text[0];
}

/* The inode of a path, counted, or an error pointer; make: makes a new one there. */
static struct inode *inode_of_path(struct fs_context *context, const struct socket_address *address,
	bool make)
{
	char text[UNIX_PATH_MAX + 1] = {};
	struct path path = { .context = context, .text = text };
	struct dentry *dentry;

	memcpy(text, address->text, address->length);
	if (make)
		dentry = path_make_socket(path, SOCKET_PERMISSIONS & ~atomic_load(&context->umask));
	else
		dentry = path_lookup(path, PATH_FOLLOW);
	return dentry_to_inode(dentry);
}

/* Orders paths by their inodes, which no two sockets share, and other names by length and bytes. */
static int compare(const struct inode *inode, const struct socket_address *address,
	const struct socket *socket)
{
	if (inode != socket->inode)
		return (u64)inode < (u64)socket->inode ? -1 : 1;
	if (inode)
		return 0;
	if (address->length != socket->address.length)
		return address->length < socket->address.length ? -1 : 1;
	return memcmp(address->text, socket->address.text, address->length);
}

/* The pointer in the tree that points to the socket of that name, or would; *parent: its node. */
static struct tree_node **find_bound(const struct inode *inode,
	const struct socket_address *address, struct tree_node **parent) REQUIRES(sockets_lock)
{
	struct tree_node **link = &bound_sockets.root;

	*parent = NULL;
	while (*link) {
		int order = compare(inode, address, tree_entry(*link, struct socket, bound_node));

		if (order == 0)
			break;
		*parent = *link;
		link = &(*link)->child[order > 0];
	}
	return link;
}

struct socket *socket_find(struct fs_context *context, const struct socket_address *address)
{
	INODE_HELD struct inode *inode =
		is_path(address) ? inode_of_path(context, address, false) : NULL;
	struct tree_node *parent;
	struct socket *socket;
	int error;

	if (is_error(inode))
		return (struct socket *)inode;
	error = inode ? permission(inode, W_OK) : 0;
	if (error)
		return error_pointer(error);
	spin_lock(&sockets_lock);
	socket = socket_get(tree_entry_or_null(*find_bound(inode, address, &parent), struct socket,
		bound_node));
	spin_unlock(&sockets_lock);
	return socket ? socket : error_pointer(-ECONNREFUSED);
}

int socket_bind(struct file *file, struct fs_context *context, const struct socket_address *address)
{
	struct socket *socket = socket_of(file);
	struct tree_node *parent, **link;
	struct inode *inode = NULL;
	int error = 0;

	if (!socket)
		return -ENOTSOCK;
	if (!address->length || socket->address.length)
		return -EINVAL;
	if (is_path(address))
		inode = inode_of_path(context, address, true);
	if (is_error(inode))
		return pointer_error(inode) == -EEXIST ? -EADDRINUSE : pointer_error(inode);
	spin_lock(&sockets_lock);
	link = find_bound(inode, address, &parent);
	if (socket->address.length) {
		error = -EINVAL;
	} else if (*link) {
		error = -EADDRINUSE;
	} else {
		socket->address = *address;
		socket->inode = inode;
		socket->bound = true;
		tree_insert(&bound_sockets, &socket->bound_node, parent, link);
	}
	spin_unlock(&sockets_lock);
	if (error)
		inode_put(inode);
	return error;
}

int socket_name(struct file *file, bool peer, struct socket_address *address)
{
	struct socket *socket = socket_of(file);
	int error = 0;

	if (!socket)
		return -ENOTSOCK;
	spin_lock(&sockets_lock);
	if (!peer)
		*address = socket->address;
	else if (socket->peer)
		*address = socket->peer->address;
	else
		error = -ENOTCONN;
	spin_unlock(&sockets_lock);
	return error;
}

/* Connections */

int socket_listen(struct file *file, u32 backlog)
{
	struct socket *socket = socket_of(file);
	int error = 0;

	if (!socket)
		return -ENOTSOCK;
	if (socket_is_datagram(socket))
		return -EOPNOTSUPP;
	spin_lock(&sockets_lock);
	if (!socket->bound || socket->peer) {
		error = -EINVAL;
	} else {
		socket->listening = true;
		socket->owner = describe_caller();
		socket->backlog_limit = backlog + 1;
	}
	spin_unlock(&sockets_lock);
	wake_all(&sockets_room);
	return error;
}

/* One attempt. `server` is to be the other end. -EAGAIN: the backlog is full. */
static int try_connect(struct socket *socket, struct socket *listener, struct socket *server)
	REQUIRES(sockets_lock)
{
	if (socket->peer)
		return -EISCONN;
	if (socket->listening)
		return -EINVAL;
	if (listener->type != socket->type)
		return -EPROTOTYPE;
	if (listener->closed || !listener->listening || listener->read_shut)
		return -ECONNREFUSED;
	if (listener->backlog_length >= listener->backlog_limit)
		return -EAGAIN;
	server->address = listener->address;
	socket->owner = describe_caller();
	server->owner = listener->owner;
	join(socket, server);
	list_push_back(&listener->backlog, &server->backlog_node);
	listener->backlog_length++;
	return 0;
}

static int connect_stream(struct file *file, struct socket *socket, struct socket *listener)
{
	struct socket *server = allocate(socket->type);
	struct waiter waiter = {};
	int error;

	if (!server)
		return -ENOMEM;
	for (;;) {
		wait_join(&sockets_room, &waiter);
		spin_lock(&sockets_lock);
		error = try_connect(socket, listener, server);
		spin_unlock(&sockets_lock);
		if (error != -EAGAIN || (file_flags(file) & O_NONBLOCK))
			break;
		error = wait_sleep(WAIT_FOREVER);
		if (error)
			break;
	}
	wait_leave(&waiter);
	if (error)
		socket_put(server);
	else
		wake_all(&listener->changed);
	return error;
}

/* Sets where datagrams go from now on. */
static int set_target(struct socket *socket, struct socket *target)
{
	struct socket *unused = target;
	int error = 0;

	if (target && target->type != socket->type)
		return -EPROTOTYPE;
	socket_get(target);
	spin_lock(&sockets_lock);
	if (target && !socket_hears(target, socket)) {
		error = -EPERM;
	} else {
		unused = socket->peer;
		socket->peer = target;
	}
	spin_unlock(&sockets_lock);
	socket_put(unused);
	return error;
}

int socket_connect(struct file *file, struct fs_context *context,
	const struct socket_address *address)
{
	struct socket *socket = socket_of(file), *target;
	int error;

	if (!socket)
		return -ENOTSOCK;
	if (!address->length)
		return socket_is_datagram(socket) ? set_target(socket, NULL) : -EINVAL;
	target = socket_find(context, address);
	if (is_error(target))
		return pointer_error(target);
	if (socket_is_datagram(socket))
		error = set_target(socket, target);
	else
		error = connect_stream(file, socket, target);
	socket_put(target);
	return error;
}

/* Takes the first socket of the backlog, with its reference; NULL: none. */
static struct socket *take_connection(struct socket *listener)
{
	struct socket *socket;
	bool was_full;

	spin_lock(&sockets_lock);
	was_full = listener->backlog_length >= listener->backlog_limit;
	socket = list_pop_front_entry(&listener->backlog, struct socket, backlog_node);
	if (socket) {
		listener->backlog_length--;
		socket->tell_sender = listener->tell_sender;
	}
	spin_unlock(&sockets_lock);
	if (was_full)
		wake_all(&sockets_room);
	return socket;
}

struct file *socket_accept(struct file *file, u32 flags)
{
	struct socket *listener = socket_of(file), *socket;
	struct waiter waiter = {};
	struct file *accepted;
	int error = 0;

	if (!listener)
		return error_pointer(-ENOTSOCK);
	if (!listener->listening)
		return error_pointer(socket_is_datagram(listener) ? -EOPNOTSUPP : -EINVAL);
	for (;;) {
		wait_join(&listener->changed, &waiter);
		socket = take_connection(listener);
		if (socket || error)
			break;
		if (file_flags(file) & O_NONBLOCK)
			error = -EAGAIN;
		else
			error = listener->read_shut ? -EINVAL : wait_sleep(WAIT_FOREVER);
	}
	wait_leave(&waiter);
	if (!socket)
		return error_pointer(error);
	accepted = open_socket(socket, flags);
	return accepted ? accepted : error_pointer(-ENOMEM);
}

int socket_shutdown(struct file *file, u32 how)
{
	struct socket *socket = socket_of(file), *peer = NULL;

	if (!socket)
		return -ENOTSOCK;
	if (how > SHUT_RDWR)
		return -EINVAL;
	spin_lock(&sockets_lock);
	socket->read_shut |= how != SHUT_WR;
	socket->write_shut |= how != SHUT_RD;
	peer = socket_get(socket->peer);
	spin_unlock(&sockets_lock);
	wake_all(&socket->changed);
	if (socket->listening || socket_is_datagram(socket))
		wake_all(&sockets_room);
	if (peer) {
		wake_all(&peer->changed);
		socket_put(peer);
	}
	return 0;
}

int socket_set_tell_sender(struct file *file, bool tell)
{
	struct socket *socket = socket_of(file);

	if (!socket)
		return -ENOTSOCK;
	spin_lock(&sockets_lock);
	socket->tell_sender = tell;
	spin_unlock(&sockets_lock);
	return 0;
}

int socket_facts(struct file *file, struct socket_facts *facts)
{
	const struct ucred nobody = { .uid = ID_KEEP, .gid = ID_KEEP };
	struct socket *socket = socket_of(file);

	if (!socket)
		return -ENOTSOCK;
	spin_lock(&sockets_lock);
	*facts = (struct socket_facts){
		.type = socket->type,
		.listening = socket->listening,
		.tell_sender = socket->tell_sender,
		.peer = socket->peer ? socket->peer->owner : nobody,
	};
	spin_unlock(&sockets_lock);
	return 0;
}

int socket_take_error(struct file *file)
{
	struct socket *socket = socket_of(file);
	int error;

	if (!socket)
		return 0;
	spin_lock(&sockets_lock);
	error = socket->error;
	socket->error = 0;
	spin_unlock(&sockets_lock);
	return error;
}
