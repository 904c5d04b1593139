/* Terminals, by pseudoterminals: what is typed at one end and what a program at the other gets. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "usr/tests/posix_pty.h"
#include "usr/tests/posixtest.h"

#define BIT_OF(signal) (1ul << ((signal)-1))

static void pty_names(void)
{
	char path[NAME_BYTES] = "", link[NAME_BYTES];
	struct stat about;
	struct pty pty;
	int number, locked = 1, peer;

	make_pty(&pty);
	WORKS(ioctl, pty.master, TIOCGPTN, &number);
	CHECK(fstat(pty.terminal, &about) == 0);
	CHECK(S_ISCHR(about.st_mode));
	CHECK_EQUAL(about.st_rdev, 136 << 8 | number);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", pty.terminal);
	CHECK(readlink(link, path, sizeof(path) - 1) > 0);
	CHECK(strcmp(path, pty.name) == 0);
	WORKS(ioctl, pty.master, TIOCSPTLCK, &locked);
	GIVES(-EIO, openat, AT_FDCWD, pty.name, O_RDWR | O_NOCTTY);
	locked = 0;
	WORKS(ioctl, pty.master, TIOCSPTLCK, &locked);
	peer = (int)WORKS(ioctl, pty.master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	GIVES(FD_CLOEXEC, fcntl, peer, F_GETFD);
	CHECK_EQUAL(write(peer, "peer", 4), 4);
	expect(pty.master, "peer");
	GIVES(-ENOTTY, ioctl, pty.terminal, TIOCGPTN, &number);
	GIVES(-ENOTTY, ioctl, pty.terminal, TIOCSPTLCK, &locked);
	GIVES(-EFAULT, ioctl, pty.master, TIOCGPTN, BAD_POINTER);
	GIVES(-EFAULT, ioctl, pty.master, TIOCSPTLCK, BAD_POINTER);
	close(pty.master);
	GIVES(-ENOENT, openat, AT_FDCWD, pty.name, O_RDWR | O_NOCTTY);
}

static void pty_lines(void)
{
	struct pty pty;
	char byte;

	make_pty(&pty);
	type(&pty, "ab");
	expect(pty.master, "ab");
	expect_nothing(pty.terminal);
	type(&pty, "c\r");
	expect(pty.terminal, "abc\n");
	expect(pty.master, "c\r\n");
	CHECK_EQUAL(write(pty.terminal, "out\n", 4), 4);
	expect(pty.master, "out\r\n");
	type(&pty, "x\004y\n");
	expect(pty.terminal, "x");
	expect(pty.terminal, "y\n");
	type(&pty, "\004");
	CHECK(poll_for(pty.terminal, POLLIN, PATIENCE) & POLLIN);
	CHECK_EQUAL(read(pty.terminal, &byte, 1), 0);
	CHECK_EQUAL(fcntl(pty.terminal, F_SETFL, O_NONBLOCK), 0);
	CHECK_ERROR(read(pty.terminal, &byte, 1), EAGAIN);
}

static void pty_editing(void)
{
	struct pty pty;

	make_pty(&pty);
	type(&pty, "ax\177b\n");
	expect(pty.terminal, "ab\n");
	expect(pty.master, "ax\b \bb\r\n");
	type(&pty, "one two\027six\n");
	expect(pty.terminal, "one six\n");
	expect(pty.master, "one two\b \b\b \b\b \bsix\r\n");
	type(&pty, "gone\025kept\n");
	expect(pty.terminal, "kept\n");
	expect(pty.master, "gone\b \b\b \b\b \b\b \bkept\r\n");
	type(&pty, "\026\003\n");
	expect(pty.terminal, "\003\n");
	expect(pty.master, "^\b^C\r\n");
	type(&pty, "re\022\n");
	expect(pty.terminal, "re\n");
	expect(pty.master, "re^R\r\nre\r\n");
	type(&pty, "\001\n");
	expect(pty.terminal, "\001\n");
	expect(pty.master, "^A\r\n");
	set_modes(pty.terminal, ICRNL, OPOST | ONLCR, ICANON | ECHONL);
	type(&pty, "secret\r");
	expect(pty.terminal, "secret\n");
	expect(pty.master, "\r\n");
	set_modes(pty.terminal, 0, OPOST, ICANON | ECHO | ECHOK);
	type(&pty, "no\025yes\n");
	expect(pty.terminal, "yes\n");
	expect(pty.master, "no\025\nyes\n");
	set_modes(pty.terminal, 0, OPOST, ICANON | ECHO);
	type(&pty, "no\025yes\n");
	expect(pty.terminal, "yes\n");
	expect(pty.master, "no\025yes\n");
}

/* A word consists of letters, digits and underscores; what follows it is erased with it. */
static void pty_words(void)
{
	static const char *const lines[][2] = {
		{ "two-three\027x\n", "two-x\n" }, { "one two--  \027x\n", "one x\n" },
		{ "a/b_9/\027x\n", "a/x\n" }, { "--\027x\n", "x\n" },
		{ "a.\303\204b\027x\n", "a.x\n" },    /* a letter of two bytes */
		{ "a \342\202\254\027x\n", "a x\n" }, /* one of three: taken for a letter, too */
	};
	struct pty pty;

	make_pty(&pty);
	set_modes(pty.terminal, IUTF8, 0, ICANON | IEXTEN);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		type(&pty, lines[i][0]);
		expect(pty.terminal, lines[i][1]);
	}
}

