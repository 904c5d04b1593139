/* Local sockets: names, connections, messages and what is sent with them, and their end. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/abi/socket.h"
#include "usr/tests/memory.h"
#include "usr/tests/posixtest.h"

#define STREAM    (SOCK_STREAM | O_NONBLOCK)
#define DATAGRAM  (SOCK_DGRAM | O_NONBLOCK)
#define PACKET    (SOCK_SEQPACKET | O_NONBLOCK)
#define HEAD      2 /* bytes of an address before the name */
#define NAME_SIZE ((long)sizeof(struct sockaddr_un))

static struct sockaddr_un named(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	strcpy(address.sun_path, name);
	return address;
}

static int make_listener(int type, const char *name, int backlog)
{
	struct sockaddr_un address = named(name);
	int listener = (int)WORKS(socket, AF_UNIX, type, 0);

	GIVES(0, bind, listener, &address, NAME_SIZE);
	GIVES(0, listen, listener, backlog);
	return listener;
}

static void expect_text(int file, const char *text)
{
	char bytes[64] = { 0 };

	CHECK_EQUAL(read(file, bytes, sizeof(bytes)), strlen(text));
	CHECK_EQUAL(memcmp(bytes, text, strlen(text)), 0);
}

static short events_of(int file)
{
	struct pollfd one = { .fd = file, .events = POLLIN | POLLOUT | POLLRDHUP };

	CHECK(poll(&one, 1, 0) >= 0);
	return one.revents;
}

static void socket_kinds(void)
{
	int pair[2];

	GIVES(-EAFNOSUPPORT, socket, 77, SOCK_STREAM, 0);
	GIVES(-EAFNOSUPPORT, socket, -1, SOCK_STREAM, 0);
	GIVES(-EINVAL, socket, AF_UNIX, 77, 0);
	GIVES(-EINVAL, socket, AF_UNIX, SOCK_STREAM | O_APPEND, 0);
	GIVES(-ESOCKTNOSUPPORT, socket, AF_UNIX, 4, 0);
	GIVES(-EPROTONOSUPPORT, socket, AF_UNIX, SOCK_STREAM, 7);
	WORKS(socket, AF_UNIX, SOCK_STREAM, AF_UNIX);
	GIVES(-EFAULT, socketpair, AF_UNIX, SOCK_STREAM, 0, BAD_POINTER);
	GIVES(-EAFNOSUPPORT, socketpair, 77, SOCK_STREAM, 0, pair);
	GIVES(0, socketpair, AF_UNIX, SOCK_STREAM | O_CLOEXEC | O_NONBLOCK, 0, pair);
	GIVES(FD_CLOEXEC, fcntl, pair[1], F_GETFD);
	GIVES(O_RDWR | O_NONBLOCK, fcntl, pair[1], F_GETFL);
}

static void socket_names(void)
{
	struct sockaddr_un address = named("name"), other = named("other"), told = { 0 };
	int listener = (int)WORKS(socket, AF_UNIX, STREAM, 0);
	int client = (int)WORKS(socket, AF_UNIX, STREAM, 0);
	unsigned int size = sizeof(told);
	struct stat status;

	GIVES(-ENOENT, connect, client, &address, NAME_SIZE);
	GIVES(-EINVAL, listen, listener, 1); /* no name yet */
	GIVES(0, bind, listener, &address, HEAD + 5);
	GIVES(-EINVAL, bind, listener, &other, NAME_SIZE); /* it has a name */
	GIVES(-EADDRINUSE, bind, client, &address, HEAD + 5);
	CHECK(stat("name", &status) == 0 && S_ISSOCK(status.st_mode));
	GIVES(-ENXIO, openat, AT_FDCWD, "name", O_RDWR);
	GIVES(0, getsockname, listener, &told, &size);
	CHECK_EQUAL(size, HEAD + 5);
	CHECK(told.sun_family == AF_UNIX && strcmp(told.sun_path, "name") == 0);
	size = HEAD + 2;
	told = (struct sockaddr_un){ 0 };
	GIVES(0, getsockname, listener, &told, &size);
	CHECK_EQUAL(size, HEAD + 5); /* the whole name's */
	CHECK(strcmp(told.sun_path, "na") == 0);
	GIVES(0, getsockname, client, &told, &size);
	CHECK_EQUAL(size, HEAD);
	GIVES(-ECONNREFUSED, connect, client, &address, NAME_SIZE); /* nobody listens */
	GIVES(0, listen, listener, 1);
	CHECK(unlink("name") == 0);
	GIVES(-ENOENT, connect, client, &address, NAME_SIZE);
}

