/*
 * Arguments for sysfuzz: random numbers, descriptors and names. With most of them a call can
 * succeed; some are hostile: an end of the number range, a kernel address, a pointer to the last
 * bytes before a hole.
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#include "lib/abi/sched.h"
#include "lib/abi/socket.h"
#include "usr/tests/fuzz.h"

#define PAGE         4096ul
#define FILES        40 /* descriptors are drawn below this */
#define HOSTILE_RATE 24 /* one value in so many */
#define LONG_PAGES   64
#define LARGEST_READ 20000
#define TIMER_CLOCK  1 /* CLOCK_MONOTONIC */

#define DRAW(fuzz, array) ((array)[fuzz_below(fuzz, sizeof(array) / sizeof((array)[0]))])

/* The descriptors that fuzz_prepare_files() opens, and how many of each kind there are. */
enum {
	FD_FOLDER = 5,
	FD_TERMINAL = 9,
	TERMINALS = 2,
	FD_SOCKET = 15,
	SOCKETS = 8,
	FD_EPOLL = 23,
	FD_TIMER = 24,
};

/* For calls that change something, only relative names: nothing outside the folder may change. */
static const char *const names[] = { "a", "b", "c", "d", "d/a", "d/b", "d/d", "a/x", "", ".",
	"d/../b" };
/* No folder in which a file can be made, as it would be left behind. */
static const char *const readable[] = { "/dev/null", "/dev/zero", "/dev/full", "/dev/urandom",
	"/dev/ptmx", "/dev/pts/0", "/dev/pts/1", "/dev/tty", "/proc", "/proc/self/maps",
	"/proc/self/smaps", "/proc/self/stat", "/proc/self/status", "/proc/self/fd",
	"/proc/self/task", "/proc/self/pagemap", "/proc/self/environ", "/proc/meminfo",
	"/proc/mounts", "/proc/self/fd/3", "/proc/self/fd/11", "/proc/self/exe", "/proc/self/cwd" };
static const char *const programs[] = { "/bin/nop", "/bin/nop", "/proc/self/fd/3", "a", "d" };
static const char *const types[] = { "tmpfs", "tmpfs", "proc", "devpts", "devtmpfs", "a" };
static const char *const options[] = { "", "size=64k", "mode=700", "uid=5,gid=5", "a" };

static const unsigned int file_commands[] = { F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETLK,
	F_SETLK, F_SETLK, F_SETLKW, F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW, F_DUPFD_CLOEXEC,
	F_GETPIPE_SZ, F_ADD_SEALS, F_GET_SEALS };
static const unsigned int terminal_commands[] = { TCGETS, TCSETS, TCSETSW, TCSETSF, TCSBRK, TCXONC,
	TCFLSH, TIOCSCTTY, TIOCGPGRP, TIOCSPGRP, TIOCOUTQ, TIOCGWINSZ, TIOCSWINSZ, FIONREAD,
	FIONBIO, TIOCNOTTY, TIOCGSID, TIOCGPTN, TIOCSPTLCK, TIOCGPTLCK, TIOCGPTPEER, FIONCLEX,
	FIOCLEX };
static const unsigned int message_flags[] = { 0, MSG_DONTWAIT, MSG_DONTWAIT, MSG_PEEK, MSG_NOSIGNAL,
	MSG_WAITALL, MSG_CMSG_CLOEXEC, MSG_DONTWAIT | MSG_PEEK | MSG_TRUNC };
static const unsigned char harmless_signals[] = { 0, SIGALRM, SIGCHLD, SIGCONT, SIGURG, SIGWINCH };

unsigned long fuzz_mix(unsigned long seed, unsigned long worker, unsigned long life)
{
	unsigned long state = seed * 0x9e3779b97f4a7c15ul + worker * 0xc2b2ae3d27d4eb4ful + life;

	for (int i = 0; i < 3; i++) {
		state ^= state >> 31;
		state *= 0xd6e8feb86659fd93ul;
	}
	return state | 1;
}

unsigned long fuzz_random(struct fuzz *fuzz)
{
	fuzz->state ^= fuzz->state << 13;
	fuzz->state ^= fuzz->state >> 7;
	fuzz->state ^= fuzz->state << 17;
	return fuzz->state;
}

unsigned long fuzz_below(struct fuzz *fuzz, unsigned long limit)
{
	return (fuzz_random(fuzz) >> 16) % limit;
}

