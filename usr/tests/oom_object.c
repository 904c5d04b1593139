/* Operations on objects with a descriptor that are no files, on mounts, on interpreted programs. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "lib/abi/socket.h"
#include "usr/tests/memory.h"
#include "usr/tests/oomtest.h"
#include "usr/tests/tap.h"
#include "usr/tests/thread.h"

#define FILE_MODE      0644
#define DIRECTORY_MODE 0755
#define OPENED_MAX     8
#define FILE_PAGES     4
#define MANY           200 /* more than any call keeps on its stack */
#define MASK_BYTES     8l
#define POINT          "point"

static int opened[OPENED_MAX];
static size_t opened_count;

/* A call's errno, or 0. */
static int error_of(long result)
{
	return result < 0 ? (int)-result : 0;
}

/* The same for a call that returns a descriptor, which undo_opened() closes. */
static int keep(long fd)
{
	if (fd >= 0)
		opened[opened_count++] = (int)fd;
	return error_of(fd);
}

static int last(void)
{
	return opened[opened_count - 1];
}

static void undo_opened(void)
{
	while (opened_count > 0)
		close(opened[--opened_count]);
}

static int make_pair(int type)
{
	int pair[2];
	int error = error_of(kernel_call(SYS_socketpair, AF_UNIX, type, 0, pair));

	if (error == 0) {
		keep(pair[0]);
		keep(pair[1]);
	}
	return error;
}

/* A descriptor travels through a socket, in a message with many pieces. */
static int pass_descriptor(void)
{
	static struct iovec pieces[MANY];
	struct {
		struct cmsghdr header;
		int fd;
	} control = { { sizeof(control.header) + sizeof(int), SOL_SOCKET, SCM_RIGHTS }, 1 };
	struct msghdr message = { .msg_iov = pieces,
		.msg_iovlen = MANY,
		.msg_control = &control,
		.msg_controllen = control.header.cmsg_len };
	static char byte;
	int error = make_pair(SOCK_DGRAM);

	pieces[0] = (struct iovec){ &byte, 1 };
	if (error == 0)
		error = error_of(kernel_call(SYS_sendmsg, opened[0], &message, 0));
	if (error == 0)
		error = error_of(kernel_call(SYS_recvmsg, opened[1], &message, 0));
	return error != 0 ? error : keep(control.fd);
}

static int connect_socket(void)
{
	const struct sockaddr_un address = { AF_UNIX, "listener" };
	int error = keep(kernel_call(SYS_socket, AF_UNIX, SOCK_STREAM, 0));

	if (error == 0)
		error = error_of(kernel_call(SYS_bind, opened[0], &address, sizeof(address)));
	if (error == 0)
		error = error_of(kernel_call(SYS_listen, opened[0], 1));
	if (error == 0)
		error = keep(kernel_call(SYS_socket, AF_UNIX, SOCK_STREAM, 0));
	if (error == 0)
		error = error_of(kernel_call(SYS_connect, last(), &address, sizeof(address)));
	return error != 0 ? error : keep(kernel_call(SYS_accept, opened[0], NULL, NULL));
}

static void undo_connection(void)
{
	undo_opened();
	unlink("listener");
}

static int watch(void)
{
	struct epoll_event events[MANY] = { { .events = POLLIN } };
	int error = keep(kernel_call(SYS_epoll_create1, 0));

	if (error == 0)
		error = keep(kernel_call(SYS_eventfd2, 1, 0));
	if (error == 0)
		error = error_of(
			kernel_call(SYS_epoll_ctl, opened[0], EPOLL_CTL_ADD, last(), events));
	if (error == 0)
		error = error_of(
			kernel_call(SYS_epoll_pwait, opened[0], events, MANY, 0, NULL, MASK_BYTES));
	return error;
}

