/* The socket calls that write to user memory: data, its sender's address, and a socket's state. */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/abi/socket.h"
#include "usr/tests/tap.h"
#include "usr/tests/thread.h"
#include "usr/tests/uaccess.h"

#define CONTENT_BYTES     100
#define NAME_BYTES        5                               /* of a name in no directory */
#define ADDRESS_BYTES     (sizeof(uint16_t) + NAME_BYTES) /* the family, and the name */
#define RIGHTS_BYTES      (sizeof(struct cmsghdr) + sizeof(int))
#define CREDENTIALS_BYTES (sizeof(struct cmsghdr) + sizeof(struct ucred))

/* Made by prepare(), used by make(): what is sent to `here` comes from `there`. */
static int here = -1, there = -1;

static const struct sockaddr_un here_name = { AF_UNIX, "\0here" };
static const struct sockaddr_un there_name = { AF_UNIX, "\0away" };

static void prepare_pair(void)
{
	int pair[2];

	CHECK_EQUAL(kernel_call(SYS_socketpair, (long)AF_UNIX, (long)SOCK_STREAM, 0l, pair), 0);
	here = pair[0];
	there = pair[1];
}

static void prepare_bytes(void)
{
	char content[CONTENT_BYTES];

	memset(content, 'i', sizeof(content));
	prepare_pair();
	CHECK(write(there, content, sizeof(content)) == sizeof(content));
}

static long make_recvfrom(void *out)
{
	return kernel_call(SYS_recvfrom, here, out, (long)CONTENT_BYTES, 0l, NULL, NULL);
}

/* Two pieces, the second of which begins where the first ends. */
static long make_recvmsg(void *out)
{
	struct iovec vector[2] = {
		{ out, CONTENT_BYTES / 2 },
		{ (char *)out + CONTENT_BYTES / 2, CONTENT_BYTES / 2 },
	};
	struct msghdr message = { .msg_iov = vector, .msg_iovlen = 2 };

	return kernel_call(SYS_recvmsg, here, &message, 0l);
}

static int make_named(long type, const struct sockaddr_un *name)
{
	int made = (int)kernel_call(SYS_socket, (long)AF_UNIX, type, 0l);

	CHECK_EQUAL(kernel_call(SYS_bind, made, name, (long)ADDRESS_BYTES), 0);
	return made;
}

/* Frees the names, in case this process has used them before. */
static void close_both(void)
{
	close(here);
	close(there);
}

/* Both sockets have names, and a datagram is on its way. */
static void prepare_datagram(void)
{
	close_both();
	here = make_named(SOCK_DGRAM, &here_name);
	there = make_named(SOCK_DGRAM, &there_name);
	CHECK_EQUAL(kernel_call(SYS_connect, there, &here_name, (long)ADDRESS_BYTES), 0);
	CHECK(write(there, "x", 1) == 1);
}

static long make_recvfrom_address(void *out)
{
	unsigned int size = sizeof(struct sockaddr_un);
	char byte;

	return kernel_call(SYS_recvfrom, here, &byte, 1l, 0l, out, &size);
}

static long make_recvmsg_address(void *out)
{
	char byte;
	struct iovec piece = { &byte, 1 };
	struct msghdr message = {
		.msg_name = out,
		.msg_namelen = sizeof(struct sockaddr_un),
		.msg_iov = &piece,
		.msg_iovlen = 1,
	};

	return kernel_call(SYS_recvmsg, here, &message, 0l);
}

static long make_getsockname(void *out)
{
	unsigned int size = sizeof(struct sockaddr_un);

	return kernel_call(SYS_getsockname, here, out, &size);
}

static long make_getpeername(void *out)
{
	unsigned int size = sizeof(struct sockaddr_un);

	return kernel_call(SYS_getpeername, there, out, &size);
}

static void prepare_connection(void)
{
	close_both();
	here = make_named(SOCK_STREAM, &here_name);
	there = make_named(SOCK_STREAM, &there_name);
	CHECK_EQUAL(kernel_call(SYS_listen, here, 1l), 0);
	CHECK_EQUAL(kernel_call(SYS_connect, there, &here_name, (long)ADDRESS_BYTES), 0);
}