static void socket_name_errors(void)
{
	struct sockaddr_un address = named("name");
	int file = (int)WORKS(socket, AF_UNIX, STREAM, 0);
	unsigned int size = 4;

	GIVES(-EINVAL, bind, file, &address, 1);
	GIVES(-EINVAL, bind, file, &address, NAME_SIZE + 1);
	GIVES(-EFAULT, bind, file, BAD_POINTER, 5);
	GIVES(-EINVAL, connect, file, &address, 1);
	GIVES(-EINVAL, connect, file, &address, 300);
	address.sun_family = 77;
	GIVES(-EINVAL, bind, file, &address, NAME_SIZE);
	GIVES(-EINVAL, connect, file, &address, NAME_SIZE);
	GIVES(-EFAULT, getsockname, file, &address, BAD_POINTER);
	GIVES(-EFAULT, getsockname, file, BAD_POINTER, &size);
	size = (unsigned int)-1;
	GIVES(-EINVAL, getsockname, file, &address, &size);
	GIVES(-ENOTCONN, getpeername, file, &address, &size);
}

/* Names that begin with a NUL are not files, and disappear with their sockets. */
static void socket_abstract_names(void)
{
	struct sockaddr_un address = { AF_UNIX, "\0some name" }, told;
	int listener = (int)WORKS(socket, AF_UNIX, STREAM, 0), client, server;
	unsigned int size = sizeof(told);

	GIVES(0, bind, listener, &address, HEAD + 10);
	GIVES(0, listen, listener, 4);
	client = (int)WORKS(socket, AF_UNIX, STREAM, 0);
	GIVES(-ECONNREFUSED, connect, client, &address, HEAD + 9); /* each byte counts */
	GIVES(0, connect, client, &address, HEAD + 10);
	server = (int)WORKS(accept4, listener, &told, &size, O_CLOEXEC);
	CHECK_EQUAL(size, HEAD); /* the client has no name */
	size = sizeof(told);
	GIVES(0, getpeername, client, &told, &size);
	CHECK_EQUAL(size, HEAD + 10);
	CHECK_EQUAL(memcmp(told.sun_path, "\0some name", 10), 0);
	CHECK_EQUAL(write(server, "hello", 5), 5);
	expect_text(client, "hello");
	GIVES(-EADDRINUSE, bind, (int)WORKS(socket, AF_UNIX, STREAM, 0), &address, HEAD + 10);
	close(listener);
	GIVES(0, bind, (int)WORKS(socket, AF_UNIX, STREAM, 0), &address, HEAD + 10);
}

static void socket_backlog(void)
{
	int listener = make_listener(STREAM, "name", 1), clients[3], server;
	struct sockaddr_un address = named("name");

	CHECK_EQUAL(events_of(listener), 0);
	for (int i = 0; i < 3; i++)
		clients[i] = (int)WORKS(socket, AF_UNIX, STREAM, 0);
	GIVES(0, connect, clients[0], &address, NAME_SIZE);
	GIVES(-EISCONN, connect, clients[0], &address, NAME_SIZE);
	GIVES(0, connect, clients[1], &address, NAME_SIZE);
	GIVES(-EAGAIN, connect, clients[2], &address, NAME_SIZE);
	CHECK_EQUAL(events_of(listener), POLLIN);
	CHECK_EQUAL(write(clients[0], "early", 5), 5);
	server = (int)WORKS(accept, listener, NULL, NULL);
	expect_text(server, "early");
	GIVES(0, connect, clients[2], &address, NAME_SIZE);
	WORKS(accept, listener, NULL, NULL);
	WORKS(accept, listener, NULL, NULL);
	GIVES(-EAGAIN, accept, listener, NULL, NULL);
	GIVES(-EINVAL, bind, server, &address, HEAD + 3); /* it has its listener's name */
	GIVES(-EINVAL, accept, clients[0], NULL, NULL);
	GIVES(-EINVAL, accept4, listener, NULL, NULL, O_APPEND);
	GIVES(-EINVAL, read, listener, &address, 1);
	GIVES(-EINVAL, connect, listener, &address, NAME_SIZE);
	GIVES(-EPROTOTYPE, connect, (int)WORKS(socket, AF_UNIX, DATAGRAM, 0), &address, NAME_SIZE);
	GIVES(-EPROTOTYPE, connect, (int)WORKS(socket, AF_UNIX, PACKET, 0), &address, NAME_SIZE);
	close(listener);
	GIVES(-ECONNREFUSED, connect, (int)WORKS(socket, AF_UNIX, STREAM, 0), &address, NAME_SIZE);
}

