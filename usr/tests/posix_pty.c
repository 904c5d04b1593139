/* Pseudoterminals: making them and reading their state, packet mode, and their owners. */
#include "usr/tests/posix_pty.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/abi/capability.h"
#include "usr/tests/posixtest.h"

#define BIT_OF(signal) (1ul << ((signal)-1))
#define STACK_BYTES    8192

void set_modes(int terminal, tcflag_t input, tcflag_t output, tcflag_t local)
{
	struct termios settings;

	WORKS(ioctl, terminal, TCGETS, &settings);
	settings.c_iflag = input;
	settings.c_oflag = output;
	settings.c_lflag = local;
	WORKS(ioctl, terminal, TCSETS, &settings);
}

/* Linux's initramfs lacks these. */
static void prepare_devices(void)
{
	if (access("/dev/ptmx", F_OK) != 0)
		WORKS(mknodat, AT_FDCWD, "/dev/ptmx", S_IFCHR | FILE_MODE, 5 << 8 | 2);
	if (access("/dev/pts/ptmx", F_OK) == 0)
		return;
	(void)mkdir("/dev/pts", DIRECTORY_MODE);
	CHECK(mount("devpts", "/dev/pts", "devpts", 0, NULL) == 0);
}

void make_pty(struct pty *pty)
{
	int number, unlocked = 0;

	prepare_devices();
	pty->master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	CHECK(pty->master >= 0);
	WORKS(ioctl, pty->master, TIOCGPTN, &number);
	WORKS(ioctl, pty->master, TIOCSPTLCK, &unlocked);
	snprintf(pty->name, sizeof(pty->name), "/dev/pts/%d", number);
	pty->terminal = open(pty->name, O_RDWR | O_NOCTTY);
	CHECK(pty->terminal >= 0);
	set_modes(pty->terminal, ICRNL | IXON, OPOST | ONLCR, COOKED);
}

int session_at(const struct pty *pty, void (*body)(void))
{
	int child = tap_fork(), terminal;

	if (child)
		return child;
	CHECK(setsid() == getpid());
	close(pty->terminal);
	terminal = open(pty->name, O_RDWR);
	CHECK(terminal >= 0);
	close(pty->master);
	CHECK_EQUAL(dup2(terminal, 0), 0);
	body();
	_exit(0);
}

void type(const struct pty *pty, const char *text)
{
	CHECK_EQUAL(write(pty->master, text, strlen(text)), strlen(text));
}

short poll_for(int file, short events, int milliseconds)
{
	struct pollfd one = { .fd = file, .events = events };

	CHECK(poll(&one, 1, milliseconds) >= 0);
	return one.revents;
}

void expect(int file, const char *text)
{
	size_t size = strlen(text), done = 0;
	char buffer[TEXT_BYTES] = "";

	while (done < size) {
		if (!(poll_for(file, POLLIN, PATIENCE) & POLLIN))
			FAIL("there is only \"%s\" of \"%s\"", buffer, text);
		ssize_t count = read(file, buffer + done, size - done);
		CHECK(count > 0);
		done += (size_t)count;
	}
	if (memcmp(buffer, text, size) != 0)
		FAIL("\"%s\" is not \"%s\"", buffer, text);
}

void expect_nothing(int file)
{
	CHECK_EQUAL(poll_for(file, POLLIN, SHORT_WAIT), 0);
}

/* The next read of the master returns exactly these bytes; the first one is the packet's type. */
static void expect_packet(int master, const char *bytes, size_t size)
{
	char got[TEXT_BYTES];

	CHECK(poll_for(master, POLLIN, PATIENCE) & POLLIN);
	CHECK_EQUAL(read(master, got, sizeof(got)), size);
	CHECK_EQUAL(got[0], bytes[0]);
	CHECK(memcmp(got, bytes, size) == 0);
}

static void expect_news(int master, char news)
{
	CHECK_EQUAL(poll_for(master, POLLIN | POLLPRI, PATIENCE), POLLIN | POLLPRI);
	expect_packet(master, &news, 1);
}

static void set_packet(int master, int on)
{
	int got = -1;

	WORKS(ioctl, master, TIOCPKT, &on);
	WORKS(ioctl, master, TIOCGPKT, &got);
	CHECK_EQUAL(got, on);
}

