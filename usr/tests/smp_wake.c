/*
 * One process goes to sleep in a system call while another, on another hart, does what ends the
 * sleep: each time a little sooner or later, so that it sometimes comes between the sleeper's last
 * look and its sleep. If a wake-up is lost there, the sleep never ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/abi/futex.h"
#include "lib/abi/poll.h"
#include "lib/abi/socket.h"
#include "usr/tests/memory.h"
#include "usr/tests/smptest.h"
#include "usr/tests/thread.h"

#define ROUNDS     4000ul
#define ENOUGH     (~0ul)
#define SPINS      512           /* at most, before either side begins */
#define PATIENCE   20000000000ul /* nanoseconds */
#define MASK_BYTES 8ul

/* One of the calls that sleep, and what ends its sleep. */
struct way {
	const char *name;
	void (*open)(void);  /* before the fork */
	void (*ready)(void); /* called by the waker before each round; NULL: nothing to do */
	void (*sleep)(void);
	void (*wake)(void);
};

/* What the two processes share, and the files that both have. */
static struct meeting {
	unsigned long started; /* the current round */
	unsigned long woken;   /* the last one that the sleeper has finished */
	unsigned int word;
} * meeting;
static int ends[2], set, sleeper;
static unsigned int seed;

static void open_pipe(void)
{
	CHECK(pipe(ends) == 0);
}

static void read_byte(void)
{
	char byte;

	CHECK_EQUAL(read(ends[0], &byte, 1), 1);
}

static void write_byte(void)
{
	CHECK_EQUAL(write(ends[1], "x", 1), 1);
}

static void open_full_pipe(void)
{
	static const char page[PAGE_BYTES];

	open_pipe();
	CHECK(fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0);
	while (write(ends[1], page, sizeof(page)) > 0)
		continue;
	CHECK_EQUAL(errno, EAGAIN);
	CHECK(fcntl(ends[1], F_SETFL, 0) == 0);
}

static void write_page(void)
{
	static const char page[PAGE_BYTES];

	CHECK_EQUAL(write(ends[1], page, sizeof(page)), sizeof(page));
}

static void read_page(void)
{
	char page[PAGE_BYTES];

	CHECK_EQUAL(read(ends[0], page, sizeof(page)), sizeof(page));
}

static void poll_byte(void)
{
	struct pollfd wanted = { .fd = ends[0], .events = POLLIN };

	CHECK_EQUAL(poll(&wanted, 1, -1), 1);
	read_byte();
}

static void open_set(void)
{
	struct epoll_event event = { .events = POLLIN };

	open_pipe();
	set = (int)syscall(SYS_epoll_create1, 0);
	CHECK(syscall(SYS_epoll_ctl, set, EPOLL_CTL_ADD, ends[0], &event) == 0);
}

static void set_byte(void)
{
	struct epoll_event event;

	CHECK_EQUAL(syscall(SYS_epoll_pwait, set, &event, 1, -1, NULL, MASK_BYTES), 1);
	read_byte();
}

static void open_sockets(void)
{
	CHECK(syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, ends) == 0);
}

static void open_counter(void)
{
	ends[0] = ends[1] = (int)syscall(SYS_eventfd2, 0, 0);
	CHECK(ends[0] >= 0);
}

static void read_counter(void)
{
	unsigned long count;

	CHECK_EQUAL(read(ends[0], &count, sizeof(count)), sizeof(count));
}

static void write_counter(void)
{
	const unsigned long one = 1;

	CHECK_EQUAL(write(ends[1], &one, sizeof(one)), sizeof(one));
}

static void nothing(void)
{
}

static void sleep_on_word(void)
{
	unsigned int round = (unsigned int)meeting->started;

	while (atomic_load_flag(&meeting->word) != round)
		kernel_call(SYS_futex, &meeting->word, FUTEX_WAIT, round - 1, NULL, NULL, 0);
}

static void change_word(void)
{
	atomic_store_flag(&meeting->word, (unsigned int)meeting->started);
	CHECK(kernel_call(SYS_futex, &meeting->word, FUTEX_WAKE, 1, NULL, NULL, 0) >= 0);
}

static void block_signal(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGUSR1);
	CHECK(sigprocmask(SIG_BLOCK, &signals, NULL) == 0);
}

static void await_signal(void)
{
	const unsigned long mask = 1ul << (SIGUSR1 - 1);

	CHECK_EQUAL(syscall(SYS_rt_sigtimedwait, &mask, NULL, NULL, MASK_BYTES), SIGUSR1);
}