static long make_accept(void *out)
{
	unsigned int size = sizeof(struct sockaddr_un);

	return kernel_call(SYS_accept, here, out, &size);
}

static long make_socketpair(void *out)
{
	return kernel_call(SYS_socketpair, (long)AF_UNIX, (long)SOCK_STREAM, 0l, out);
}

static long make_so_type(void *out)
{
	unsigned int size = sizeof(int);

	return kernel_call(SYS_getsockopt, here, (long)SOL_SOCKET, (long)SO_TYPE, out, &size);
}

static long make_so_peercred(void *out)
{
	unsigned int size = sizeof(struct ucred);

	return kernel_call(SYS_getsockopt, here, (long)SOL_SOCKET, (long)SO_PEERCRED, out, &size);
}

static void send_control(struct cmsghdr *control, size_t size)
{
	char byte = 'x';
	struct iovec piece = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &piece,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = size,
	};

	CHECK_EQUAL(kernel_call(SYS_sendmsg, there, &message, 0l), 1);
}

static void prepare_rights(void)
{
	struct {
		struct cmsghdr header;
		int file;
	} control = { { RIGHTS_BYTES, SOL_SOCKET, SCM_RIGHTS }, STDOUT_FILENO };

	prepare_pair();
	send_control(&control.header, sizeof(control));
}

/* No control message needs to be sent: the kernel adds who the sender is. */
static void prepare_credentials(void)
{
	int tell = 1;

	prepare_pair();
	CHECK_EQUAL(kernel_call(SYS_setsockopt, here, (long)SOL_SOCKET, (long)SO_PASSCRED, &tell,
			    sizeof(tell)),
		0);
	send_control(NULL, 0);
}

/*
 * The data arrives whether or not the control message can be written, so the result is the length
 * of the control messages that were written.
 */
static long receive_control(void *out, size_t room)
{
	char byte;
	struct iovec piece = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &piece,
		.msg_iovlen = 1,
		.msg_control = out,
		.msg_controllen = room,
	};
	long result = kernel_call(SYS_recvmsg, here, &message, 0l);

	return result == 1 ? (long)message.msg_controllen : result;
}

static long make_rights(void *out)
{
	return receive_control(out, RIGHTS_BYTES);
}

static long make_credentials(void *out)
{
	return receive_control(out, CREDENTIALS_BYTES);
}

static const struct call calls[] = {
	{ "recvfrom", CONTENT_BYTES, CALL_STEADY, prepare_bytes, make_recvfrom, NULL },
	{ "recvmsg", CONTENT_BYTES, CALL_STEADY, prepare_bytes, make_recvmsg, NULL },
	{ "recvfrom-address", ADDRESS_BYTES, CALL_STEADY, prepare_datagram, make_recvfrom_address,
		NULL },
	{ "recvmsg-address", ADDRESS_BYTES, CALL_STEADY, prepare_datagram, make_recvmsg_address,
		NULL },
	{ "getsockname", ADDRESS_BYTES, CALL_STEADY, prepare_datagram, make_getsockname, NULL },
	{ "getpeername", ADDRESS_BYTES, CALL_STEADY, prepare_datagram, make_getpeername, NULL },
	{ "accept", ADDRESS_BYTES, CALL_STEADY, prepare_connection, make_accept, NULL },
	{ "socketpair", 2 * sizeof(int), CALL_STEADY, NULL, make_socketpair, NULL },
	{ "getsockopt-type", sizeof(int), CALL_STEADY, prepare_pair, make_so_type, NULL },
	{ "getsockopt-peercred", sizeof(struct ucred), 0, prepare_pair, make_so_peercred, NULL },
	{ "recvmsg-rights", RIGHTS_BYTES, CALL_STEADY | CALL_QUIET, prepare_rights, make_rights,
		NULL },
	{ "recvmsg-credentials", CREDENTIALS_BYTES, CALL_QUIET, prepare_credentials,
		make_credentials, NULL },
};

const struct call_table socket_calls = CALL_TABLE(calls);