/* On an empty line there is nothing to erase, and nothing is echoed. */
static void pty_editing_nothing(void)
{
	static const tcflag_t modes[] = { ECHOE | ECHOK | ECHOKE, ECHOK, ECHOPRT, 0 };
	struct pty pty;

	make_pty(&pty);
	for (int i = 0; i < 4; i++) {
		set_modes(pty.terminal, 0, OPOST, ICANON | ECHO | IEXTEN | modes[i]);
		type(&pty, "\025\177\027x\n");
		expect(pty.terminal, "x\n");
		expect(pty.master, "x\n");
	}
	set_modes(pty.terminal, 0, OPOST, ICANON | IEXTEN);
	type(&pty, "\025\177\027x\n");
	expect(pty.terminal, "x\n");
	expect_nothing(pty.master);
}

/* On paper, erased characters are printed once more, between a backslash and a slash. */
static void pty_paper(void)
{
	struct pty pty;

	make_pty(&pty);
	set_modes(pty.terminal, 0, OPOST, COOKED | ECHOPRT);
	type(&pty, "abc\177\177d\n");
	expect(pty.terminal, "ad\n");
	expect(pty.master, "abc\\cb/d\n");
	type(&pty, "one two\027six\n");
	expect(pty.terminal, "one six\n");
	expect(pty.master, "one two\\owt/six\n");
	type(&pty, "x\177\022y\n");
	expect(pty.terminal, "y\n");
	expect(pty.master, "x\\x/^R\ny\n");
}

/* The byte that marks line errors is doubled where it is data. */
static void pty_marks(void)
{
	struct pty pty;

	make_pty(&pty);
	set_modes(pty.terminal, PARMRK, 0, 0);
	type(&pty, "a\377b");
	expect(pty.terminal, "a\377\377b");
	set_modes(pty.terminal, PARMRK, 0, ICANON);
	type(&pty, "\377\n");
	expect(pty.terminal, "\377\377\n");
	set_modes(pty.terminal, PARMRK | ISTRIP, 0, 0);
	type(&pty, "\377");
	expect(pty.terminal, "\177");
	set_modes(pty.terminal, 0, 0, 0);
	type(&pty, "\377");
	expect(pty.terminal, "\377");
}

static void pty_translations(void)
{
	struct pty pty;

	make_pty(&pty);
	set_modes(pty.terminal, INLCR, 0, 0);
	type(&pty, "a\nb\rc");
	expect(pty.terminal, "a\rb\rc");
	set_modes(pty.terminal, IGNCR, 0, 0);
	type(&pty, "a\rb\nc");
	expect(pty.terminal, "ab\nc");
	set_modes(pty.terminal, ISTRIP | ICRNL, 0, 0);
	type(&pty, "\341\r");
	expect(pty.terminal, "a\n");
	set_modes(pty.terminal, IUCLC, 0, IEXTEN);
	type(&pty, "Ab");
	expect(pty.terminal, "ab");
	CHECK_EQUAL(write(pty.terminal, "a\nb\tc", 5), 5);
	expect(pty.master, "a\nb\tc");
	set_modes(pty.terminal, 0, OPOST | OCRNL | XTABS, 0);
	CHECK_EQUAL(write(pty.terminal, "ab\r\tc", 5), 5);
	expect(pty.master, "ab\n      c");
	set_modes(pty.terminal, 0, OPOST | OLCUC | ONLCR, 0);
	CHECK_EQUAL(write(pty.terminal, "aB1\n", 4), 4);
	expect(pty.master, "AB1\r\n");
}