/* A client in the backlog of a listener that is closed gets a reset. */
static void socket_listener_closes(void)
{
	int listener = make_listener(STREAM, "name", 4);
	int client = (int)WORKS(socket, AF_UNIX, STREAM, 0);
	struct sockaddr_un address = named("name");
	char byte;

	GIVES(0, connect, client, &address, NAME_SIZE);
	GIVES(-EAGAIN, read, client, &byte, 1);
	close(listener);
	GIVES(-ECONNRESET, read, client, &byte, 1);
	GIVES(-EPIPE, sendto, client, "x", 1, MSG_NOSIGNAL, NULL, 0);
}

static void socket_blocking(void)
{
	int listener = make_listener(SOCK_STREAM, "name", 0), child, client, server;
	struct sockaddr_un address = named("name");

	child = tap_fork();
	if (child == 0) {
		tap_wait_until_asleep(getppid());
		client = (int)WORKS(socket, AF_UNIX, SOCK_STREAM, 0);
		GIVES(0, connect, client, &address, NAME_SIZE);
		expect_text(client, "words");
		_exit(0);
	}
	server = (int)WORKS(accept, listener, NULL, NULL);
	tap_wait_until_asleep(child);
	CHECK_EQUAL(write(server, "words", 5), 5);
	tap_join(child);
	expect_text(server, ""); /* the end */
}

/* A task that waits in accept() is woken when the listener is shut down. */
static void socket_listener_shuts(void)
{
	int listener = make_listener(SOCK_STREAM, "name", 1), client, child;
	struct sockaddr_un address = named("name");

	client = (int)WORKS(socket, AF_UNIX, STREAM, 0);
	GIVES(0, connect, client, &address, NAME_SIZE);
	child = tap_fork();
	if (child == 0) {
		WORKS(accept, listener, NULL, NULL);
		GIVES(-EINVAL, accept, listener, NULL, NULL);
		_exit(0);
	}
	tap_wait_until_asleep(child);
	GIVES(0, shutdown, listener, SHUT_RD);
	tap_join(child);
	client = (int)WORKS(socket, AF_UNIX, STREAM, 0);
	GIVES(-ECONNREFUSED, connect, client, &address, NAME_SIZE);
	WORKS(fcntl, listener, F_SETFL, O_NONBLOCK);
	GIVES(-EAGAIN, accept, listener, NULL, NULL);
}

/* If there is no descriptor for a connection, it stays in the backlog. */
static void socket_without_descriptor(void)
{
	int listener = make_listener(STREAM, "name", 1), client, last;
	struct sockaddr_un address = named("name");

	client = (int)WORKS(socket, AF_UNIX, STREAM, 0);
	GIVES(0, connect, client, &address, NAME_SIZE);
	for (last = client; dup(client) >= 0;)
		last++;
	GIVES(-EMFILE, accept, listener, NULL, NULL);
	GIVES(1, write, client, "x", 1);
	close(last);
	expect_text((int)WORKS(accept, listener, NULL, NULL), "x");
}

static void stream_moves_bytes(void)
{
	char bytes[16];
	int pair[2], count;

	GIVES(0, socketpair, AF_UNIX, STREAM, 0, pair);
	CHECK_EQUAL(events_of((int)WORKS(socket, AF_UNIX, STREAM, 0)), POLLOUT | POLLHUP);
	CHECK_EQUAL(events_of(pair[0]), POLLOUT);
	GIVES(3, write, pair[0], "one", 3);
	GIVES(3, write, pair[0], "two", 3);
	GIVES(0, ioctl, pair[1], FIONREAD, &count);
	CHECK_EQUAL(count, 6);
	GIVES(4, recvfrom, pair[1], bytes, 4, MSG_PEEK, NULL, NULL);
	GIVES(4, recvfrom, pair[1], bytes, 4, 0, NULL, NULL);
	CHECK_EQUAL(memcmp(bytes, "onet", 4), 0);
	GIVES(2, read, pair[1], bytes, sizeof(bytes));
	GIVES(-EAGAIN, recvfrom, pair[1], bytes, 4, 0, NULL, NULL);
	GIVES(-EAGAIN, recvfrom, pair[1], bytes, 0, 0, NULL, NULL);
	GIVES(0, read, pair[1], bytes, 0);
	GIVES(0, write, pair[0], "", 0);
	GIVES(-EAGAIN, read, pair[1], bytes, 1);
	GIVES(-EFAULT, sendto, pair[0], BAD_POINTER, 1, 0, NULL, 0);
	GIVES(1, write, pair[0], "x", 1);
	GIVES(-EFAULT, recvfrom, pair[1], BAD_POINTER, 1, 0, NULL, NULL);
	GIVES(-ESPIPE, lseek, pair[0], 0, SEEK_SET);
}

