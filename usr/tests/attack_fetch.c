/*
 * Double fetches: a thread keeps changing what a call reads, so that a call which reads it twice sees two
 * values (CVE-2016-6516 and its kind; Wang and others, "How Double-Fetch Situations turn into
 * Double-Fetch Vulnerabilities", 2017). A call must do what one value says, or fail, and write nowhere else.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/abi/capability.h"
#include "lib/abi/socket.h"
#include "usr/tests/attacktest.h"
#include "usr/tests/memory.h"

#define SMALL    16
#define BYTES    64
#define CANARY   0x5a
#define HOSTILE  0xffffffc080000000ul /* an address of the kernel */
#define FD_LIMIT 64
#define EXECS    60 /* at least */

static struct flipper flipper;

/* A page of canaries. */
static unsigned char *guarded_page(void)
{
	unsigned char *page = memory_map_pages(1);

	memset(page, CANARY, PAGE_BYTES);
	return page;
}

static void check_canaries(const unsigned char *page, size_t from)
{
	for (size_t i = from; i < PAGE_BYTES; i++)
		CHECK_EQUAL(page[i], CANARY);
}

/* A segment's length is first checked, and then used: the length used is the one that was checked. */
static void iovec_length(void)
{
	static struct iovec vector[2];
	unsigned char *page = guarded_page();
	int file = open("/dev/zero", O_RDONLY);
	unsigned long deadline;

	vector[0] = (struct iovec){ page, 0 };
	vector[1] = (struct iovec){ page + SMALL, SMALL };
	flipper_start(&flipper, &vector[0].iov_len, SMALL, ~0ul);
	for (deadline = attack_deadline(); now_nanoseconds() < deadline;) {
		long result = kernel_call(SYS_readv, file, vector, 2);

		CHECK(result == 2 * SMALL || result == -EINVAL);
		check_canaries(page, 2 * SMALL);
	}
	flipper_stop(&flipper);
}

static void iovec_base(void)
{
	static struct iovec vector[2];
	unsigned char *page = guarded_page();
	int file = open("/dev/zero", O_RDONLY);
	unsigned long deadline;

	vector[0] = (struct iovec){ page, SMALL };
	vector[1] = (struct iovec){ page + SMALL, SMALL };
	flipper_start(&flipper, &vector[0].iov_base, (unsigned long)page, HOSTILE);
	for (deadline = attack_deadline(); now_nanoseconds() < deadline;) {
		long result = kernel_call(SYS_readv, file, vector, 2);

		CHECK(result == 2 * SMALL || result == -EFAULT);
		result = kernel_call(SYS_writev, file, vector, 2);
		CHECK(result == -EBADF);
		check_canaries(page, 2 * SMALL);
	}
	flipper_stop(&flipper);
}

/* Messages */

static int sockets[2], pipe_ends[2];
static struct iovec segment;
static struct msghdr message;
static char sent[BYTES];

static void prepare_message(void)
{
	CHECK_EQUAL(kernel_call(SYS_socketpair, AF_UNIX, SOCK_DGRAM | O_NONBLOCK, 0, sockets), 0);
	segment = (struct iovec){ sent, sizeof(sent) };
	CHECK(pipe(pipe_ends) == 0);
	message = (struct msghdr){ .msg_iov = &segment, .msg_iovlen = 1 };
}

static void drain_socket(void)
{
	char bytes[BYTES];

	while (read(sockets[0], bytes, sizeof(bytes)) > 0)
		continue;
}

/*
 * The number of segments. The two values differ in one byte: a kernel may copy the structure byte
 * by byte (as Linux does), and must not see a third value then.
 */
static void message_segments(void)
{
	unsigned long deadline;

	prepare_message();
	flipper_start(&flipper, &message.msg_iovlen, 1, 1ul << 61 | 1);
	for (deadline = attack_deadline(); now_nanoseconds() < deadline;) {
		long result = kernel_call(SYS_sendmsg, sockets[1], &message, 0);

		CHECK(result == BYTES || result == -EMSGSIZE);
		drain_socket();
	}
	flipper_stop(&flipper);
}

struct control {
	struct cmsghdr header;
	int files[2];
};