static void set_patience(int terminal, cc_t minimum, cc_t tenths)
{
	struct termios settings;

	WORKS(ioctl, terminal, TCGETS, &settings);
	settings.c_lflag = 0;
	settings.c_cc[VMIN] = minimum;
	settings.c_cc[VTIME] = tenths;
	WORKS(ioctl, terminal, TCSETS, &settings);
}

static void pty_patience(void)
{
	unsigned long start;
	struct pty pty;
	char text[8];

	make_pty(&pty);
	set_patience(pty.terminal, 0, 0);
	CHECK_EQUAL(read(pty.terminal, text, sizeof(text)), 0);
	set_patience(pty.terminal, 0, 1);
	start = now_nanoseconds();
	CHECK_EQUAL(read(pty.terminal, text, sizeof(text)), 0);
	CHECK(now_nanoseconds() - start >= 90000000ul);
	set_patience(pty.terminal, 3, 0);
	type(&pty, "ab");
	expect_nothing(pty.terminal);
	type(&pty, "cd");
	CHECK(poll_for(pty.terminal, POLLIN, PATIENCE) & POLLIN);
	sleep_milliseconds(SHORT_WAIT);
	CHECK_EQUAL(read(pty.terminal, text, sizeof(text)), 4);
	type(&pty, "e");
	sleep_milliseconds(SHORT_WAIT);
	CHECK_EQUAL(fcntl(pty.terminal, F_SETFL, O_NONBLOCK), 0);
	CHECK_EQUAL(read(pty.terminal, text, sizeof(text)), 1);
	CHECK_ERROR(read(pty.terminal, text, sizeof(text)), EAGAIN);
	CHECK_EQUAL(fcntl(pty.terminal, F_SETFL, 0), 0);
	set_patience(pty.terminal, 9, 1);
	type(&pty, "fg");
	CHECK_EQUAL(read(pty.terminal, text, sizeof(text)), 2);
}

static volatile int caught;

static void catch (int signal)
{
	caught = signal;
}

static void catch_on(int signal)
{
	const struct sigaction action = { .sa_handler = catch };

	CHECK(sigaction(signal, &action, NULL) == 0);
}

static void wait_caught(int signal)
{
	for (int i = 0; i < PATIENCE && caught != signal; i++)
		sleep_milliseconds(1);
	CHECK_EQUAL(caught, signal);
	caught = 0;
}

/*
 * Between a case and the session that it starts, where the terminal will not do: Linux may show what
 * a handler writes before the key that sent the signal, and throws away output at a session's end.
 */
static struct gate step;

static void catch_keys(void)
{
	const int signals[] = { SIGINT, SIGQUIT, SIGTSTP, SIGWINCH };
	struct winsize window;

	for (int i = 0; i < 4; i++)
		catch_on(signals[i]);
	CHECK_EQUAL(tcgetpgrp(0), getpid());
	for (int i = 0; i < 4; i++) {
		gate_open(&step);
		wait_caught(signals[i]);
	}
	WORKS(ioctl, 0, TIOCGWINSZ, &window);
	CHECK_EQUAL(window.ws_row, 50);
	CHECK_EQUAL(window.ws_col, 132);
}

static void pty_signals(void)
{
	const struct winsize window = { .ws_row = 50, .ws_col = 132 };
	struct pty pty;
	int child, number;

	make_pty(&pty);
	gate_init(&step);
	child = session_at(&pty, catch_keys);
	gate_wait(&step);
	WORKS(ioctl, pty.master, TIOCGPGRP, &number);
	CHECK_EQUAL(number, child);
	WORKS(ioctl, pty.master, TIOCGSID, &number);
	CHECK_EQUAL(number, child);
	type(&pty, "\003");
	expect(pty.master, "^C");
	gate_wait(&step);
	type(&pty, "\034");
	expect(pty.master, "^\\");
	gate_wait(&step);
	type(&pty, "\032");
	expect(pty.master, "^Z");
	gate_wait(&step);
	WORKS(ioctl, pty.master, TIOCSWINSZ, &window);
	tap_join(child);
	GIVES(-EFAULT, ioctl, pty.master, TIOCSWINSZ, BAD_POINTER);
	GIVES(-EFAULT, ioctl, pty.terminal, TIOCGWINSZ, BAD_POINTER);
	GIVES(-ENOTTY, ioctl, pty.terminal, TIOCGPGRP, &number);
}