static void stream_fills_up(void)
{
	static char block[4096];
	int pair[2];
	long sent = 0, got = 0, count;

	GIVES(0, socketpair, AF_UNIX, STREAM, 0, pair);
	while ((count = kernel_call(SYS_write, pair[0], block, sizeof(block))) > 0)
		sent += count;
	CHECK_EQUAL(count, -EAGAIN);
	CHECK(sent >= 64 * 1024);
	CHECK_EQUAL(events_of(pair[0]), 0);
	while ((count = kernel_call(SYS_read, pair[1], block, sizeof(block))) > 0)
		got += count;
	CHECK_EQUAL(count, -EAGAIN);
	CHECK_EQUAL(got, sent);
	CHECK_EQUAL(events_of(pair[0]), POLLOUT);
}

/* Even if pieces do not fill a stream evenly, a full one is not reported as ready. */
static void stream_fills_unevenly(void)
{
	static char block[10000];
	int pair[2];
	long count;

	GIVES(0, socketpair, AF_UNIX, STREAM, 0, pair);
	while ((count = kernel_call(SYS_write, pair[0], block, sizeof(block))) > 0)
		;
	CHECK_EQUAL(count, -EAGAIN);
	CHECK_EQUAL(events_of(pair[0]), 0);
}

/* Bytes for which the receiver's buffer has no memory come with the next read, and count once. */
static void stream_meets_end_of_memory(void)
{
	unsigned char *pages = memory_map_pages(2), *last = pages + PAGE_BYTES - 6;
	int pair[2];

	memory_unmap_pages(pages + PAGE_BYTES, 1);
	GIVES(0, socketpair, AF_UNIX, STREAM, 0, pair);
	GIVES(4, write, pair[0], "one ", 4);
	GIVES(4, write, pair[0], "more", 4);
	GIVES(4, read, pair[1], last, 8);
	CHECK_EQUAL(memcmp(last, "one ", 4), 0);
	expect_text(pair[1], "more");
}

static void stream_ends(void)
{
	int pair[2];
	char byte;

	GIVES(0, socketpair, AF_UNIX, STREAM, 0, pair);
	GIVES(4, write, pair[0], "rest", 4);
	GIVES(-EINVAL, shutdown, pair[0], 3);
	GIVES(0, shutdown, pair[0], SHUT_WR);
	GIVES(-EPIPE, sendto, pair[0], "x", 1, MSG_NOSIGNAL, NULL, 0);
	CHECK_EQUAL(events_of(pair[1]), POLLIN | POLLOUT | POLLRDHUP);
	expect_text(pair[1], "rest");
	GIVES(0, read, pair[1], &byte, 1);
	GIVES(1, write, pair[1], "y", 1); /* the other direction still works */
	expect_text(pair[0], "y");
	GIVES(0, shutdown, pair[1], SHUT_WR);
	CHECK_EQUAL(events_of(pair[1]), POLLIN | POLLOUT | POLLRDHUP | POLLHUP);
	GIVES(0, socketpair, AF_UNIX, STREAM, 0, pair);
	GIVES(1, write, pair[0], "z", 1);
	close(pair[0]);
	CHECK_EQUAL(events_of(pair[1]), POLLIN | POLLOUT | POLLRDHUP | POLLHUP);
	expect_text(pair[1], "z");
	GIVES(0, read, pair[1], &byte, 1);
	GIVES(-EPIPE, sendto, pair[1], "x", 1, MSG_NOSIGNAL, NULL, 0);
}