static unsigned long hostile(struct fuzz *fuzz)
{
	static const unsigned long values[] = { 0, 1, 7, 0xff, PAGE - 1, PAGE + 1, 0x7fffffff,
		0x80000000, 0xffffffff, 0x100000000ul, 1ul << 38, (1ul << 38) - 1,
		(1ul << 38) - PAGE, 1ul << 62, 1ul << 63, ~(1ul << 63), -1ul, -PAGE,
		0xffffffff80000000ul, 0xffffffd600000000ul, 0xffffffc000000000ul };

	return DRAW(fuzz, values);
}

/* The caller, its group, a process that does not exist, a child that may exist. */
static unsigned long process(struct fuzz *fuzz)
{
	switch (fuzz_below(fuzz, 4)) {
	case 0:
		return (unsigned long)getpid();
	case 1:
		return (unsigned long)getpid() + 1 + fuzz_below(fuzz, 2);
	case 2:
		return 0x3ffffffe;
	default:
		return 0;
	}
}

static unsigned long flags(struct fuzz *fuzz)
{
	unsigned long bits = 0;

	for (unsigned long n = fuzz_below(fuzz, 4); n > 0; n--)
		bits |= 1ul << fuzz_below(fuzz, 32);
	return bits;
}

/* For a process, not a thread: sysfuzz makes threads itself, with their own stacks. */
static unsigned long clone_flags(struct fuzz *fuzz)
{
	switch (fuzz_below(fuzz, 8)) {
	case 0:
		return SIGCHLD | (flags(fuzz) & ~(unsigned long)CLONE_VM);
	case 1: /* it uses the caller's stack, while the caller waits */
		return SIGCHLD | CLONE_VM | CLONE_VFORK;
	case 2:
		return SIGCHLD | CLONE_FILES | CLONE_FS;
	default:
		return SIGCHLD;
	}
}

static unsigned long mapping_flags(struct fuzz *fuzz)
{
	return (fuzz_below(fuzz, 2) ? MAP_PRIVATE : MAP_SHARED) |
		(fuzz_below(fuzz, 2) ? MAP_ANONYMOUS : 0) | (fuzz_below(fuzz, 2) ? MAP_FIXED : 0) |
		(fuzz_below(fuzz, 8) ? 0 : flags(fuzz) & ~0x37ul);
}

static unsigned long descriptor(struct fuzz *fuzz, char kind)
{
	if (fuzz_below(fuzz, 4))
		switch (kind) {
		case 'd':
			return fuzz_below(fuzz, 3) ? (unsigned long)AT_FDCWD : FD_FOLDER;
		case 'e':
			return FD_EPOLL;
		case 's':
			return FD_SOCKET + fuzz_below(fuzz, SOCKETS);
		case 't':
			return FD_TIMER;
		case 'y':
			return FD_TERMINAL + fuzz_below(fuzz, TERMINALS);
		default:
			break;
		}
	return fuzz_below(fuzz, FILES);
}

static const char *text(struct fuzz *fuzz, char kind)
{
	switch (kind) {
	case 'R':
		return fuzz_below(fuzz, 2) ? DRAW(fuzz, readable) : DRAW(fuzz, names);
	case 'E':
		return DRAW(fuzz, programs);
	case 'F':
		return DRAW(fuzz, types);
	case 'O':
		return DRAW(fuzz, options);
	default:
		return DRAW(fuzz, names);
	}
}

/* Lengths and offsets in files, and ranges of addresses. */
static unsigned long size(struct fuzz *fuzz, char kind)
{
	switch (kind) {
	case 'n':
		return fuzz_below(fuzz, LONG_PAGES) * PAGE;
	case 'o':
		return fuzz_below(fuzz, 4) ? fuzz_below(fuzz, 16) * PAGE
					   : fuzz_below(fuzz, 1ul << 20);
	default:
		return fuzz_below(fuzz, 4) ? fuzz_below(fuzz, 64) : fuzz_below(fuzz, LARGEST_READ);
	}
}