static void see_hangup(void)
{
	const struct sigaction again = { .sa_handler = catch, .sa_flags = SA_RESTART };
	struct pollfd one = { .fd = 0, .events = POLLIN | POLLOUT };
	struct termios settings;
	char byte;

	CHECK(sigaction(SIGHUP, &again, NULL) == 0);
	CHECK(sigaction(SIGCONT, &again, NULL) == 0);
	CHECK_EQUAL(write(0, "?", 1), 1);
	CHECK(read(0, &byte, 1) <= 0); /* Linux may wake it with EIO first */
	for (int i = 0; i < PATIENCE && !caught; i++)
		sleep_milliseconds(1);
	CHECK(caught == SIGHUP || caught == SIGCONT);
	CHECK_EQUAL(read(0, &byte, 1), 0);
	CHECK_ERROR(write(0, &byte, 1), EIO);
	GIVES(-EIO, ioctl, 0, TCGETS, &settings);
	CHECK_EQUAL(poll(&one, 1, 0), 1);
	CHECK_EQUAL(one.revents, POLLIN | POLLOUT | POLLERR | POLLHUP);
	GIVES(-ENXIO, openat, AT_FDCWD, "/dev/tty", O_RDWR);
}

static void pty_hangup(void)
{
	struct pty pty;
	int child;

	make_pty(&pty);
	child = session_at(&pty, see_hangup);
	expect(pty.master, "?");
	close(pty.terminal);
	tap_wait_until_asleep(child);
	close(pty.master);
	tap_join(child);
	/* By default the signal kills the session's leader. */
	make_pty(&pty);
	child = session_at(&pty, (void (*)(void))pause);
	tap_wait_until_asleep(child);
	close(pty.master);
	tap_join_killed(child, SIGHUP);
}

static void pty_terminal_closed(void)
{
	struct pty pty;
	char byte;

	make_pty(&pty);
	CHECK_EQUAL(write(pty.terminal, "last", 4), 4);
	CHECK_EQUAL(poll_for(pty.master, POLLIN | POLLOUT, PATIENCE), POLLIN | POLLOUT);
	close(pty.terminal);
	expect(pty.master, "last");
	CHECK_EQUAL(poll_for(pty.master, POLLIN, PATIENCE), POLLHUP);
	CHECK_ERROR(read(pty.master, &byte, 1), EIO);
	pty.terminal = open(pty.name, O_RDWR | O_NOCTTY);
	CHECK(pty.terminal >= 0);
	expect_nothing(pty.master);
	CHECK_EQUAL(write(pty.terminal, "again", 5), 5);
	expect(pty.master, "again");
}

static void pty_flow(void)
{
	struct pty pty;

	make_pty(&pty);
	set_modes(pty.terminal, IXON, 0, 0);
	CHECK_EQUAL(fcntl(pty.terminal, F_SETFL, O_NONBLOCK), 0);
	CHECK_EQUAL(poll_for(pty.terminal, POLLOUT, 0), POLLOUT);
	type(&pty, "\023");
	sleep_milliseconds(SHORT_WAIT);
	CHECK_EQUAL(poll_for(pty.terminal, POLLOUT, 0), 0);
	CHECK_ERROR(write(pty.terminal, "x", 1), EAGAIN);
	type(&pty, "\021");
	CHECK_EQUAL(poll_for(pty.terminal, POLLOUT, PATIENCE), POLLOUT);
	CHECK_EQUAL(write(pty.terminal, "x", 1), 1);
	expect(pty.master, "x");
	expect_nothing(pty.terminal);
	set_modes(pty.terminal, IXON | IXANY, 0, 0);
	type(&pty, "\023a");
	expect(pty.terminal, "a");
	CHECK_EQUAL(write(pty.terminal, "x", 1), 1);
	expect(pty.master, "x");
	set_modes(pty.terminal, 0, 0, 0);
	type(&pty, "\023");
	expect(pty.terminal, "\023");
	WORKS(ioctl, pty.terminal, TCXONC, TCOOFF);
	CHECK_ERROR(write(pty.terminal, "x", 1), EAGAIN);
	WORKS(ioctl, pty.terminal, TCXONC, TCOON);
	CHECK_EQUAL(write(pty.terminal, "y", 1), 1);
	WORKS(ioctl, pty.terminal, TCXONC, TCIOFF);
	WORKS(ioctl, pty.terminal, TCXONC, TCION);
	expect(pty.master, "y\023\021");
	GIVES(-EINVAL, ioctl, pty.terminal, TCXONC, 9);
}

