/* Sockets and O_PATH descriptors sent through sockets. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/abi/socket.h"
#include "usr/tests/posixtest.h"

/* A message of one byte with one descriptor. */
struct parcel {
	char byte;
	struct iovec vector;
	struct {
		struct cmsghdr head;
		int fd;
	} control;
	struct msghdr message;
};

static struct msghdr *wrap(struct parcel *parcel, int fd)
{
	*parcel = (struct parcel){
		.byte = 'x',
		.vector = { &parcel->byte, 1 },
		.control = { { sizeof(struct cmsghdr) + sizeof(int), SOL_SOCKET, SCM_RIGHTS }, fd },
		.message = {
			.msg_iov = &parcel->vector,
			.msg_iovlen = 1,
			.msg_control = &parcel->control,
			.msg_controllen = sizeof(parcel->control),
		},
	};
	return &parcel->message;
}

static long send_fd(int through, int fd)
{
	struct parcel parcel;

	return kernel_call(SYS_sendmsg, through, wrap(&parcel, fd), 0);
}

static int receive_fd(int from)
{
	struct parcel parcel;

	GIVES(1, recvmsg, from, wrap(&parcel, -1), 0);
	return parcel.control.fd;
}

static void make_pair(int pair[2])
{
	GIVES(0, socketpair, AF_UNIX, SOCK_STREAM, 0, pair);
}

static void socket_arrives(void)
{
	int outer[2], inner[2], got;
	char text[4] = { 0 };

	make_pair(outer);
	make_pair(inner);
	GIVES(3, write, inner[1], "abc", 3);
	CHECK_EQUAL(send_fd(outer[0], inner[0]), 1);
	GIVES(0, close, inner[0]);
	got = receive_fd(outer[1]);
	GIVES(3, read, got, text, sizeof(text));
	CHECK(strcmp(text, "abc") == 0);
	GIVES(2, write, got, "de", 2);
	GIVES(2, read, inner[1], text, sizeof(text));
}

/* A socket is closed when its message is discarded unread. */
static void socket_is_lost(void)
{
	int outer[2], inner[2];
	char byte;

	make_pair(outer);
	make_pair(inner);
	CHECK_EQUAL(send_fd(outer[0], inner[0]), 1);
	GIVES(0, close, inner[0]);
	GIVES(0, close, outer[0]);
	GIVES(0, close, outer[1]);
	GIVES(0, read, inner[1], &byte, 1);
}

/* O_PATH descriptors can be sent, too. */
static void path_arrives(void)
{
	int pair[2], got;

	make_pair(pair);
	CHECK_EQUAL(send_fd(pair[0], (int)WORKS(openat, AT_FDCWD, "/proc", O_PATH, 0)), 1);
	got = receive_fd(pair[1]);
	CHECK(WORKS(fcntl, got, F_GETFL, 0) & O_PATH);
	WORKS(openat, got, "self", O_PATH, 0);
}

/* Linux allows such circles and collects them later. */
static void no_circles(void)
{
	int a[2], b[2];

	make_pair(a);
	make_pair(b);
	CHECK_EQUAL(send_fd(a[0], a[1]), -ETOOMANYREFS); /* into itself */
	CHECK_EQUAL(send_fd(a[0], b[1]), 1);             /* b[1] is in a[1] */
	CHECK_EQUAL(send_fd(b[0], a[1]), -ETOOMANYREFS);
	CHECK_EQUAL(send_fd(b[0], STDOUT_FILENO), 1); /* other files may */
	close(receive_fd(a[1]));
	CHECK_EQUAL(send_fd(b[0], a[1]), 1);
	CHECK_EQUAL(send_fd(a[0], b[1]), -ETOOMANYREFS);
}

static const struct tap_case cases[] = {
	{ "socket-arrives", socket_arrives, 0 },
	{ "socket-is-lost", socket_is_lost, 0 },
	{ "path-arrives", path_arrives, 0 },
	{ "no-circles", no_circles, TAP_COWSLIP },
};

const struct tap_group posix_travel_group = TAP_GROUP(cases);