/* If an end is closed with unread bytes, the other end gets a reset. */
static void stream_is_reset(void)
{
	int pair[2];
	char byte;

	GIVES(0, socketpair, AF_UNIX, STREAM, 0, pair);
	GIVES(1, write, pair[1], "x", 1);
	GIVES(1, write, pair[0], "y", 1);
	close(pair[0]);
	CHECK(events_of(pair[1]) & POLLERR);
	GIVES(1, read, pair[1], &byte, 1);
	GIVES(-ECONNRESET, read, pair[1], &byte, 1);
	GIVES(0, read, pair[1], &byte, 1);
}

static void stream_breaks(void)
{
	int pair[2], child;

	GIVES(0, socketpair, AF_UNIX, STREAM, 0, pair);
	close(pair[0]);
	child = tap_fork();
	if (child == 0) {
		(void)!write(pair[1], "x", 1);
		_exit(0);
	}
	tap_join_killed(child, SIGPIPE);
}

static void datagrams(void)
{
	struct sockaddr_un address = named("to"), from = named("from");
	int to = (int)WORKS(socket, AF_UNIX, DATAGRAM, 0);
	int sender = (int)WORKS(socket, AF_UNIX, DATAGRAM, 0);
	unsigned int size = sizeof(from);
	char bytes[16] = { 0 };

	GIVES(0, bind, to, &address, NAME_SIZE);
	GIVES(-EOPNOTSUPP, listen, to, 1);
	GIVES(-EOPNOTSUPP, accept, to, NULL, NULL);
	GIVES(-ENOTCONN, write, sender, "x", 1);
	GIVES(5, sendto, sender, "first", 5, 0, &address, NAME_SIZE);
	GIVES(0, bind, sender, &from, NAME_SIZE);
	GIVES(0, connect, sender, &address, NAME_SIZE);
	GIVES(6, write, sender, "second", 6);
	GIVES(0, write, sender, "", 0);
	GIVES(5, recvfrom, to, bytes, sizeof(bytes), 0, &from, &size);
	size = sizeof(from);
	GIVES(3, recvfrom, to, bytes, 3, 0, &from, &size); /* the rest is lost */
	CHECK_EQUAL(size, HEAD + 5);
	CHECK_EQUAL(strcmp(from.sun_path, "from"), 0);
	GIVES(0, recvfrom, to, bytes, 3, 0, NULL, NULL); /* the empty one */
	GIVES(-EAGAIN, recvfrom, to, bytes, 3, 0, NULL, NULL);
	GIVES(4, sendto, sender, "more", 4, 0, NULL, 0);
	GIVES(4, recvfrom, to, bytes, 2, MSG_TRUNC, NULL, NULL); /* as long as it was */
	GIVES(4, sendto, sender, "more", 4, 0, NULL, 0);
	size = (unsigned int)-1;
	GIVES(-EINVAL, recvfrom, to, bytes, 2, 0, &from, &size);
	close(to);
	GIVES(-ECONNREFUSED, write, sender, "x", 1);
	GIVES(-ECONNREFUSED, sendto, sender, "x", 1, 0, &address, NAME_SIZE);
	address.sun_family = 0;
	GIVES(0, connect, sender, &address, NAME_SIZE); /* disconnects */
	GIVES(-ENOTCONN, write, sender, "x", 1);
}

/* A connected socket gets messages only from its peer; sending to a closed one causes no SIGPIPE. */
static void datagrams_of_the_connected(void)
{
	struct sockaddr_un address = named("to");
	int to = (int)WORKS(socket, AF_UNIX, DATAGRAM, 0), pair[2];
	int sender = (int)WORKS(socket, AF_UNIX, DATAGRAM, 0);

	GIVES(0, bind, to, &address, NAME_SIZE);
	GIVES(0, connect, to, &address, NAME_SIZE); /* to itself */
	GIVES(-EPERM, sendto, sender, "x", 1, 0, &address, NAME_SIZE);
	GIVES(-EPERM, connect, sender, &address, NAME_SIZE);
	GIVES(1, write, to, "x", 1);
	GIVES(0, socketpair, AF_UNIX, PACKET, 0, pair);
	close(pair[0]);
	GIVES(-EPIPE, write, pair[1], "x", 1);
	GIVES(-EPIPE, sendto, pair[1], "x", 1, 0, NULL, 0);
}

/* Two messages fill the buffer; the sender of a third is woken when there is room. */
static void packets_wait_for_room(void)
{
	const long small = 50000, large = 200000;
	static char block[200000];
	int pair[2], child;

	GIVES(0, socketpair, AF_UNIX, SOCK_SEQPACKET, 0, pair);
	child = tap_fork();
	if (child == 0) {
		for (int i = 0; i < 2; i++)
			GIVES(large, write, pair[0], block, large);
		GIVES(small, write, pair[0], block, small);
		_exit(0);
	}
	tap_wait_until_asleep(child);
	for (int i = 0; i < 2; i++)
		GIVES(large, read, pair[1], block, large);
	GIVES(small, read, pair[1], block, large);
	tap_join(child);
}