/* The other objects that wait, or that can be waited for. */
static int make_events(void)
{
	const unsigned long mask = 1ul << (SIGUSR1 - 1);
	const struct itimerspec setting = { .it_value.tv_sec = 1000 };
	int error = keep(kernel_call(SYS_signalfd4, -1, &mask, MASK_BYTES, 0));

	if (error == 0)
		error = keep(kernel_call(SYS_memfd_create, "memory", 0));
	if (error == 0)
		error = error_of(kernel_call(SYS_write, last(), "text", 4));
	if (error == 0)
		error = keep(kernel_call(SYS_timerfd_create, CLOCK_MONOTONIC, 0));
	if (error == 0)
		error = error_of(kernel_call(SYS_timerfd_settime, last(), 0, &setting, NULL));
	return error;
}

static int timer = -1;

static int make_timer(void)
{
	const int error = error_of(kernel_call(SYS_timer_create, CLOCK_MONOTONIC, NULL, &timer));

	if (error == 0)
		return 0;
	timer = -1;
	return error == EAGAIN ? ENOMEM : error; /* POSIX has its own word for it */
}

static void undo_timer(void)
{
	if (timer >= 0)
		kernel_call(SYS_timer_delete, timer);
	timer = -1;
}

static int open_terminal(void)
{
	char name[16];
	int number, unlocked = 0;
	int error = keep(kernel_call(SYS_openat, AT_FDCWD, "/dev/ptmx", O_RDWR | O_NOCTTY));

	if (error == 0)
		error = error_of(kernel_call(SYS_ioctl, last(), TIOCSPTLCK, &unlocked));
	if (error == 0)
		error = error_of(kernel_call(SYS_ioctl, last(), TIOCGPTN, &number));
	if (error != 0)
		return error;
	snprintf(name, sizeof(name), "/dev/pts/%d", number);
	error = keep(kernel_call(SYS_openat, AT_FDCWD, name, O_RDWR | O_NOCTTY));
	return error != 0 ? error : error_of(kernel_call(SYS_write, last(), "text", 4));
}

static void prepare_point(void)
{
	CHECK(mkdir(POINT, DIRECTORY_MODE) == 0 || errno == EEXIST);
}

static int mount_all(void)
{
	static const char *const types[] = { "tmpfs", "proc", "devtmpfs", "devpts" };
	int error = 0;

	for (int i = 0; i < 4 && error == 0; i++) {
		error = error_of(kernel_call(SYS_mount, "none", POINT, types[i], 0, NULL));
		if (error == 0)
			error = error_of(kernel_call(SYS_umount2, POINT, 0));
	}
	return error;
}

static void undo_mount(void)
{
	kernel_call(SYS_umount2, POINT, 0);
}

/* Locks on parts of a file: unlocking the middle of one makes two. */
static int lock_parts(void)
{
	struct flock lock = { .l_type = F_WRLCK };
	int error = keep(kernel_call(SYS_openat, AT_FDCWD, "locked", O_CREAT | O_RDWR, FILE_MODE));

	if (error == 0)
		error = error_of(kernel_call(SYS_fcntl, last(), F_SETLK, &lock));
	lock = (struct flock){ .l_type = F_UNLCK, .l_start = 100, .l_len = 1 };
	if (error == 0)
		error = error_of(kernel_call(SYS_fcntl, last(), F_SETLK, &lock));
	return error == ENOLCK ? ENOMEM : error; /* POSIX has its own word for it */
}

/* Lists that are too long for the kernel's stack. */
static int long_lists(void)
{
	static struct pollfd polled[MANY];
	static struct iovec pieces[MANY];
	static unsigned int groups[MANY];
	static unsigned long set[MANY / 64 + 1];
	int error = keep(kernel_call(SYS_openat, AT_FDCWD, "/dev/zero", O_RDONLY));

	if (error == 0)
		error = error_of(kernel_call(SYS_readv, last(), pieces, MANY));
	if (error == 0)
		error = error_of(
			kernel_call(SYS_ppoll, polled, MANY, &(struct timespec){}, NULL, 0));
	if (error == 0)
		error = error_of(
			kernel_call(SYS_pselect6, MANY, set, set, set, &(struct timespec){}, NULL));
	return error != 0 ? error : error_of(kernel_call(SYS_setgroups, MANY, groups));
}