static void pty_queues(void)
{
	struct pty pty;
	int count;

	make_pty(&pty);
	set_modes(pty.terminal, 0, 0, 0);
	type(&pty, "typed");
	CHECK(poll_for(pty.terminal, POLLIN, PATIENCE) & POLLIN);
	WORKS(ioctl, pty.terminal, TIOCINQ, &count);
	CHECK_EQUAL(count, 5);
	CHECK_EQUAL(write(pty.terminal, "out", 3), 3);
	CHECK(poll_for(pty.master, POLLIN, PATIENCE) & POLLIN);
	WORKS(ioctl, pty.master, FIONREAD, &count);
	CHECK_EQUAL(count, 3);
	WORKS(ioctl, pty.terminal, TIOCOUTQ, &count);
	CHECK_EQUAL(count, 0);
	WORKS(ioctl, pty.terminal, TCFLSH, TCIFLUSH);
	expect_nothing(pty.terminal);
	WORKS(ioctl, pty.terminal, TCFLSH, TCIOFLUSH);
	WORKS(ioctl, pty.terminal, TCSBRK, 1);
	GIVES(-EINVAL, ioctl, pty.terminal, TCFLSH, 9);
	GIVES(-EFAULT, ioctl, pty.terminal, TIOCINQ, BAD_POINTER);
	GIVES(-EFAULT, ioctl, pty.terminal, TCSETS, BAD_POINTER);
	GIVES(-ENOTTY, ioctl, pty.terminal, 0x5499, 0);
	GIVES(-ESPIPE, lseek, pty.terminal, 0, SEEK_SET);
}

static void in_background(void)
{
	const sigset_t blocked = { BIT_OF(SIGTTOU) };
	char byte;
	int status, reader = tap_fork();

	if (reader == 0) {
		CHECK(setpgid(0, 0) == 0);
		CHECK_EQUAL(read(0, &byte, 1), 1);
		_exit(byte);
	}
	CHECK_EQUAL(waitpid(reader, &status, WUNTRACED), reader);
	CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTTIN);
	CHECK(tcsetpgrp(0, reader) == 0);
	CHECK(kill(reader, SIGCONT) == 0);
	CHECK_EQUAL(write(0, "?", 1), 1);
	CHECK_EQUAL(waitpid(reader, &status, 0), reader);
	CHECK_EQUAL(WEXITSTATUS(status), 'k');
	/* This process is in the background now. */
	caught = 0;
	catch_on(SIGTTOU);
	CHECK_EQUAL(write(0, "free", 4), 4);
	/* Its group is orphaned: nobody would ever continue it. */
	CHECK_ERROR(tcsetpgrp(0, getpid()), ENOTTY);
	CHECK_ERROR(read(0, &byte, 1), EIO);
	CHECK_EQUAL(caught, 0);
	CHECK(sigprocmask(SIG_BLOCK, &blocked, NULL) == 0);
	CHECK(tcsetpgrp(0, getpid()) == 0);
	CHECK_EQUAL(tcgetpgrp(0), getpid());
	CHECK_ERROR(tcsetpgrp(0, 1), EPERM);
	CHECK_ERROR(tcsetpgrp(0, -1), EINVAL);
	CHECK_ERROR(tcsetpgrp(0, 99999999), ESRCH);
}

static void pty_background(void)
{
	struct pty pty;
	int child;

	make_pty(&pty);
	child = session_at(&pty, in_background);
	expect(pty.master, "?");
	type(&pty, "k\n");
	tap_join(child);
}

static void write_to_stop(void)
{
	int status, writer = tap_fork();

	if (writer == 0) {
		CHECK(setpgid(0, 0) == 0);
		CHECK_EQUAL(write(0, "w", 1), 1);
		_exit(0);
	}
	CHECK_EQUAL(waitpid(writer, &status, WUNTRACED), writer);
	CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTTOU);
	CHECK(tcsetpgrp(0, writer) == 0);
	CHECK(kill(writer, SIGCONT) == 0);
	tap_join(writer);
	gate_wait(&step);
}