/* Empty messages also fill a socket's buffer at some time. */
static void empty_messages_fill_up(void)
{
	int pair[2], count = 0;
	long result;

	GIVES(0, socketpair, AF_UNIX, DATAGRAM, 0, pair);
	while ((result = kernel_call(SYS_sendto, pair[0], "", 0, 0, NULL, 0)) == 0 &&
		count < 100000)
		count++;
	CHECK_EQUAL(result, -EAGAIN);
}

static void packets_keep_borders(void)
{
	static char large[1 << 20];
	char bytes[16];
	int pair[2];

	GIVES(0, socketpair, AF_UNIX, PACKET, 0, pair);
	GIVES(3, write, pair[0], "one", 3);
	GIVES(5, write, pair[0], "three", 5);
	GIVES(2, read, pair[1], bytes, 2);
	GIVES(5, read, pair[1], bytes, sizeof(bytes));
	CHECK_EQUAL(memcmp(bytes, "three", 5), 0);
	GIVES(-EAGAIN, read, pair[1], bytes, 1);
	GIVES(-EMSGSIZE, write, pair[0], large, sizeof(large));
	close(pair[0]);
	GIVES(0, read, pair[1], bytes, 1);
	GIVES(-EPIPE, sendto, pair[1], "x", 1, MSG_NOSIGNAL, NULL, 0);
	GIVES(-ENOTCONN, read, (int)WORKS(socket, AF_UNIX, PACKET, 0), bytes, 1);
}

static void socket_options(void)
{
	int pair[2], listener = make_listener(STREAM, "name", 1), value = 7;
	struct ucred peer = { 0, 9, 9 };
	unsigned int size = sizeof(value), peer_size = sizeof(peer), odd = 2;

	GIVES(0, socketpair, AF_UNIX, PACKET, 0, pair);
	GIVES(0, getsockopt, pair[0], SOL_SOCKET, SO_TYPE, &value, &size);
	CHECK(value == SOCK_SEQPACKET && size == sizeof(value));
	GIVES(0, getsockopt, pair[0], SOL_SOCKET, SO_DOMAIN, &value, &size);
	CHECK_EQUAL(value, AF_UNIX);
	GIVES(0, getsockopt, pair[0], SOL_SOCKET, SO_PROTOCOL, &value, &size);
	CHECK_EQUAL(value, 0);
	GIVES(0, getsockopt, pair[0], SOL_SOCKET, SO_ACCEPTCONN, &value, &size);
	CHECK_EQUAL(value, 0);
	GIVES(0, getsockopt, listener, SOL_SOCKET, SO_ACCEPTCONN, &value, &size);
	CHECK_EQUAL(value, 1);
	GIVES(0, getsockopt, pair[0], SOL_SOCKET, SO_PEERCRED, &peer, &peer_size);
	CHECK(peer.pid == getpid() && peer.uid == 0 && peer.gid == 0);
	GIVES(1, write, pair[1], "x", 1);
	close(pair[1]);
	GIVES(0, getsockopt, pair[0], SOL_SOCKET, SO_ERROR, &value, &size);
	CHECK_EQUAL(value, 0);
	value = 0x01020304;
	GIVES(0, getsockopt, pair[0], SOL_SOCKET, SO_TYPE, &value, &odd);
	CHECK(value == 0x01020005 && odd == 2);
	GIVES(-EFAULT, getsockopt, pair[0], SOL_SOCKET, SO_TYPE, BAD_POINTER, &size);
	GIVES(-EFAULT, getsockopt, pair[0], SOL_SOCKET, SO_TYPE, &value, BAD_POINTER);
	GIVES(-ENOPROTOOPT, getsockopt, pair[0], SOL_SOCKET, 999, &value, &size);
	GIVES(-ENOPROTOOPT, setsockopt, pair[0], SOL_SOCKET, 999, &value, 4);
	GIVES(-EOPNOTSUPP, getsockopt, pair[0], 6, 1, &value, &size);
	GIVES(0, setsockopt, pair[0], SOL_SOCKET, SO_REUSEADDR, &value, 4);
	GIVES(-EINVAL, setsockopt, pair[0], SOL_SOCKET, SO_REUSEADDR, &value, 1);
	GIVES(-EINVAL, setsockopt, pair[0], SOL_SOCKET, SO_REUSEADDR, &value, -1);
	odd = -1U;
	GIVES(-EINVAL, getsockopt, pair[0], SOL_SOCKET, SO_TYPE, &value, &odd);
	GIVES(-EFAULT, setsockopt, pair[0], SOL_SOCKET, SO_REUSEADDR, BAD_POINTER, 4);
	GIVES(-EBADF, getsockopt, BAD_FD, SOL_SOCKET, SO_TYPE, &value, &size);
	GIVES(-ENOTSOCK, getsockopt, 0, SOL_SOCKET, SO_TYPE, &value, &size);
}