static void send_signal(void)
{
	CHECK(kill(sleeper, SIGUSR1) == 0);
}

static void open_file(void)
{
	ends[0] = open("locked", O_RDWR | O_CREAT, 0600);
	CHECK(ends[0] >= 0);
}

static void set_lock(short type)
{
	const struct flock lock = { .l_type = type, .l_whence = SEEK_SET, .l_len = 1 };

	CHECK(fcntl(ends[0], F_SETLKW, &lock) == 0);
}

static void lock_file(void)
{
	set_lock(F_WRLCK);
}

static void unlock_file(void)
{
	set_lock(F_UNLCK);
}

static void lock_and_unlock(void)
{
	lock_file();
	unlock_file();
}

static void make_fifo(void)
{
	CHECK(mkfifo("fifo", 0600) == 0);
}

static void open_to_read(void)
{
	close((int)syscall(SYS_openat, AT_FDCWD, "fifo", O_RDONLY));
}

static void open_to_write(void)
{
	close((int)syscall(SYS_openat, AT_FDCWD, "fifo", O_WRONLY));
}

static const struct way ways[] = {
	{ "wake-reader", open_pipe, NULL, read_byte, write_byte },
	{ "wake-writer", open_full_pipe, NULL, write_page, read_page },
	{ "wake-poll", open_pipe, NULL, poll_byte, write_byte },
	{ "wake-epoll", open_set, NULL, set_byte, write_byte },
	{ "wake-socket", open_sockets, NULL, read_byte, write_byte },
	{ "wake-eventfd", open_counter, NULL, read_counter, write_counter },
	{ "wake-futex", nothing, NULL, sleep_on_word, change_word },
	{ "wake-sigtimedwait", block_signal, NULL, await_signal, send_signal },
	{ "wake-fifo", make_fifo, NULL, open_to_read, open_to_write },
	{ "wake-lock", open_file, lock_file, lock_and_unlock, unlock_file },
};

static const struct way *way_named(const char *name)
{
	const struct way *way = ways;

	while (strcmp(way->name, name) != 0)
		way++;
	return way;
}

static void spin(void)
{
	seed = seed * 1103515245 + 12345;
	for (volatile unsigned int spins = (seed >> 16) % SPINS; spins > 0; spins--)
		continue;
}

static void sleep_each_round(const struct way *way)
{
	for (unsigned long round = 1, started;; round++) {
		do
			started = atomic_load_flag(&meeting->started);
		while (started < round);
		if (started == ENOUGH)
			_exit(0);
		spin();
		way->sleep();
		atomic_store_flag(&meeting->woken, round);
	}
}

static void await_round(unsigned long round)
{
	unsigned long end = now_nanoseconds() + PATIENCE;

	while (atomic_load_flag(&meeting->woken) != round)
		if (now_nanoseconds() > end)
			FAIL("round %lu: it sleeps on", round);
}

static void meet(void)
{
	const struct way *way = way_named(tap_case_name());
	unsigned long round = 1, deadline = smp_deadline();

	if (smp_harts() < 2)
		tap_skip("one hart");
	meeting = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(meeting != MAP_FAILED);
	way->open();
	sleeper = tap_fork();
	if (sleeper == 0) {
		seed = 1; /* so that it does not spin for as long as the other */
		sleep_each_round(way);
	}
	for (; round <= ROUNDS * tap_scale() && now_nanoseconds() < deadline; round++) {
		if (way->ready != NULL)
			way->ready();
		atomic_store_flag(&meeting->started, round);
		spin();
		way->wake();
		await_round(round);
	}
	atomic_store_flag(&meeting->started, ENOUGH);
	tap_join(sleeper);
	tap_note("%s: %lu times", way->name, round - 1);
}

static const struct tap_case cases[] = {
	{ "wake-reader", meet, 0 },
	{ "wake-writer", meet, 0 },
	{ "wake-poll", meet, 0 },
	{ "wake-epoll", meet, 0 },
	{ "wake-socket", meet, 0 },
	{ "wake-eventfd", meet, 0 },
	{ "wake-futex", meet, 0 },
	{ "wake-sigtimedwait", meet, 0 },
	{ "wake-fifo", meet, 0 },
	{ "wake-lock", meet, 0 },
};

const struct tap_group smp_wake_group = TAP_GROUP(cases);