static void prepare_file(void)
{
	static const char bytes[FILE_PAGES * PAGE_BYTES];
	int fd = open("file", O_CREAT | O_RDWR, FILE_MODE);

	CHECK(write(fd, bytes, sizeof(bytes)) == (long)sizeof(bytes));
	close(fd);
	CHECK(symlink("file", "symbolic") == 0 || errno == EEXIST);
}

/* From a file to another one, and to a pipe. */
static int copy_file(void)
{
	int ends[2];
	long in_offset = 0;
	int error = keep(kernel_call(SYS_openat, AT_FDCWD, "symbolic", O_RDONLY));

	if (error == 0)
		error = keep(
			kernel_call(SYS_openat, AT_FDCWD, "copy", O_CREAT | O_RDWR, FILE_MODE));
	if (error == 0)
		error = error_of(kernel_call(SYS_copy_file_range, opened[0], &in_offset, opened[1],
			NULL, FILE_PAGES * PAGE_BYTES, 0));
	in_offset = 0;
	if (error == 0)
		error = error_of(kernel_call(SYS_pipe2, ends, 0));
	if (error != 0)
		return error;
	keep(ends[0]);
	keep(ends[1]);
	return error_of(kernel_call(SYS_sendfile, ends[1], opened[0], &in_offset, PAGE_BYTES));
}

static void undo_copy(void)
{
	undo_opened();
	unlink("copy");
}

static long mapping;

/* The mapping of a file, which is cut, extended in place, and split. */
static int map_file(void)
{
	int error = keep(kernel_call(SYS_openat, AT_FDCWD, "file", O_RDWR));

	if (error != 0)
		return error;
	mapping = kernel_call(SYS_mmap, NULL, FILE_PAGES * PAGE_BYTES, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_POPULATE, last(), 0);
	error = error_of(mapping);
	if (error == 0)
		error = error_of(kernel_call(SYS_mremap, mapping, FILE_PAGES * PAGE_BYTES,
			2 * PAGE_BYTES, 0));
	if (error == 0)
		error = error_of(
			kernel_call(SYS_mremap, mapping, 2 * PAGE_BYTES, 3 * PAGE_BYTES, 0));
	if (error == 0)
		error = error_of(kernel_call(SYS_madvise, mapping + (long)PAGE_BYTES, PAGE_BYTES,
			MADV_DONTFORK));
	return error;
}

static void undo_map_file(void)
{
	undo_opened();
	if (mapping > 0)
		munmap((void *)mapping, FILE_PAGES * PAGE_BYTES);
	mapping = 0;
}

static void prepare_script(void)
{
	char line[64];
	int fd = open("script", O_CREAT | O_WRONLY, DIRECTORY_MODE);

	snprintf(line, sizeof(line), "#!%s %s\n", tap_program(), OOMTEST_REPORT);
	CHECK(write(fd, line, strlen(line)) == (long)strlen(line));
	close(fd);
}

/* The kernel starts the program that the script's first line names. */
static int exec_script(void)
{
	static char *arguments[] = { "script", NULL };

	return error_of(kernel_call(SYS_execve, "script", arguments, NULL));
}

const struct operation object_operations[] = {
	{ "pass-descriptor", NULL, pass_descriptor, undo_opened, false, false },
	{ "connect", NULL, connect_socket, undo_connection, false, false },
	{ "watch", NULL, watch, undo_opened, false, false },
	{ "events", NULL, make_events, undo_opened, false, false },
	{ "timer", NULL, make_timer, undo_timer, false, false },
	{ "terminal", NULL, open_terminal, undo_opened, false, false },
	{ "mount", prepare_point, mount_all, undo_mount, false, false },
	{ "lock-parts", NULL, lock_parts, undo_opened, false, false },
	{ "long-lists", NULL, long_lists, undo_opened, false, false },
	{ "copy-file", prepare_file, copy_file, undo_copy, false, false },
	{ "map-file", prepare_file, map_file, undo_map_file, false, false },
	{ "script", prepare_script, exec_script, NULL, true, true },
};

const size_t object_operation_count = sizeof(object_operations) / sizeof(object_operations[0]);