/* A message of two pieces, with room for two descriptors. */
struct parcel {
	struct msghdr header;
	struct iovec pieces[2];
	char bytes[2][4];
	struct {
		struct cmsghdr header;
		int files[2];
	} control;
};

static void make_parcel(struct parcel *parcel, int files)
{
	memset(parcel, 0, sizeof(*parcel));
	for (int i = 0; i < 2; i++)
		parcel->pieces[i] = (struct iovec){ parcel->bytes[i], 4 };
	parcel->header.msg_iov = parcel->pieces;
	parcel->header.msg_iovlen = 2;
	parcel->control.header = (struct cmsghdr){
		.cmsg_len = sizeof(struct cmsghdr) + (size_t)files * sizeof(int),
		.cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_RIGHTS,
	};
	parcel->header.msg_control = &parcel->control;
	parcel->header.msg_controllen = files ? sizeof(parcel->control) : 0;
}

static void message_with_files(void)
{
	struct parcel out, in;
	int pair[2], ends[2];

	GIVES(0, socketpair, AF_UNIX, STREAM, 0, pair);
	CHECK(pipe(ends) == 0);
	make_parcel(&out, 2);
	memcpy(out.bytes, "message", 8);
	out.control.files[0] = ends[0];
	out.control.files[1] = posix_file("file", "contents");
	GIVES(8, sendmsg, pair[0], &out.header, 0);
	close(out.control.files[1]);
	make_parcel(&in, 2);
	GIVES(8, recvmsg, pair[1], &in.header, MSG_CMSG_CLOEXEC);
	CHECK_EQUAL(memcmp(in.bytes, "message", 8), 0);
	CHECK_EQUAL(in.header.msg_flags, (int)MSG_CMSG_CLOEXEC);
	CHECK_EQUAL(in.header.msg_controllen, sizeof(in.control));
	CHECK_EQUAL(in.control.header.cmsg_len, sizeof(in.control));
	CHECK_EQUAL(in.control.header.cmsg_type, SCM_RIGHTS);
	GIVES(FD_CLOEXEC, fcntl, in.control.files[0], F_GETFD);
	expect_text(in.control.files[1], "contents");
	CHECK_EQUAL(write(ends[1], "x", 1), 1);
	expect_text(in.control.files[0], "x");
}

/* Files that do not fit are closed, and the flags say so. */
static void message_without_room(void)
{
	struct parcel out, in;
	int pair[2], ends[2];

	GIVES(0, socketpair, AF_UNIX, DATAGRAM, 0, pair);
	CHECK(pipe(ends) == 0);
	make_parcel(&out, 2);
	out.control.files[0] = ends[1];
	out.control.files[1] = ends[1];
	GIVES(8, sendmsg, pair[0], &out.header, 0);
	close(ends[1]);
	make_parcel(&in, 0);
	in.header.msg_iovlen = 1;
	GIVES(4, recvmsg, pair[1], &in.header, 0);
	CHECK_EQUAL(in.header.msg_flags, MSG_CTRUNC | MSG_TRUNC);
	expect_text(ends[0], ""); /* nobody can write any more */
}

/* A file whose descriptor cannot be written is closed, too; the message arrives all the same. */
static void message_without_memory(void)
{
	struct parcel out, in;
	int pair[2], ends[2];

	GIVES(0, socketpair, AF_UNIX, DATAGRAM, 0, pair);
	CHECK(pipe(ends) == 0);
	make_parcel(&out, 1);
	out.control.files[0] = ends[1];
	GIVES(8, sendmsg, pair[0], &out.header, 0);
	close(ends[1]);
	make_parcel(&in, 2);
	in.header.msg_control = BAD_POINTER;
	GIVES(8, recvmsg, pair[1], &in.header, 0);
	CHECK_EQUAL(in.header.msg_flags, MSG_CTRUNC);
	CHECK_EQUAL(in.header.msg_controllen, 0);
	expect_text(ends[0], ""); /* nobody can write any more */
}

