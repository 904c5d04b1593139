/*
 * Each call that takes a descriptor, given one of each kind: a table with a row for each call and a
 * letter for each kind, which says what the call gives (posix_table.c). One case is one kind, a column.
 */
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/abi/poll.h"
#include "lib/abi/socket.h"
#include "lib/abi/time.h"
#include "lib/abi/uio.h"
#include "usr/tests/posixtest.h"

/* In a row's arguments. */
#define FD     SUBJECT(0) /* the descriptor */
#define OTHER  SUBJECT(1) /* another regular file, open for reading and writing */
#define EVENTS SUBJECT(2) /* an epoll set */
#define BYTES  8

static int make_closed(void)
{
	return BAD_FD;
}

static int make_path(void)
{
	close(posix_file("file", "contents"));
	return open("file", O_PATH);
}

static int make_directory(void)
{
	return open(".", O_RDONLY | O_DIRECTORY);
}

static int make_file(void)
{
	return posix_file("file", "contents");
}

static int make_read_only(void)
{
	close(posix_file("file", "contents"));
	return open("file", O_RDONLY);
}

static int make_write_only(void)
{
	close(posix_file("file", "contents"));
	return open("file", O_WRONLY);
}

static int make_pipe_end(int end)
{
	int ends[2];

	CHECK(pipe2(ends, O_NONBLOCK) == 0);
	return ends[end];
}

static int make_pipe_out(void)
{
	return make_pipe_end(0);
}

static int make_pipe_in(void)
{
	return make_pipe_end(1);
}

static int make_socket(void)
{
	return (int)WORKS(socket, AF_UNIX, SOCK_STREAM | O_NONBLOCK, 0);
}

static int make_event(void)
{
	return (int)WORKS(eventfd2, 0, O_NONBLOCK);
}

static int make_timer(void)
{
	return (int)WORKS(timerfd_create, CLOCK_MONOTONIC, O_NONBLOCK);
}

static int make_epoll(void)
{
	return (int)WORKS(epoll_create1, 0);
}

static int make_null(void)
{
	return open("/dev/null", O_RDWR);
}