static void pty_packets(void)
{
	struct pty pty;
	char one;

	make_pty(&pty);
	set_modes(pty.terminal, IXON, 0, ISIG);
	set_packet(pty.master, 1);
	CHECK_EQUAL(write(pty.terminal, "text", 4), 4);
	CHECK_EQUAL(poll_for(pty.master, POLLIN | POLLPRI, PATIENCE), POLLIN);
	expect_packet(pty.master, "\0text", 5);
	CHECK_EQUAL(write(pty.terminal, "xy", 2), 2);
	CHECK(poll_for(pty.master, POLLIN, PATIENCE) & POLLIN);
	CHECK_EQUAL(read(pty.master, &one, 1), 1); /* room only for the packet's type */
	CHECK_EQUAL(one, TIOCPKT_DATA);
	expect_packet(pty.master, "\0xy", 3);
	WORKS(ioctl, pty.terminal, TCXONC, TCOOFF);
	expect_news(pty.master, TIOCPKT_STOP);
	WORKS(ioctl, pty.terminal, TCXONC, TCOOFF); /* again: no change */
	WORKS(ioctl, pty.terminal, TCXONC, TCOON);
	expect_news(pty.master, TIOCPKT_START);
	type(&pty, "\023");
	expect_news(pty.master, TIOCPKT_STOP);
	set_modes(pty.terminal, 0, 0, ISIG);
	expect_news(pty.master, TIOCPKT_NOSTOP | TIOCPKT_START);
	set_modes(pty.terminal, IXON, 0, ISIG);
	expect_news(pty.master, TIOCPKT_DOSTOP);
	set_packet(pty.master, 0);
	WORKS(ioctl, pty.terminal, TCXONC, TCOOFF);
	WORKS(ioctl, pty.terminal, TCXONC, TCOON);
	CHECK_EQUAL(write(pty.terminal, "plain", 5), 5);
	expect(pty.master, "plain");
	GIVES(-EFAULT, ioctl, pty.master, TIOCPKT, BAD_POINTER);
	GIVES(-EFAULT, ioctl, pty.master, TIOCGPKT, BAD_POINTER);
	GIVES(-ENOTTY, ioctl, pty.terminal, TIOCPKT, &one);
}

static void pty_packet_flushes(void)
{
	struct pty pty;

	make_pty(&pty);
	set_modes(pty.terminal, IXON, 0, ISIG);
	set_packet(pty.master, 1);
	WORKS(ioctl, pty.terminal, TCFLSH, TCIFLUSH);
	expect_news(pty.master, TIOCPKT_FLUSHREAD);
	CHECK_EQUAL(write(pty.terminal, "lost", 4), 4);
	WORKS(ioctl, pty.terminal, TCFLSH, TCIOFLUSH);
	expect_news(pty.master, TIOCPKT_FLUSHREAD | TIOCPKT_FLUSHWRITE);
	CHECK_EQUAL(write(pty.terminal, "lost", 4), 4);
	CHECK(poll_for(pty.master, POLLIN, PATIENCE) & POLLIN);
	WORKS(ioctl, pty.master, TCFLSH, TCIFLUSH);
	expect_nothing(pty.master);
	type(&pty, "kept");
	CHECK(poll_for(pty.terminal, POLLIN, PATIENCE) & POLLIN);
	WORKS(ioctl, pty.master, TCFLSH, TCOFLUSH);
	GIVES(-EINVAL, ioctl, pty.master, TCFLSH, 9);
	expect_nothing(pty.master);
	expect(pty.terminal, "kept");
	type(&pty, "typed\003");
	expect_nothing(pty.terminal); /* first: Linux then has told both pieces of the news */
	expect_news(pty.master, TIOCPKT_FLUSHREAD | TIOCPKT_FLUSHWRITE);
}

/* Once a terminal is made exclusive, only root can open it. */
static void pty_exclusive(void)
{
	struct pty pty;
	struct capability_header header = { .version = CAPABILITY_VERSION_3 };
	struct capability_data data[CAPABILITY_WORDS];
	int state = -1, second;

	make_pty(&pty);
	WORKS(ioctl, pty.terminal, TIOCGEXCL, &state);
	CHECK_EQUAL(state, 0);
	WORKS(ioctl, pty.terminal, TIOCEXCL, 0);
	WORKS(ioctl, pty.terminal, TIOCGEXCL, &state);
	CHECK_EQUAL(state, 1);
	second = (int)WORKS(openat, AT_FDCWD, pty.name, O_RDWR | O_NOCTTY);
	int child = tap_fork();
	if (child == 0) {
		GIVES(0, capget, &header, data);
		data[0].effective &= ~(1u << CAP_SYS_ADMIN);
		GIVES(0, capset, &header, data);
		GIVES(-EBUSY, openat, AT_FDCWD, pty.name, O_RDWR | O_NOCTTY);
		WORKS(ioctl, second, TIOCNXCL, 0);
		WORKS(openat, AT_FDCWD, pty.name, O_RDWR | O_NOCTTY);
		_exit(0);
	}
	tap_join(child);
	GIVES(-EFAULT, ioctl, pty.terminal, TIOCGEXCL, BAD_POINTER);
}