static void message_errors(void)
{
	struct parcel out;
	int pair[2];

	GIVES(0, socketpair, AF_UNIX, DATAGRAM, 0, pair);
	GIVES(-EFAULT, sendmsg, pair[0], BAD_POINTER, 0);
	GIVES(-EFAULT, recvmsg, pair[0], BAD_POINTER, 0);
	GIVES(-EAGAIN, recvmsg, pair[0], (make_parcel(&out, 0), &out.header), 0);
	make_parcel(&out, 1);
	out.control.files[0] = BAD_FD;
	GIVES(-EBADF, sendmsg, pair[0], &out.header, 0);
	out.control.files[0] = 0;
	out.control.header.cmsg_len = 8;
	GIVES(-EINVAL, sendmsg, pair[0], &out.header, 0);
	out.control.header.cmsg_len = 4096;
	GIVES(-EINVAL, sendmsg, pair[0], &out.header, 0);
	make_parcel(&out, 1);
	out.control.header.cmsg_type = 77;
	GIVES(-EINVAL, sendmsg, pair[0], &out.header, 0);
	make_parcel(&out, 0);
	out.header.msg_iovlen = 1025;
	GIVES(-EMSGSIZE, sendmsg, pair[0], &out.header, 0);
	GIVES(-EMSGSIZE, recvmsg, pair[0], &out.header, 0);
	make_parcel(&out, 0);
	out.pieces[1].iov_base = BAD_POINTER;
	GIVES(-EFAULT, sendmsg, pair[0], &out.header, 0);
	out.header.msg_iov = BAD_POINTER;
	GIVES(-EFAULT, sendmsg, pair[0], &out.header, 0);
	make_parcel(&out, 0);
	out.header.msg_name = &out;
	out.header.msg_namelen = (unsigned int)-1;
	GIVES(-EINVAL, recvmsg, pair[0], &out.header, MSG_DONTWAIT);
	make_parcel(&out, 0);
	GIVES(-EOPNOTSUPP, sendmsg, pair[0], &out.header, 1); /* MSG_OOB */
	GIVES(-EOPNOTSUPP, recvmsg, pair[0], &out.header, 1);
	GIVES(-ENOTSOCK, sendmsg, 0, &out.header, 0);
	GIVES(-EBADF, sendmsg, BAD_FD, &out.header, 0);
}

static const struct tap_case cases[] = {
	{ "socket-kinds", socket_kinds, 0 },
	{ "socket-names", socket_names, 0 },
	{ "socket-name-errors", socket_name_errors, 0 },
	{ "socket-abstract-names", socket_abstract_names, 0 },
	{ "socket-backlog", socket_backlog, 0 },
	{ "socket-listener-closes", socket_listener_closes, 0 },
	{ "socket-blocking", socket_blocking, 0 },
	{ "socket-listener-shuts", socket_listener_shuts, 0 },
	{ "socket-without-descriptor", socket_without_descriptor, 0 },
	{ "stream-moves-bytes", stream_moves_bytes, 0 },
	{ "stream-fills-up", stream_fills_up, 0 },
	{ "stream-fills-unevenly", stream_fills_unevenly, 0 },
	{ "stream-meets-end-of-memory", stream_meets_end_of_memory, 0 },
	{ "stream-ends", stream_ends, 0 },
	{ "stream-is-reset", stream_is_reset, 0 },
	{ "stream-breaks", stream_breaks, 0 },
	{ "datagrams", datagrams, 0 },
	{ "datagrams-of-the-connected", datagrams_of_the_connected, 0 },
	{ "packets-wait-for-room", packets_wait_for_room, 0 },
	{ "empty-messages-fill-up", empty_messages_fill_up, 0 },
	{ "packets-keep-borders", packets_keep_borders, 0 },
	{ "socket-options", socket_options, 0 },
	{ "message-with-files", message_with_files, 0 },
	{ "message-without-room", message_without_room, 0 },
	{ "message-without-memory", message_without_memory, 0 },
	{ "message-errors", message_errors, 0 },
};

const struct tap_group posix_socket_group = TAP_GROUP(cases);
