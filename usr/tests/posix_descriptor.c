/* Descriptors: made, copied, closed; and each call that takes one, given one of each kind. */
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "usr/tests/posixtest.h"

static void descriptor_copies(void)
{
	int file = posix_file("file", "text"), copy;

	copy = (int)WORKS(fcntl, file, F_DUPFD, 50);
	CHECK_EQUAL(copy, 50);
	GIVES(0, fcntl, copy, F_GETFD);
	GIVES(51, fcntl, file, F_DUPFD_CLOEXEC, 50);
	GIVES(FD_CLOEXEC, fcntl, 51, F_GETFD);
	GIVES(0, fcntl, 51, F_SETFD, 0);
	GIVES(0, fcntl, 51, F_GETFD);
	GIVES(2, lseek, copy, 2, SEEK_SET); /* copies share the position */
	GIVES(2, lseek, file, 0, SEEK_CUR);
	GIVES(60, dup3, file, 60, O_CLOEXEC);
	GIVES(FD_CLOEXEC, fcntl, 60, F_GETFD);
	GIVES(-EINVAL, dup3, file, file, 0);
	GIVES(-EINVAL, dup3, file, 60, O_APPEND);
	GIVES(-EBADF, dup3, BAD_FD, 60, 0);
	GIVES(-EBADF, dup3, file, -1, 0);
	GIVES(-EBADF, dup3, file, 1 << 20, 0);
	GIVES(-EINVAL, fcntl, file, F_DUPFD, -1);
	GIVES(-EINVAL, fcntl, file, F_DUPFD, 1 << 20);
	GIVES(-EINVAL, fcntl, file, 999, 0);
	GIVES(0, close, copy);
	GIVES(-EBADF, close, copy);
}

/* ioctl's way to say O_NONBLOCK. */
static void descriptor_waits(void)
{
	int ends[2], on = 1, off = 0;

	GIVES(0, pipe2, ends, 0);
	GIVES(0, ioctl, ends[0], FIONBIO, &on);
	GIVES(O_NONBLOCK, fcntl, ends[0], F_GETFL);
	GIVES(-EAGAIN, read, ends[0], &off, 1);
	GIVES(0, ioctl, ends[0], FIONBIO, &off);
	GIVES(0, fcntl, ends[0], F_GETFL);
	GIVES(-EFAULT, ioctl, ends[0], FIONBIO, BAD_POINTER);
}

static const struct tap_case cases[] = {
	{ "descriptor-copies", descriptor_copies, 0 },
	{ "descriptor-waits", descriptor_waits, 0 },
};

const struct tap_group posix_descriptor_group = TAP_GROUP(cases);