/* Only root can take over another session's terminal. */
static void pty_not_taken_over(void)
{
	struct capability_header header = { .version = CAPABILITY_VERSION_3 };
	struct capability_data data[CAPABILITY_WORDS];
	struct pty pty;
	int owner, thief;

	make_pty(&pty);
	owner = tap_fork();
	if (owner == 0) {
		CHECK(setsid() > 0);
		WORKS(ioctl, pty.terminal, TIOCSCTTY, 0);
		thief = tap_fork();
		if (thief == 0) {
			CHECK(setsid() > 0);
			GIVES(-EPERM, ioctl, pty.terminal, TIOCSCTTY, 0);
			GIVES(0, capget, &header, data);
			data[0].effective &= ~(1u << CAP_SYS_ADMIN);
			GIVES(0, capset, &header, data);
			GIVES(-EPERM, ioctl, pty.terminal, TIOCSCTTY, 1);
			_exit(0);
		}
		tap_join(thief);
		_exit(0);
	}
	tap_join(owner);
}

/*
 * A writer that waits for room in the terminal goes on when the terminal's input is flushed: again, if
 * it came late. (Linux has room for all.)
 */
static void pty_flush_makes_room(void)
{
	static char block[6000];
	struct termios settings;
	struct pty pty;
	int child, ended = 0, status = -1;

	make_pty(&pty);
	set_modes(pty.terminal, 0, 0, 0);
	WORKS(ioctl, pty.terminal, TCGETS, &settings);
	child = tap_fork();
	if (child == 0) {
		CHECK_EQUAL(write(pty.master, block, sizeof(block)), sizeof(block));
		_exit(0);
	}
	for (int i = 0; i < PATIENCE / SHORT_WAIT && ended == 0; i++) {
		sleep_milliseconds(SHORT_WAIT);
		WORKS(ioctl, pty.terminal, TCSETSF, &settings);
		ended = waitpid(child, &status, WNOHANG);
	}
	CHECK_EQUAL(ended, child);
	CHECK_EQUAL(status, 0);
}

static void stop_catching(int number)
{
	signal(number, SIG_IGN);
}

static int take_terminal(void *group)
{
	kernel_call(SYS_exit_group, kernel_call(SYS_ioctl, 0, TIOCSPGRP, group));
	return 0;
}

/* A thread's call tries again if another thread has taken the signal that was to stop it. */
static void thread_in_background(void)
{
	static char stack[STACK_BYTES] __attribute__((aligned(16)));
	int member = tap_fork();

	if (member == 0) {
		CHECK(setpgid(0, 0) == 0);
		member = getpid();
		signal(SIGTTOU, stop_catching);
		alarm(PATIENCE / 1000);
		CHECK(clone(take_terminal, stack + sizeof(stack),
			      CLONE_VM | CLONE_SIGHAND | CLONE_THREAD, &member) > 0);
		for (;;)
			pause();
	}
	tap_join(member);
	CHECK_EQUAL(tcgetpgrp(0), member);
}

static void pty_background_thread(void)
{
	struct pty pty;

	make_pty(&pty);
	tap_join(session_at(&pty, thread_in_background));
}

static volatile int left_signals;

static void note_signal(int signal)
{
	left_signals |= (int)BIT_OF(signal);
}

static int left_ends[2];

/* Leaves the terminal to a group that waits for signals, and then reports the ones that it got. */
static void leave_terminal(void)
{
	int member = tap_fork();

	if (member) {
		GIVES(1, read, left_ends[0], &(char){ 0 }, 1);
		CHECK(tcsetpgrp(0, member) == 0);
		return;
	}
	CHECK(setpgid(0, 0) == 0);
	signal(SIGHUP, note_signal);
	signal(SIGCONT, note_signal);
	CHECK_EQUAL(write(left_ends[1], "", 1), 1);
	for (int i = 0; i < PATIENCE && !left_signals; i++)
		sleep_milliseconds(1);
	sleep_milliseconds(20);
	CHECK_EQUAL(write(left_ends[1], (void *)&left_signals, sizeof(left_signals)),
		sizeof(left_signals));
}

/* When its session ends, the foreground group gets SIGHUP, but not SIGCONT. */
static void pty_session_ends(void)
{
	struct pty pty;
	int told = 0;

	CHECK(pipe(left_ends) == 0);
	make_pty(&pty);
	tap_join(session_at(&pty, leave_terminal));
	GIVES(sizeof(told), read, left_ends[0], &told, sizeof(told));
	CHECK_EQUAL(told, BIT_OF(SIGHUP));
}

static const struct tap_case cases[] = {
	{ "pty-packets", pty_packets, 0 },
	{ "pty-packet-flushes", pty_packet_flushes, 0 },
	{ "pty-exclusive", pty_exclusive, 0 },
	{ "pty-not-taken-over", pty_not_taken_over, 0 },
	{ "pty-flush-makes-room", pty_flush_makes_room, 0 },
	{ "pty-background-thread", pty_background_thread, 0 },
	{ "pty-session-ends", pty_session_ends, 0 },
};

const struct tap_group posix_pty_group = TAP_GROUP(cases);
