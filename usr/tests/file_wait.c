/* Pipes and FIFOs, and waiting for them: which tasks sleep, are woken, and what they are told. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "usr/tests/filetest.h"
#include "usr/tests/memory.h"
#include "usr/tests/thread.h"

#define PIPE_BYTES   65536
#define ATOMIC_BYTES 4096
#define SHORT_WAIT   30 /* milliseconds */
#define PATIENCE     30 /* seconds */
#define SYS_PSELECT6 72
#define LONG_PIECES  1024
#define LONG_PIECE   MIB
#define RESERVED     (64 * MIB)
#define URANDOM      (1 << 8 | 9) /* the device's number: not every /dev has it */

static void set_blocking(int file, int blocking)
{
	CHECK(fcntl(file, F_SETFL, blocking ? 0 : O_NONBLOCK) == 0);
}

static void pipe_capacity(void)
{
	static char buffer[PIPE_BYTES];
	int ends[2], waiting;

	CHECK(pipe2(ends, O_NONBLOCK) == 0);
	CHECK_ERROR(read(ends[0], buffer, 1), EAGAIN);
	CHECK_EQUAL(write(ends[1], buffer, sizeof(buffer)), PIPE_BYTES);
	CHECK_ERROR(write(ends[1], buffer, 1), EAGAIN);
	CHECK(ioctl(ends[0], FIONREAD, &waiting) == 0);
	CHECK_EQUAL(waiting, PIPE_BYTES);
	CHECK_EQUAL(read(ends[0], buffer, 100), 100);
	CHECK_EQUAL(read(ends[0], buffer, sizeof(buffer)), PIPE_BYTES - 100);
	CHECK_EQUAL(fcntl(ends[0], F_GETPIPE_SZ), PIPE_BYTES);
	CHECK_ERROR(lseek(ends[0], 0, SEEK_CUR), ESPIPE);
	CHECK_ERROR(pread(ends[0], buffer, 1, 0), ESPIPE);
	CHECK_ERROR(write(ends[0], buffer, 1), EBADF);
	CHECK_ERROR(read(ends[1], buffer, 1), EBADF);
	CHECK_ERROR(pipe2(ends, O_APPEND), EINVAL);
}

/* Bytes wrap around the ring at odd places, and come out as they went in. */
static void pipe_around(void)
{
	unsigned char out[1000], in[1000];
	unsigned int sent = 0, received = 0;
	int ends[2];

	CHECK(pipe2(ends, O_NONBLOCK) == 0);
	for (int round = 0; round < 400; round++) {
		for (size_t i = 0; i < sizeof(out); i++)
			out[i] = (unsigned char)((sent + i) % 251);
		ssize_t count = write(ends[1], out, 997);

		if (count > 0)
			sent += (unsigned int)count;
		if (round % 3 == 0 && count > 0)
			continue;
		count = read(ends[0], in, 891);
		for (ssize_t i = 0; i < count; i++)
			CHECK_EQUAL(in[i], (received + (unsigned int)i) % 251);
		received += count > 0 ? (unsigned int)count : 0;
	}
	CHECK(received > PIPE_BYTES);
}

/* A write of up to PIPE_BUF bytes goes in whole or not at all. */
static void pipe_atomic(void)
{
	static char buffer[PIPE_BYTES];
	int ends[2];

	CHECK(pipe2(ends, O_NONBLOCK) == 0);
	CHECK_EQUAL(write(ends[1], buffer, PIPE_BYTES - ATOMIC_BYTES), PIPE_BYTES - ATOMIC_BYTES);
	CHECK_EQUAL(write(ends[1], buffer, ATOMIC_BYTES), ATOMIC_BYTES);
	CHECK_EQUAL(read(ends[0], buffer, ATOMIC_BYTES), ATOMIC_BYTES);
	CHECK_EQUAL(write(ends[1], buffer, 1), 1);
	CHECK_ERROR(write(ends[1], buffer, ATOMIC_BYTES), EAGAIN);
	CHECK_EQUAL(read(ends[0], buffer, ATOMIC_BYTES), ATOMIC_BYTES);
	CHECK_EQUAL(write(ends[1], buffer, ATOMIC_BYTES), ATOMIC_BYTES);
}