static void pty_tostop(void)
{
	struct pty pty;
	int child;

	make_pty(&pty);
	set_modes(pty.terminal, 0, 0, TOSTOP | ISIG);
	gate_init(&step);
	child = session_at(&pty, write_to_stop);
	expect(pty.master, "w");
	gate_open(&step);
	tap_join(child);
}

static void own_terminal(void)
{
	int own, child;

	own = open("/dev/tty", O_RDWR);
	CHECK(own >= 0);
	CHECK_EQUAL(write(own, "own", 3), 3);
	CHECK_EQUAL(tcgetpgrp(own), getpid());
	catch_on(SIGHUP);
	catch_on(SIGCONT);
	WORKS(ioctl, own, TIOCNOTTY, 0);
	GIVES(-ENXIO, openat, AT_FDCWD, "/dev/tty", O_RDWR);
	GIVES(-ENOTTY, ioctl, 0, TIOCNOTTY, 0);
	WORKS(ioctl, 0, TIOCSCTTY, 0);
	CHECK_EQUAL(tcgetpgrp(0), getpid());
	child = tap_fork();
	if (child == 0) {
		CHECK(setsid() == getpid());
		GIVES(-ENXIO, openat, AT_FDCWD, "/dev/tty", O_RDWR);
		GIVES(-EPERM, ioctl, 0, TIOCSCTTY, 0);
		_exit(0);
	}
	tap_join(child);
	gate_wait(&step);
}

static void pty_own(void)
{
	struct pty pty;
	int child;

	make_pty(&pty);
	gate_init(&step);
	child = session_at(&pty, own_terminal);
	expect(pty.master, "own");
	gate_open(&step);
	tap_join(child);
}

/* More bytes in each direction than fit in between: nothing is lost, and all sleepers wake. */
static void pty_flood(void)
{
	enum { TOTAL = 100000, PIECE = 1000 };
	char piece[PIECE];
	struct pty pty;
	int child;

	make_pty(&pty);
	set_modes(pty.terminal, 0, 0, 0);
	child = tap_fork();
	if (child == 0) {
		for (int i = 0; i < TOTAL; i += PIECE) {
			memset(piece, 'a' + i / PIECE % 26, PIECE);
			CHECK_EQUAL(write(pty.terminal, piece, PIECE), PIECE);
		}
		for (int i = 0; i < TOTAL; i++) {
			CHECK_EQUAL(read(pty.terminal, piece, 1), 1);
			CHECK_EQUAL(piece[0], 'A' + i / PIECE % 26);
		}
		_exit(0);
	}
	for (int i = 0; i < TOTAL; i++) {
		CHECK_EQUAL(read(pty.master, piece, 1), 1);
		CHECK_EQUAL(piece[0], 'a' + i / PIECE % 26);
	}
	for (int i = 0; i < TOTAL; i += PIECE) {
		memset(piece, 'A' + i / PIECE % 26, PIECE);
		CHECK_EQUAL(write(pty.master, piece, PIECE), PIECE);
	}
	tap_join(child);
}

static const struct tap_case cases[] = {
	{ "pty-names", pty_names, 0 },
	{ "pty-lines", pty_lines, 0 },
	{ "pty-editing", pty_editing, 0 },
	{ "pty-words", pty_words, 0 },
	{ "pty-editing-nothing", pty_editing_nothing, 0 },
	{ "pty-paper", pty_paper, 0 },
	{ "pty-marks", pty_marks, 0 },
	{ "pty-translations", pty_translations, 0 },
	{ "pty-patience", pty_patience, 0 },
	{ "pty-signals", pty_signals, 0 },
	{ "pty-hangup", pty_hangup, 0 },
	{ "pty-terminal-closed", pty_terminal_closed, 0 },
	{ "pty-flow", pty_flow, 0 },
	{ "pty-queues", pty_queues, 0 },
	{ "pty-background", pty_background, 0 },
	{ "pty-tostop", pty_tostop, 0 },
	{ "pty-own", pty_own, 0 },
	{ "pty-flood", pty_flood, TAP_SLOW },
};

const struct tap_group posix_tty_group = TAP_GROUP(cases);