/* The columns, in order. */
static const struct kind {
	const char *name;
	int (*make)(void);
} kinds[] = {
	{ "kind-closed", make_closed },
	{ "kind-path", make_path },
	{ "kind-directory", make_directory },
	{ "kind-file", make_file },
	{ "kind-read-only", make_read_only },
	{ "kind-write-only", make_write_only },
	{ "kind-pipe-out", make_pipe_out },
	{ "kind-pipe-in", make_pipe_in },
	{ "kind-socket", make_socket },
	{ "kind-event", make_event },
	{ "kind-timer", make_timer },
	{ "kind-epoll", make_epoll },
	{ "kind-null", make_null },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static uint64_t buffer[64];
static const struct iovec vector = { buffer, BYTES };
static const struct flock read_lock = { .l_type = F_RDLCK };
static const struct flock write_lock = { .l_type = F_WRLCK };
static struct epoll_event event = { .events = POLLIN };
static unsigned int size = sizeof(buffer);

static const struct posix_row rows[] = {
	/* closed
	   |path
	   ||directory
	   |||file
	   ||||read-only
	   |||||write-only
	   ||||||pipe-out
	   |||||||pipe-in
	   ||||||||socket
	   |||||||||event
	   ||||||||||timer
	   |||||||||||epoll
	   ||||||||||||null */
	{ "bbd..babiaai.", "read", SYS_read, { FD, AT(buffer), BYTES } },
	{ "bbb.b.b.c.ii.", "write", SYS_write, { FD, AT(buffer), BYTES } },
	{ "bbd..babiaai.", "readv", SYS_readv, { FD, AT(&vector), 1 } },
	{ "bbb.b.b.c.ii.", "writev", SYS_writev, { FD, AT(&vector), 1 } },
	{ "bbd..bssssss.", "pread64", SYS_pread64, { FD, AT(buffer), BYTES, 0 } },
	{ "bbb.b.ssssss.", "pwrite64", SYS_pwrite64, { FD, AT(buffer), BYTES, 0 } },
	{ "bbd..bssssss.", "preadv", SYS_preadv, { FD, AT(&vector), 1, 0 } },
	{ "bbb.b.ssssss.", "pwritev", SYS_pwritev, { FD, AT(&vector), 1, 0 } },
	{ "bb....sss....", "lseek", SYS_lseek, { FD, 0, SEEK_CUR } },
	{ "bbi..bibiiii?", "sendfile from", SYS_sendfile, { OTHER, FD, 0, BYTES } },
	{ "bbb.b.b.c?ii.", "sendfile to", SYS_sendfile, { FD, OTHER, 0, BYTES } },
	{ "bbn..mnmnnnnn", "mmap", SYS_mmap, { 0, BYTES, PROT_READ, MAP_PRIVATE, FD, 0 } },
	{ "bbm.mmmmnnnnn", "mmap shared", SYS_mmap, { 0, BYTES, PROT_WRITE, MAP_SHARED, FD, 0 } },
	{ "bb.DDDDDDDDDD", "getdents64", SYS_getdents64, { FD, AT(buffer), sizeof(buffer) } },
	{ "b............", "fstat", SYS_fstat, { FD, AT(buffer) } },
	{ "b............", "fstatfs", SYS_fstatfs, { FD, AT(buffer) } },
	{ "b............", "statx", SYS_statx, { FD, AT(""), AT_EMPTY_PATH, 0, AT(buffer) } },
	{ "bb....iiiiiii", "fsync", SYS_fsync, { FD } },
	{ "bb....iiiiiii", "fdatasync", SYS_fdatasync, { FD } },
	{ "bb....ss.....", "fadvise64", SYS_fadvise64, { FD, 0, 0, 0 } },
	{ "bbb.b.bsnnnnn", "fallocate", SYS_fallocate, { FD, 0, 0, BYTES } },
	{ "bbi.i.iiiiiii", "ftruncate", SYS_ftruncate, { FD, BYTES } },
	{ "bD.DDDDDDDDDD", "fchdir", SYS_fchdir, { FD } },
	{ "bb...........", "fchmod", SYS_fchmod, { FD, FILE_MODE } },
	{ "bb...........", "fchown", SYS_fchown, { FD, -1, -1 } },
	{ "bb...........", "utimensat", SYS_utimensat, { FD, 0, 0, 0 } },
	{ "bD.DDDDDDDDDD", "openat", SYS_openat, { FD, AT("."), O_PATH } },
	{ "bD.DDDDDDDDDD", "mkdirat", SYS_mkdirat, { FD, AT("new"), DIRECTORY_MODE } },
	{ "bD.DDDDDDDDDD", "faccessat", SYS_faccessat, { FD, AT("."), R_OK } },
	{ "bNNNNNNNNNNNN", "readlinkat", SYS_readlinkat, { FD, AT(""), AT(buffer), BYTES } },
	{ "b............", "dup", SYS_dup, { FD } },
	{ "b............", "F_GETFD", SYS_fcntl, { FD, F_GETFD } },
	{ "b............", "F_GETFL", SYS_fcntl, { FD, F_GETFL } },
	{ "bb...........", "F_SETFL", SYS_fcntl, { FD, F_SETFL, O_NONBLOCK } },
	{ "bbbbbb..bbbbb", "F_GETPIPE_SZ", SYS_fcntl, { FD, F_GETPIPE_SZ } },
	{ "bb...b.b.....", "F_SETLK", SYS_fcntl, { FD, F_SETLK, AT(&read_lock) } },
	{ "bbb.b.b......", "F_SETLK write", SYS_fcntl, { FD, F_SETLK, AT(&write_lock) } },
	{ "bb...........", "flock", SYS_flock, { FD, LOCK_EX | LOCK_NB } },
	{ "bbt......tt?t", "FIONREAD", SYS_ioctl, { FD, FIONREAD, AT(buffer) } },
	{ "bbttttttttt?t", "TCGETS", SYS_ioctl, { FD, TCGETS, AT(buffer) } },
	{ "bb...........", "FIOCLEX", SYS_ioctl, { FD, FIOCLEX } },
	{ "bbpppp.....?p", "epoll_ctl", SYS_epoll_ctl, { EVENTS, EPOLL_CTL_ADD, FD, AT(&event) } },
	{ "bbiiiiiiiii?i", "epoll_ctl set", SYS_epoll_ctl,
		{ FD, EPOLL_CTL_ADD, EVENTS, AT(&event) } },
	{ "bbiiiiiiiii.i", "epoll_pwait", SYS_epoll_pwait, { FD, AT(buffer), 1, 0, 0, 0 } },
	{ "bbiiiiiiii.ii", "timerfd_gettime", SYS_timerfd_gettime, { FD, AT(buffer) } },
	{ "bbSSSSSSiSSSS", "listen", SYS_listen, { FD, 1 } },
	{ "bbSSSSSSiSSSS", "accept", SYS_accept, { FD, 0, 0 } },
	{ "bbSSSSSS.SSSS", "getsockname", SYS_getsockname, { FD, AT(buffer), AT(&size) } },
	{ "bbSSSSSScSSSS", "getpeername", SYS_getpeername, { FD, AT(buffer), AT(&size) } },
	{ "bbSSSSSS.SSSS", "shutdown", SYS_shutdown, { FD, 2 } },
	{ "bbSSSSSScSSSS", "sendto", SYS_sendto, { FD, AT(buffer), BYTES, MSG_NOSIGNAL, 0, 0 } },
	{ "bbSSSSSSiSSSS", "recvfrom", SYS_recvfrom, { FD, AT(buffer), BYTES, 0, 0, 0 } },
};

/* Makes the call of the row in a child, so that no call sees what another has done. */
static void check_row(const struct posix_row *row, size_t column)
{
	int pid = tap_fork();

	if (pid == 0) {
		const long subjects[] = {
			kinds[column].make(),
			posix_file("other", "contents"),
			make_epoll(),
		};

		posix_check_row(row, column, subjects);
		_exit(0);
	}
	tap_join(pid);
}

static void check_kind(void)
{
	for (size_t column = 0; column < KINDS; column++) {
		if (strcmp(kinds[column].name, tap_case_name()) != 0)
			continue;
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
			check_row(&rows[i], column);
	}
}

static const struct tap_case cases[] = {
	{ "kind-closed", check_kind, 0 },
	{ "kind-path", check_kind, 0 },
	{ "kind-directory", check_kind, 0 },
	{ "kind-file", check_kind, 0 },
	{ "kind-read-only", check_kind, 0 },
	{ "kind-write-only", check_kind, 0 },
	{ "kind-pipe-out", check_kind, 0 },
	{ "kind-pipe-in", check_kind, 0 },
	{ "kind-socket", check_kind, 0 },
	{ "kind-event", check_kind, 0 },
	{ "kind-timer", check_kind, 0 },
	{ "kind-epoll", check_kind, 0 },
	{ "kind-null", check_kind, 0 },
};

const struct tap_group posix_kinds_group = TAP_GROUP(cases);