static unsigned long number(struct fuzz *fuzz, char kind)
{
	switch (kind) {
	case 'i':
		return fuzz_below(fuzz, 4) ? fuzz_below(fuzz, 8) : fuzz_below(fuzz, 64);
	case 'I':
		return sizeof(sigset_t);
	case 'L':
		return fuzz_below(fuzz, 4) ? FUZZ_ADDRESS_BYTES : fuzz_below(fuzz, 128);
	case 'j':
		return CLONE_ARGS_SIZE_VER0 + 8 * fuzz_below(fuzz, 4);
	case '1':
		return 1;
	case 'r':
		return fuzz_below(fuzz, 2)    ? flags(fuzz)
			: fuzz_below(fuzz, 2) ? 0
					      : O_CREAT | O_RDWR;
	case 'u':
		return fuzz_below(fuzz, 8); /* PROT_* */
	case 'm':
		return mapping_flags(fuzz);
	case 'c':
		return clone_flags(fuzz);
	case 'g':
		return fuzz_below(fuzz, 65);
	case 'h':
		return DRAW(fuzz, harmless_signals);
	case 'k':
		return fuzz_below(fuzz, 8) ? AF_UNIX : fuzz_below(fuzz, 48);
	case 'q':
		return fuzz_below(fuzz, 8) | (fuzz_below(fuzz, 2) ? O_NONBLOCK : 0);
	case 'w':
		return DRAW(fuzz, message_flags);
	case 'v':
		return DRAW(fuzz, file_commands);
	case 'z':
		return DRAW(fuzz, terminal_commands);
	default:
		return fuzz_random(fuzz);
	}
}

unsigned long fuzz_value(struct fuzz *fuzz, char kind)
{
	if (kind == '0')
		return 0;
	if (kind == 'p') /* never hostile: -1 and 1 mean processes of others */
		return process(fuzz);
	if (kind != 'c' && fuzz_below(fuzz, HOSTILE_RATE) == 0)
		return hostile(fuzz);
	if (kind == 'M')
		return fuzz_page(fuzz);
	if (kind == 'B')
		return (unsigned long)sbrk(0) + fuzz_below(fuzz, 16 * PAGE);
	if (strchr("NREFO", kind) != NULL)
		return (unsigned long)text(fuzz, kind);
	if (strchr("fdesty", kind) != NULL)
		return descriptor(fuzz, kind);
	if (strchr("lon", kind) != NULL)
		return size(fuzz, kind);
	unsigned long record = fuzz_record(fuzz, kind);

	return record != 0 ? record : number(fuzz, kind);
}

/* Listens at the first name, of those drawn for addresses, that no other worker has. */
static void prepare_listener(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "\0b" };
	long fd = syscall(SYS_socket, AF_UNIX, SOCK_STREAM | O_NONBLOCK, 0);

	for (int i = 0; i < FUZZ_ADDRESSES; i++, address.sun_path[1]++)
		if (syscall(SYS_bind, fd, &address, FUZZ_ADDRESS_BYTES) == 0)
			break;
	syscall(SYS_listen, fd, 4);
}

static void prepare_sockets(void)
{
	int ends[2];

	syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, ends);
	syscall(SYS_socketpair, AF_UNIX, SOCK_DGRAM | O_NONBLOCK, 0, ends);
	syscall(SYS_socketpair, AF_UNIX, SOCK_SEQPACKET | O_NONBLOCK, 0, ends);
	prepare_listener();
	syscall(SYS_socket, AF_UNIX, SOCK_STREAM | O_NONBLOCK, 0);
}

/* A file that could not be opened must not shift the descriptors after it. */
static void fill_place(int fd)
{
	if (fd < 0)
		open("/dev/null", O_RDWR);
}

/* Opens one file of each kind; the first three descriptors are not the console. */
void fuzz_prepare_files(void)
{
	static const struct {
		const char *path;
		int flags;
	} files[] = {
		{ "a", O_RDWR | O_CREAT },
		{ "b", O_RDWR | O_CREAT },
		{ ".", O_RDONLY },
		{ "/dev/zero", O_RDONLY },
		{ "/proc/self/maps", O_RDONLY },
		{ "/proc/self", O_RDONLY },
		{ "/dev/ptmx", O_RDWR | O_NOCTTY },
	};
	const unsigned long all_signals = ~0ul;
	int ends[2], unlocked = 0;

	int null = open("/dev/null", O_RDWR);
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	close(null);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		fill_place(open(files[i].path, files[i].flags, 0666));
	ioctl(FD_TERMINAL, TIOCSPTLCK, &unlocked);
	fill_place(ioctl(FD_TERMINAL, TIOCGPTPEER, O_RDWR | O_NOCTTY));
	(void)!pipe2(ends, O_NONBLOCK);
	(void)!pipe(ends);
	prepare_sockets();
	syscall(SYS_epoll_create1, 0);
	syscall(SYS_timerfd_create, TIMER_CLOCK, O_NONBLOCK);
	syscall(SYS_eventfd2, 1, O_NONBLOCK);
	syscall(SYS_memfd_create, "memory", 2);
	syscall(SYS_signalfd4, -1, &all_signals, sizeof(all_signals), O_NONBLOCK);
}