static void fifo_opening(void)
{
	char byte;
	int reader, writer, child;

	CHECK(mkfifo("fifo", FILE_MODE) == 0);
	CHECK_ERROR(mkfifo("fifo", FILE_MODE), EEXIST);
	CHECK_ERROR(open("fifo", O_WRONLY | O_NONBLOCK), ENXIO);
	reader = open("fifo", O_RDONLY | O_NONBLOCK);
	CHECK(reader >= 0);
	CHECK_EQUAL(read(reader, &byte, 1), 0);
	writer = open("fifo", O_WRONLY | O_NONBLOCK);
	CHECK(writer >= 0);
	CHECK_ERROR(read(reader, &byte, 1), EAGAIN);
	close(reader);
	close(writer);

	child = tap_fork();
	if (child == 0) {
		tap_wait_until_asleep(getppid());
		writer = open("fifo", O_WRONLY);
		CHECK_EQUAL(write(writer, "xy", 2), 2);
		_exit(0);
	}
	reader = open("fifo", O_RDONLY); /* sleeps until the child opens it */
	CHECK(reader >= 0);
	CHECK_EQUAL(read(reader, &byte, 1), 1);
	CHECK_EQUAL(read(reader, &byte, 1), 1);
	CHECK_EQUAL(byte, 'y');
	CHECK_EQUAL(read(reader, &byte, 1), 0);
	tap_join(child);

	writer = open("fifo", O_RDWR);
	CHECK_EQUAL(write(writer, "z", 1), 1);
	CHECK_EQUAL(read(reader, &byte, 1), 1);
}

static short poll_now(int file, short events)
{
	struct pollfd poll_one = { .fd = file, .events = events };

	CHECK(poll(&poll_one, 1, 0) >= 0);
	return poll_one.revents;
}

static void fifo_without_reader(void)
{
	int both, writer, child;

	CHECK(mkfifo("fifo", FILE_MODE) == 0);
	both = open("fifo", O_RDWR);
	writer = open("fifo", O_WRONLY);
	child = tap_fork();
	close(both);
	if (child == 0) {
		while (!(poll_now(writer, POLLOUT) & POLLERR))
			sleep_milliseconds(1);
		(void)!write(writer, "x", 1);
		FAIL("a write without a reader came back");
	}
	tap_join_killed(child, SIGPIPE);
}

static void poll_pipes(void)
{
	static char buffer[PIPE_BYTES];
	int ends[2];

	CHECK(pipe(ends) == 0);
	CHECK_EQUAL(poll_now(ends[0], POLLIN), 0);
	CHECK_EQUAL(poll_now(ends[1], POLLOUT), POLLOUT);
	CHECK_EQUAL(write(ends[1], buffer, PIPE_BYTES), PIPE_BYTES);
	CHECK_EQUAL(poll_now(ends[0], POLLIN), POLLIN);
	CHECK_EQUAL(poll_now(ends[1], POLLOUT), 0);
	CHECK_EQUAL(read(ends[0], buffer, PIPE_BYTES), PIPE_BYTES);
	CHECK_EQUAL(poll_now(ends[1], POLLOUT), POLLOUT);
	close(ends[1]);
	CHECK_EQUAL(poll_now(ends[0], POLLIN), POLLHUP);
	CHECK_EQUAL(poll_now(ends[1], POLLIN), POLLNVAL);
	CHECK_EQUAL(poll_now(-1, POLLIN), 0);
	CHECK(pipe(ends) == 0);
	close(ends[0]);
	CHECK(poll_now(ends[1], POLLOUT) & POLLERR);
}

