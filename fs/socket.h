/*
 * Local sockets: AF_UNIX, of the types SOCK_STREAM, SOCK_DGRAM and SOCK_SEQPACKET. The calls take
 * an open file, and return -ENOTSOCK if it is not a socket. Those that may wait return -EAGAIN if
 * they must not, and -EINTR.
 */
#pragma once

#include "lib/abi/socket.h"
#include "lib/types.h"

struct file;
struct fs_context;
struct io;

/* How many files may travel with one message. */
#define SOCKET_FILES_MAX 32

/* How many bytes may wait to be received before nothing more fits; also the longest datagram. */
#define SOCKET_CAPACITY KIB(208)

/* A name: a path, or any bytes after a NUL. length 0: none. */
struct socket_address {
	u32 length;
	char text[UNIX_PATH_MAX];
};

/* What is sent or received along with the bytes of a message. */
struct socket_extra {
	struct file *files[SOCKET_FILES_MAX]; /* counted; received ones are the receiver's */
	u32 file_count;
	/*
	 * has_sender: when sending, the sender names itself, and the caller has checked that it
	 * may; when receiving, the socket is to name senders (SO_PASSCRED).
	 */
	struct ucred sender;
	bool has_sender;
	struct socket_address address; /* the destination, or the source */
	bool truncated;                /* received: the rest of the message is lost */
};

/* A new socket, counted. NULL: no memory. */
struct file *socket_create(u32 type, u32 flags);

/* Two connected sockets, counted. -ENOMEM. */
int socket_create_pair(u32 type, u32 flags, struct file *pair[2]) MUST_CHECK;

/* -EINVAL (has a name), -EADDRINUSE, and the errors of making a file. */
int socket_bind(struct file *file, struct fs_context *context,
	const struct socket_address *address) MUST_CHECK;

/* -EOPNOTSUPP (datagrams), -EINVAL (no name, or connected). */
int socket_listen(struct file *file, u32 backlog) MUST_CHECK;

/* -ECONNREFUSED, -EPROTOTYPE, -EISCONN, -EINVAL, -EPERM, and the errors of finding a file. */
int socket_connect(struct file *file, struct fs_context *context,
	const struct socket_address *address) MUST_CHECK;

/* The next connection's socket, counted, or an error pointer. flags: of the new file. */
struct file *socket_accept(struct file *file, u32 flags);

/* peer: the other end's name. -ENOTCONN. */
int socket_name(struct file *file, bool peer, struct socket_address *address) MUST_CHECK;

/* how: SHUT_RD... -EINVAL. */
int socket_shutdown(struct file *file, u32 how) MUST_CHECK;

/*
 * flags: MSG_DONTWAIT. extra->address.length 0: to the connected peer. The files of `extra` are
 * taken over if anything was sent. -EPIPE, -ENOTCONN, -EISCONN, -EMSGSIZE, -ECONNREFUSED, -EPERM.
 */
ssize_t socket_send(struct file *file, struct fs_context *context, struct io *io,
	struct socket_extra *extra, u32 flags);

/* flags: MSG_DONTWAIT, MSG_PEEK, MSG_WAITALL, MSG_TRUNC. 0 at the end. -ENOTCONN, -ECONNRESET. */
ssize_t socket_receive(struct file *file, struct io *io, struct socket_extra *extra, u32 flags);

/* SO_PASSCRED: whether receivers on this socket are told the sender. */
int socket_set_tell_sender(struct file *file, bool tell) MUST_CHECK;

/* For getsockopt(2). */
struct socket_facts {
	u32 type;
	bool listening;
	bool tell_sender;
	struct ucred peer; /* pid 0: not connected */
};

/* Returns the pending error as a positive number, and clears it; 0: none. */
int socket_take_error(struct file *file);

int socket_facts(struct file *file, struct socket_facts *facts) MUST_CHECK;

bool file_is_socket(const struct file *file);
