/*
 * Local sockets: AF_UNIX, of the types SOCK_STREAM, SOCK_DGRAM and SOCK_SEQPACKET. The calls take an
 * open file; -ENOTSOCK, if it is no socket. Those that wait return -EAGAIN if they must not, and
 * -EINTR.
 */
#pragma once

#include "lib/abi/socket.h"
#include "lib/types.h"

struct file;
struct fs_context;
struct io;

/* Files that travel with one message at most. */
#define SOCKET_FILES_MAX 32

/* With so many bytes that wait to be received, nothing more fits; also the longest datagram. */
#define SOCKET_CAPACITY KIB(208)

/* A name: a path, or any bytes after a NUL. length 0: none. */
struct socket_address {
	u32 length;
	char text[UNIX_PATH_MAX];
};

/* What comes or goes with the bytes of a message. */
struct socket_extra {
	struct file *files[SOCKET_FILES_MAX]; /* counted; what is received belongs to the receiver */
	u32 file_count;
	/*
	 * Who sends. has_sender: he says it himself, and who calls has seen to it that he may; received:
	 * the socket was told to tell.
	 */
	struct ucred sender;
	bool has_sender;
	struct socket_address address; /* where to; where from */
	bool truncated;                /* received: the rest of the message is lost */
};

/* A new one, counted. NULL: no memory. */
struct file *socket_create(u32 type, u32 flags);

/* Two that are connected. -ENOMEM. */
int socket_create_pair(u32 type, u32 flags, struct file *pair[2]) MUST_CHECK;

/* -EINVAL (has a name), -EADDRINUSE, and what making a file returns. */
int socket_bind(struct file *file, struct fs_context *context,
	const struct socket_address *address) MUST_CHECK;

/* -EOPNOTSUPP (datagrams), -EINVAL (no name, or connected). */
int socket_listen(struct file *file, u32 backlog) MUST_CHECK;

/* -ECONNREFUSED, -EPROTOTYPE, -EISCONN, -EINVAL, -EPERM, and what finding a file returns. */
int socket_connect(struct file *file, struct fs_context *context,
	const struct socket_address *address) MUST_CHECK;

/* The next connection's socket, counted, or an error pointer. flags: of the new file. */
struct file *socket_accept(struct file *file, u32 flags);

/* peer: the other end's name. -ENOTCONN. */
int socket_name(struct file *file, bool peer, struct socket_address *address) MUST_CHECK;

/* how: SHUT_RD... -EINVAL. */
int socket_shutdown(struct file *file, u32 how) MUST_CHECK;

/*
 * flags: MSG_DONTWAIT. extra->address.length 0: to whom it is connected. Its files are taken over if
 * anything was sent. -EPIPE, -ENOTCONN, -EISCONN, -EMSGSIZE, -ECONNREFUSED, -EPERM.
 */
ssize_t socket_send(struct file *file, struct fs_context *context, struct io *io,
	struct socket_extra *extra, u32 flags);

/* flags: MSG_DONTWAIT, MSG_PEEK, MSG_WAITALL, MSG_TRUNC. 0 at the end. -ENOTCONN, -ECONNRESET. */
ssize_t socket_receive(struct file *file, struct io *io, struct socket_extra *extra, u32 flags);

/* SO_PASSCRED: whether who receives is told who has sent. */
int socket_set_tell_sender(struct file *file, bool tell) MUST_CHECK;

/* For getsockopt(2). */
struct socket_facts {
	u32 type;
	bool listening;
	bool tell_sender;
	struct ucred peer; /* pid 0: not connected */
};

/* The error that is to be told next, as a positive number, which then counts as told; 0: none. */
int socket_take_error(struct file *file);

int socket_facts(struct file *file, struct socket_facts *facts) MUST_CHECK;

bool file_is_socket(const struct file *file);