static void poll_sleeps(void)
{
	struct pollfd polls[2];
	int first[2], second[2], child;
	unsigned long start;

	CHECK(pipe(first) == 0 && pipe(second) == 0);
	polls[0] = (struct pollfd){ .fd = first[0], .events = POLLIN };
	polls[1] = (struct pollfd){ .fd = second[0], .events = POLLIN };
	start = now_nanoseconds();
	CHECK_EQUAL(poll(polls, 2, SHORT_WAIT), 0);
	CHECK(now_nanoseconds() - start >= SHORT_WAIT * 1000000ul);
	CHECK_EQUAL(poll(NULL, 0, 1), 0);
	child = tap_fork();
	if (child == 0) {
		tap_wait_until_asleep(getppid());
		CHECK_EQUAL(write(second[1], "x", 1), 1);
		_exit(0);
	}
	CHECK_EQUAL(poll(polls, 2, -1), 1);
	CHECK_EQUAL(polls[0].revents, 0);
	CHECK_EQUAL(polls[1].revents, POLLIN);
	tap_join(child);
	CHECK_ERROR(poll((void *)8, 1, 0), EFAULT);
	CHECK_ERROR(poll(polls, 100000, 0), EINVAL);
}

static long select_now(unsigned long *read_set, unsigned long *write_set)
{
	struct timespec none = { 0, 0 };

	return kernel_call(SYS_PSELECT6, 64l, read_set, write_set, NULL, &none, NULL);
}

static void select_pipes(void)
{
	unsigned long reads, writes;
	int ends[2];

	CHECK(pipe(ends) == 0);
	reads = 1ul << ends[0];
	writes = 1ul << ends[1];
	CHECK_EQUAL(select_now(&reads, &writes), 1);
	CHECK_EQUAL(reads, 0);
	CHECK_EQUAL(writes, 1ul << ends[1]);
	CHECK_EQUAL(write(ends[1], "x", 1), 1);
	reads = 1ul << ends[0];
	CHECK_EQUAL(select_now(&reads, NULL), 1);
	CHECK_EQUAL(reads, 1ul << ends[0]);
	reads = 1ul << 60;
	CHECK_EQUAL(select_now(&reads, NULL), -EBADF);
}

/* Many writers and readers of one pipe: none sleeps for ever, nothing is lost. */
static void pipe_crowd(void)
{
	enum { WRITERS = 4, MESSAGES = 200, MESSAGE_BYTES = 100 };
	char message[MESSAGE_BYTES];
	int ends[2], children[WRITERS], counts[WRITERS] = { 0 };

	CHECK(pipe(ends) == 0);
	for (int i = 0; i < WRITERS; i++) {
		children[i] = tap_fork();
		if (children[i])
			continue;
		close(ends[0]);
		memset(message, 'a' + i, sizeof(message));
		for (int n = 0; n < MESSAGES; n++)
			CHECK_EQUAL(write(ends[1], message, sizeof(message)), sizeof(message));
		_exit(0);
	}
	close(ends[1]);
	for (;;) {
		ssize_t count = read(ends[0], message, sizeof(message));

		if (count == 0)
			break;
		CHECK_EQUAL(count, sizeof(message));
		for (size_t i = 1; i < sizeof(message); i++)
			CHECK_EQUAL(message[i], message[0]);
		counts[message[0] - 'a']++;
	}
	for (int i = 0; i < WRITERS; i++) {
		tap_join(children[i]);
		CHECK_EQUAL(counts[i], MESSAGES);
	}
}

/* One call may bring enough for several waiters: then none of them goes on sleeping. */
static void pipe_serves_all(void)
{
	enum { WAITING = 3 };
	static char buffer[PIPE_BYTES];
	int ends[2], children[WAITING];

	CHECK(pipe(ends) == 0);
	for (int i = 0; i < WAITING; i++) {
		children[i] = tap_fork();
		if (children[i] == 0) {
			alarm(PATIENCE);
			CHECK_EQUAL(read(ends[0], buffer, 1), 1);
			_exit(0);
		}
		tap_wait_until_asleep(children[i]);
	}
	CHECK_EQUAL(write(ends[1], buffer, WAITING), WAITING);
	for (int i = 0; i < WAITING; i++)
		tap_join(children[i]);

	CHECK_EQUAL(write(ends[1], buffer, sizeof(buffer)), PIPE_BYTES);
	for (int i = 0; i < WAITING; i++) {
		children[i] = tap_fork();
		if (children[i] == 0) {
			alarm(PATIENCE);
			CHECK_EQUAL(write(ends[1], buffer, 1), 1);
			_exit(0);
		}
		tap_wait_until_asleep(children[i]);
	}
	CHECK_EQUAL(read(ends[0], buffer, sizeof(buffer)), PIPE_BYTES);
	for (int i = 0; i < WAITING; i++)
		tap_join(children[i]);
}