static int open_files(void)
{
	int count = 0;

	for (int fd = 0; fd < FD_LIMIT; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* Receives at most two files and closes them; nothing may be written behind the room for them. */
static long receive_files(void)
{
	static unsigned char room[PAGE_BYTES];
	struct control *control = (struct control *)(void *)room;
	char byte[BYTES];
	struct iovec into = { byte, sizeof(byte) };
	struct msghdr receive = {
		.msg_iov = &into,
		.msg_iovlen = 1,
		.msg_control = room,
		.msg_controllen = sizeof(*control),
	};
	long result;

	memset(room, CANARY, sizeof(room));
	result = kernel_call(SYS_recvmsg, sockets[0], &receive, 0);
	check_canaries(room, sizeof(*control));
	if (result < 0 || receive.msg_controllen < sizeof(control->header))
		return 0;
	long count = (long)(control->header.cmsg_len - sizeof(control->header)) / (long)sizeof(int);

	for (long i = 0; i < count; i++)
		CHECK(close(control->files[i]) == 0);
	return count;
}

/* A control message's length is used twice: to allocate, and to go through the messages. */
static void control_length(unsigned long one, unsigned long other)
{
	static struct control control;
	int files = open_files() + 4;
	unsigned long deadline;

	prepare_message();
	control = (struct control){
		.header = { .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS },
		.files = { pipe_ends[0], pipe_ends[1] },
	};
	message.msg_control = &control;
	message.msg_controllen = sizeof(control);
	flipper_start(&flipper, &control.header.cmsg_len, one, other);
	for (deadline = attack_deadline(); now_nanoseconds() < deadline;) {
		long result = kernel_call(SYS_sendmsg, sockets[1], &message, 0);

		CHECK(result == BYTES || result == -EINVAL);
		if (result == BYTES)
			CHECK(receive_files() <= 2);
	}
	flipper_stop(&flipper);
	CHECK_EQUAL(open_files(), files);
}

static void control_length_small(void)
{
	control_length(sizeof(struct control), 0);
}

static void control_length_large(void)
{
	control_length(sizeof(struct control) - sizeof(int), ~0ul);
}

static void control_files(void)
{
	static struct control control __attribute__((aligned(8)));
	int files = open_files() + 4;
	unsigned long deadline;

	prepare_message();
	control.header = (struct cmsghdr){ sizeof(control), SOL_SOCKET, SCM_RIGHTS };
	message.msg_control = &control;
	message.msg_controllen = sizeof(control);
	flipper_start(&flipper, control.files, (unsigned long)pipe_ends[0] << 32,
		(unsigned long)FD_LIMIT << 32 | 1);
	for (deadline = attack_deadline(); now_nanoseconds() < deadline;) {
		long result = kernel_call(SYS_sendmsg, sockets[1], &message, 0);

		CHECK(result == BYTES || result == -EBADF);
		if (result == BYTES)
			CHECK_EQUAL(receive_files(), 2);
	}
	flipper_stop(&flipper);
	CHECK_EQUAL(open_files(), files);
}

/* The room for the name, as getsockname() is told. */
static void address_room(void)
{
	static unsigned long size;
	unsigned char *page = guarded_page();
	struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "a-name-of-some-length" };
	unsigned long deadline;

	prepare_message();
	CHECK_EQUAL(kernel_call(SYS_bind, sockets[0], &name, sizeof(name)), 0);
	flipper_start(&flipper, &size, 4, 1000);
	for (deadline = attack_deadline(); now_nanoseconds() < deadline;) {
		CHECK_EQUAL(kernel_call(SYS_getsockname, sockets[0], page, &size), 0);
		check_canaries(page, sizeof(name));
	}
	flipper_stop(&flipper);
}

/* Paths */

/* open() gets one of two names, or a mixture of them that does not exist: never a third file. */
static void path_text(void)
{
	static char path[SMALL] __attribute__((aligned(8))) = "aaaaaaa";
	unsigned long one, other, deadline;
	struct stat status[2], seen;

	memcpy(&one, "aaaaaaa", sizeof(one));
	memcpy(&other, "bbb/../", sizeof(other));
	close(open("aaaaaaa", O_CREAT | O_RDWR, 0600));
	CHECK(mkdir("bbb", 0700) == 0);
	CHECK(stat("aaaaaaa", &status[0]) == 0 && stat(".", &status[1]) == 0);
	flipper_start(&flipper, path, one, other);
	for (deadline = attack_deadline(); now_nanoseconds() < deadline;) {
		long file = kernel_call(SYS_openat, AT_FDCWD, path, O_RDONLY, 0);

		CHECK(file >= 0 || file == -ENOENT);
		if (file < 0)
			continue;
		CHECK(fstat((int)file, &seen) == 0);
		CHECK(seen.st_ino == status[0].st_ino || seen.st_ino == status[1].st_ino);
		close((int)file);
	}
	flipper_stop(&flipper);
}

/* An empty path means the descriptor's file, any other path another one: never a third file. */
static void path_empty(void)
{
	static char path[SMALL] __attribute__((aligned(8)));
	unsigned long name = 'a', deadline;
	struct stat status[2], seen;
	int directory = open(".", O_RDONLY | O_DIRECTORY);

	close(open("a", O_CREAT | O_RDWR, 0600));
	CHECK(stat("a", &status[0]) == 0 && fstat(directory, &status[1]) == 0);
	flipper_start(&flipper, path, name, 0);
	for (deadline = attack_deadline(); now_nanoseconds() < deadline;) {
		CHECK_EQUAL(kernel_call(SYS_newfstatat, directory, path, &seen, AT_EMPTY_PATH), 0);
		CHECK(seen.st_ino == status[0].st_ino || seen.st_ino == status[1].st_ino);
	}
	flipper_stop(&flipper);
}

/* Programs: what a new program is told about itself must be true. */

static char *const no_strings[] = { NULL };

/* Runs `body` in child after child: it executes a program that must exit with 0, or fails to do so. */
static void exec_in_children(void (*body)(void))
{
	unsigned long deadline;

	deadline = attack_deadline();
	for (int round = 0; round < EXECS || now_nanoseconds() < deadline; round++) {
		int child = tap_fork();

		if (child == 0) {
			body();
			_exit(0);
		}
		tap_join(child);
	}
}

static void exec_flipping_path(void)
{
	static char path[SMALL] __attribute__((aligned(8))) = "./one  ";
	char *arguments[] = { "x", "-executed", NULL };
	unsigned long one, other;
	long result;

	memcpy(&one, "./one\0\0", sizeof(one));
	memcpy(&other, "./two\0\0", sizeof(other));
	flipper_start(&flipper, path, one, other);
	result = kernel_call(SYS_execve, path, arguments, no_strings);
	FAIL("execve: %ld", result);
}

static void exec_path(void)
{
	tap_copy_program("one", 0755, 0, 0);
	tap_copy_program("two", 0755, 0, 0);
	exec_in_children(exec_flipping_path);
}

/* CVE-2021-4034 (pkexec) needs a program that is started without any argument. */
static void exec_flipping_first_argument(void)
{
	static char *arguments[] = { "x", NULL, NULL };
	long result;

	flipper_start(&flipper, &arguments[0], (unsigned long)"-argument", 0);
	result = kernel_call(SYS_execve, tap_program(), arguments, no_strings);
	if (result != -EFAULT)
		FAIL("execve: %ld", result);
	flipper_stop(&flipper);
}

static void exec_first_argument(void)
{
	exec_in_children(exec_flipping_first_argument);
}

static void exec_flipping_strings(void)
{
	static char *arguments[] = { "-strings", NULL, "end", NULL };
	static char *environment[] = { NULL, "END=1", NULL };
	unsigned char *text = memory_map_pages(2);
	long result;

	memset(text, 'l', PAGE_BYTES);
	arguments[1] = environment[0] = (char *)text;
	flipper_start(&flipper, text + 64, 0, 0x6c6c6c6c6c6c6c6cul);
	result = kernel_call(SYS_execve, tap_program(), arguments, environment);
	if (result != -EFAULT && result != -E2BIG)
		FAIL("execve: %ld", result);
	flipper_stop(&flipper);
}

static void exec_strings(void)
{
	exec_in_children(exec_flipping_strings);
}

/* Everything else that is read in pieces, or first checked and then used: nothing may break. */

static unsigned char *flipped;

static long call_sigaction(void)
{
	return kernel_call(SYS_rt_sigaction, SIGUSR1, flipped, flipped, 8);
}

static long call_sigaltstack(void)
{
	return kernel_call(SYS_sigaltstack, flipped, flipped);
}

static long call_clone3(void)
{
	return kernel_call(SYS_clone3, flipped, 88);
}

static long call_bind(void)
{
	return kernel_call(SYS_bind, sockets[1], flipped, 110);
}

static long call_connect(void)
{
	return kernel_call(SYS_connect, sockets[1], flipped, 110);
}

static long call_epoll_ctl(void)
{
	return kernel_call(SYS_epoll_ctl, 0, 1, 1, flipped);
}

static long call_timerfd(void)
{
	return kernel_call(SYS_timerfd_settime, flipped[0] & 7, 1, flipped, flipped);
}

static long call_setitimer(void)
{
	return kernel_call(SYS_setitimer, ITIMER_VIRTUAL, flipped, flipped);
}

static long call_ppoll(void)
{
	static const struct timespec none;

	return kernel_call(SYS_ppoll, flipped, 32, &none, flipped, 8);
}

static long call_pselect(void)
{
	static const struct timespec none;

	return kernel_call(SYS_pselect6, 64, flipped, flipped, flipped, &none, flipped);
}

static long call_capset(void)
{
	return kernel_call(SYS_capset, flipped, flipped + 8);
}

static long call_setgroups(void)
{
	return kernel_call(SYS_setgroups, 32, flipped);
}

static long call_prlimit(void)
{
	return kernel_call(SYS_prlimit64, 0, RLIMIT_CORE, flipped, flipped);
}

static long call_recvmsg(void)
{
	return kernel_call(SYS_recvmsg, sockets[0], flipped, MSG_DONTWAIT);
}

static long call_sendmsg(void)
{
	return kernel_call(SYS_sendmsg, sockets[1], flipped, MSG_DONTWAIT);
}

static long call_futex(void)
{
	return kernel_call(SYS_futex, flipped, 3, 1, 1, flipped + 8, 0);
}

static long call_write(void)
{
	return kernel_call(SYS_write, sockets[1], flipped, BYTES);
}

static long call_utimensat(void)
{
	return kernel_call(SYS_utimensat, AT_FDCWD, ".", flipped, 0);
}

static long call_flock(void)
{
	return kernel_call(SYS_fcntl, 0, F_SETLK, flipped);
}

static long call_mkdir(void)
{
	return kernel_call(SYS_mkdirat, AT_FDCWD, flipped, 0700);
}

static long (*const calls[])(void) = {
	call_sigaction,
	call_sigaltstack,
	call_clone3,
	call_bind,
	call_connect,
	call_epoll_ctl,
	call_timerfd,
	call_setitimer,
	call_ppoll,
	call_pselect,
	call_capset,
	call_setgroups,
	call_prlimit,
	call_recvmsg,
	call_sendmsg,
	call_futex,
	call_write,
	call_utimensat,
	call_flock,
	call_mkdir,
};

#define CALL_ROUNDS 200
#define HOT_WORDS   12

/* The words that the call reads flip between a good and a bad value, one word after the other. */
static void call_with(long (*call)(void), unsigned long one, unsigned long other)
{
	memset(flipped, 0, BYTES * 4);
	flipper_start(&flipper, flipped, one, other);
	for (size_t word = 0; word < HOT_WORDS; word++) {
		atomic_store_flag(&flipper.word, (unsigned long *)(void *)flipped + word);
		for (int round = 0; round < CALL_ROUNDS / HOT_WORDS; round++) {
			long result = call();

			/* A child of clone3(), which goes on where its caller is. */
			if (call == call_clone3 && result == 0)
				kernel_call(SYS_exit, 0);
		}
	}
	flipper_stop(&flipper);
}

static void everything_else(void)
{
	const unsigned long pairs[][2] = { { 0, ~0ul }, { 1, HOSTILE }, { 16, 1ul << 63 } };

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		int child = tap_fork();

		if (child == 0) {
			flipped = memory_map_pages(1);
			prepare_message();
			for (size_t pair = 0; pair < 3; pair++)
				call_with(calls[i], pairs[pair][0], pairs[pair][1]);
			_exit(0);
		}
		/* What it did to itself does not matter, as long as it ends. */
		(void)tap_wait(child);
	}
}

static const struct tap_case cases[] = {
	{ "iovec-length", iovec_length, 0 },
	{ "iovec-base", iovec_base, 0 },
	{ "message-segments", message_segments, 0 },
	{ "control-length-small", control_length_small, 0 },
	{ "control-length-large", control_length_large, 0 },
	{ "control-files", control_files, 0 },
	{ "address-room", address_room, 0 },
	{ "path-text", path_text, 0 },
	{ "path-empty", path_empty, 0 },
	{ "exec-path", exec_path, 0 },
	{ "exec-first-argument", exec_first_argument, 0 },
	{ "exec-strings", exec_strings, 0 },
	{ "everything-else", everything_else, 0 },
};

const struct tap_group attack_fetch_group = TAP_GROUP(cases);
