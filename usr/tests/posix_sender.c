/* What comes with the bytes of a message, above all its sender: SO_PASSCRED and SCM_CREDENTIALS. */
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/abi/socket.h"
#include "usr/tests/posixtest.h"

#define USER       1000
#define NOBODYS_ID 32000 /* a pid that no process has */
#define STREAM     (SOCK_STREAM | O_NONBLOCK)
#define DATAGRAM   (SOCK_DGRAM | O_NONBLOCK)

/* A message of some bytes, and room for one control message. */
struct letter {
	struct msghdr header;
	struct iovec piece;
	char bytes[8];
	struct {
		struct cmsghdr header;
		struct ucred sender;
	} control;
};

static void make_letter(struct letter *letter)
{
	memset(letter, 0, sizeof(*letter));
	letter->piece = (struct iovec){ letter->bytes, sizeof(letter->bytes) };
	letter->header.msg_iov = &letter->piece;
	letter->header.msg_iovlen = 1;
	letter->header.msg_control = &letter->control;
	letter->header.msg_controllen = sizeof(letter->control);
}

static void tell_senders(int socket, int tell)
{
	int got = -1;
	unsigned int size = sizeof(got);

	GIVES(0, setsockopt, socket, SOL_SOCKET, SO_PASSCRED, &tell, sizeof(tell));
	GIVES(0, getsockopt, socket, SOL_SOCKET, SO_PASSCRED, &got, &size);
	CHECK_EQUAL(got, tell);
}

/* The next message has this text and comes from this process, user and group. */
static void expect_letter(int socket, const char *text, int pid, uint32_t user, uint32_t group)
{
	struct letter letter;

	make_letter(&letter);
	GIVES((long)strlen(text), recvmsg, socket, &letter.header, 0);
	CHECK_EQUAL(memcmp(letter.bytes, text, strlen(text)), 0);
	CHECK_EQUAL(letter.header.msg_flags, 0);
	CHECK_EQUAL(letter.header.msg_controllen, sizeof(letter.control));
	CHECK_EQUAL(letter.control.header.cmsg_len, sizeof(struct cmsghdr) + sizeof(struct ucred));
	CHECK(letter.control.header.cmsg_level == SOL_SOCKET &&
		letter.control.header.cmsg_type == SCM_CREDENTIALS);
	CHECK_EQUAL(letter.control.sender.pid, pid);
	CHECK(letter.control.sender.uid == user && letter.control.sender.gid == group);
}

static void sender_is_told(void)
{
	struct letter letter;
	int pair[2];

	GIVES(0, socketpair, AF_UNIX, DATAGRAM, 0, pair);
	CHECK_EQUAL(write(pair[0], "no", 2), 2);
	make_letter(&letter);
	GIVES(2, recvmsg, pair[1], &letter.header, 0);
	CHECK_EQUAL(letter.header.msg_controllen, 0);
	tell_senders(pair[1], 1);
	CHECK_EQUAL(write(pair[0], "yes", 3), 3);
	expect_letter(pair[1], "yes", getpid(), 0, 0);
	CHECK_EQUAL(write(pair[0], "yes", 3), 3);
	CHECK_EQUAL(read(pair[1], letter.bytes, 8), 3);
	CHECK_EQUAL(write(pair[0], "yes", 3), 3);
	make_letter(&letter);
	letter.header.msg_controllen = sizeof(struct cmsghdr) + 4; /* room for only a part */
	GIVES(3, recvmsg, pair[1], &letter.header, 0);
	CHECK_EQUAL(letter.header.msg_flags, MSG_CTRUNC);
	CHECK_EQUAL(letter.control.sender.pid, getpid());
	tell_senders(pair[1], 0);
	GIVES(-EINVAL, setsockopt, pair[1], SOL_SOCKET, SO_PASSCRED, pair, 3);
	GIVES(-EFAULT, setsockopt, pair[1], SOL_SOCKET, SO_PASSCRED, BAD_POINTER, 4);
}

static void claim(struct letter *letter, int pid, uint32_t user, uint32_t group)
{
	make_letter(letter);
	letter->control.header = (struct cmsghdr){
		.cmsg_len = sizeof(struct cmsghdr) + sizeof(struct ucred),
		.cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_CREDENTIALS,
	};
	letter->control.sender = (struct ucred){ .pid = pid, .uid = user, .gid = group };
	letter->piece.iov_len = 1;
	letter->bytes[0] = 'c';
}