static void no_operation(int signal)
{
	(void)signal;
}

static void interrupted_waits(void)
{
	const struct sigaction action = { .sa_handler = no_operation };
	struct pollfd poll_one;
	int ends[2], parent = getpid(), child;
	char byte;

	CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
	CHECK(pipe(ends) == 0);
	set_blocking(ends[0], 1);
	poll_one = (struct pollfd){ .fd = ends[0], .events = POLLIN };
	child = tap_fork();
	if (child == 0) {
		/* Sent again and again, as a signal may come before the wait that it is to end. */
		while (kill(parent, SIGUSR1) == 0)
			sleep_milliseconds(SHORT_WAIT);
		_exit(0);
	}
	CHECK_ERROR(read(ends[0], &byte, 1), EINTR);
	CHECK_ERROR(poll(&poll_one, 1, -1), EINTR);
	CHECK(signal(SIGUSR1, SIG_IGN) != SIG_ERR);
	CHECK(kill(child, SIGKILL) == 0);
	tap_join_killed(child, SIGKILL);
}

/* A process that reads for minutes gives way to others, and to an audit, and can be killed. */
static void long_read(void)
{
	unsigned char *bytes = memory_map_pages(LONG_PIECE / PAGE_BYTES);
	const unsigned long mask = 1;
	struct iovec vector[LONG_PIECES];
	int random;

	CHECK(mknod("random", S_IFCHR | 0600, URANDOM) == 0);
	random = open("random", O_RDONLY);
	CHECK(random >= 0);
	for (int i = 0; i < LONG_PIECES; i++)
		vector[i] = (struct iovec){ bytes, LONG_PIECE };
	CHECK(syscall(SYS_sched_setaffinity, 0, sizeof(mask), &mask) == 0);
	int pid = tap_fork();
	if (pid == 0) {
		CHECK(readv(random, vector, LONG_PIECES) > 0);
		_exit(0);
	}
	sleep_milliseconds(SHORT_WAIT);
	CHECK(!memory_has_ledger() || memory_audit());
	CHECK(waitpid(pid, NULL, WNOHANG) == 0);
	CHECK(kill(pid, SIGKILL) == 0);
	tap_join_killed(pid, SIGKILL);
}

/* If a process is killed while it reserves room for a large file, nothing of that is left. */
static void long_reservation(void)
{
	int file = open("file", O_CREAT | O_RDWR, FILE_MODE), pid, status;
	struct stat about;
	struct gate gate;

	gate_init(&gate);
	pid = tap_fork();
	if (pid == 0) {
		gate_open(&gate);
		CHECK(fallocate(file, 0, 0, RESERVED) == 0);
		_exit(0);
	}
	gate_wait(&gate);
	sleep_milliseconds(1);
	CHECK(kill(pid, SIGKILL) == 0);
	status = tap_wait(pid);
	CHECK(fstat(file, &about) == 0);
	if (WIFSIGNALED(status))
		CHECK(about.st_size == 0 && about.st_blocks == 0);
}

static const struct tap_case cases[] = {
	{ "pipe-capacity", pipe_capacity, 0 },
	{ "pipe-around", pipe_around, 0 },
	{ "pipe-atomic", pipe_atomic, 0 },
	{ "pipe-crowd", pipe_crowd, 0 },
	{ "pipe-serves-all", pipe_serves_all, 0 },
	{ "fifo-opening", fifo_opening, 0 },
	{ "fifo-without-reader", fifo_without_reader, 0 },
	{ "poll-pipes", poll_pipes, 0 },
	{ "poll-sleeps", poll_sleeps, 0 },
	{ "select-pipes", select_pipes, 0 },
	{ "interrupted-waits", interrupted_waits, 0 },
	{ "long-read", long_read, 0 },
	{ "long-reservation", long_reservation, 0 },
};

const struct tap_group file_wait_group = TAP_GROUP(cases);