static void sender_is_claimed(void)
{
	struct letter letter;
	int pair[2];

	GIVES(0, socketpair, AF_UNIX, DATAGRAM, 0, pair);
	tell_senders(pair[1], 1);
	claim(&letter, 1, 7, 8);
	GIVES(1, sendmsg, pair[0], &letter.header, 0);
	expect_letter(pair[1], "c", 1, 7, 8);
	claim(&letter, NOBODYS_ID, 0, 0);
	GIVES(-ESRCH, sendmsg, pair[0], &letter.header, 0);
	claim(&letter, getpid(), -1u, 0);
	GIVES(-EINVAL, sendmsg, pair[0], &letter.header, 0);
	claim(&letter, getpid(), 0, 0);
	letter.control.header.cmsg_len--;
	GIVES(-EINVAL, sendmsg, pair[0], &letter.header, 0);
	GIVES(0, setresgid, USER, USER + 1, USER + 2);
	GIVES(0, setresuid, USER, USER + 1, USER + 2);
	CHECK_EQUAL(write(pair[0], "w", 1), 1);
	expect_letter(pair[1], "w", getpid(), USER, USER);
	claim(&letter, getpid(), USER + 2, USER + 1);
	GIVES(1, sendmsg, pair[0], &letter.header, 0);
	expect_letter(pair[1], "c", getpid(), USER + 2, USER + 1);
	claim(&letter, 1, USER, USER);
	GIVES(-EPERM, sendmsg, pair[0], &letter.header, 0);
	claim(&letter, getpid(), 0, USER);
	GIVES(-EPERM, sendmsg, pair[0], &letter.header, 0);
	claim(&letter, getpid(), USER, 0);
	GIVES(-EPERM, sendmsg, pair[0], &letter.header, 0);
}

/* Sockets ignore control messages of another level. */
static void message_of_another_level(void)
{
	struct letter letter;
	int pair[2];

	GIVES(0, socketpair, AF_UNIX, DATAGRAM, 0, pair);
	tell_senders(pair[1], 1);
	claim(&letter, NOBODYS_ID, 7, 8);
	letter.control.header.cmsg_level = 0;
	GIVES(1, sendmsg, pair[0], &letter.header, 0);
	expect_letter(pair[1], "c", getpid(), 0, 0);
	letter.control.header.cmsg_len = sizeof(struct cmsghdr) - 1;
	GIVES(-EINVAL, sendmsg, pair[0], &letter.header, 0);
}

/* One read of a stream never returns bytes from different senders. */
static void senders_of_stream(void)
{
	struct letter letter;
	int pair[2], child;

	GIVES(0, socketpair, AF_UNIX, STREAM, 0, pair);
	tell_senders(pair[1], 1);
	CHECK_EQUAL(write(pair[0], "one", 3), 3);
	CHECK_EQUAL(write(pair[0], "two", 3), 3);
	child = tap_fork();
	if (child == 0)
		_exit(write(pair[0], "child", 5) != 5);
	tap_join(child);
	CHECK_EQUAL(write(pair[0], "!", 1), 1);
	expect_letter(pair[1], "onetwo", getpid(), 0, 0);
	expect_letter(pair[1], "child", child, 0, 0);
	claim(&letter, 1, 7, 8);
	GIVES(1, sendmsg, pair[0], &letter.header, 0);
	expect_letter(pair[1], "!", getpid(), 0, 0);
	expect_letter(pair[1], "c", 1, 7, 8);
}

/* Accepted connections inherit SO_PASSCRED from the listener. */
static void senders_of_connection(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "name" };
	int listener = (int)WORKS(socket, AF_UNIX, STREAM, 0), client, server;

	tell_senders(listener, 1);
	GIVES(0, bind, listener, &address, sizeof(address));
	GIVES(0, listen, listener, 1);
	client = (int)WORKS(socket, AF_UNIX, STREAM, 0);
	GIVES(0, connect, client, &address, sizeof(address));
	server = (int)WORKS(accept, listener, NULL, NULL);
	CHECK_EQUAL(write(client, "hello", 5), 5);
	expect_letter(server, "hello", getpid(), 0, 0);
}

static const struct tap_case cases[] = {
	{ "sender-is-told", sender_is_told, 0 },
	{ "sender-is-claimed", sender_is_claimed, 0 },
	{ "message-of-another-level", message_of_another_level, 0 },
	{ "senders-of-stream", senders_of_stream, 0 },
	{ "senders-of-connection", senders_of_connection, 0 },
};

const struct tap_group posix_sender_group = TAP_GROUP(cases);
