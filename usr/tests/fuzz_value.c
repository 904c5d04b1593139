/*
 * Arguments for sysfuzz. Most are such that a call can succeed; one in some is hostile: an end of
 * the number range, an address of the kernel's, a pointer to the last bytes before a hole.
 *
 *	table	static memory, never unmapped: what structures and names are written into
 *	arena	a fixed stretch of addresses whose mappings the calls themselves change
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/abi/socket.h"
#include "usr/tests/fuzz.h"

#define PAGE         4096ul
#define ARENA        0x20000000ul
#define ARENA_PAGES  1024ul
#define TABLE_BYTES  16384
#define RECORD_BYTES 256
#define FILES        48 /* descriptors are drawn below this */
#define HOSTILE_RATE 24 /* one value in so many */
#define LONG_PAGES   64
#define LARGEST_READ 20000

static unsigned char table[TABLE_BYTES] __attribute__((aligned(16)));

/* Relative names only, for calls that change something: nothing outside the folder is theirs. */
static const char *const names[] = { "a", "b", "c", "d", "d/a", "d/b", "d/d", "a/x", "", ".",
	"d/../b", "tmpfs", "proc" };
/* No folder in which a file can be made: it would be left behind. */
static const char *const readable[] = { "/dev/null", "/dev/zero", "/dev/full", "/dev/urandom",
	"/dev/ptmx", "/proc", "/proc/self/maps", "/proc/self/smaps", "/proc/self/stat",
	"/proc/self/status", "/proc/self/fd", "/proc/self/mem", "/proc/self/pagemap",
	"/proc/meminfo", "/proc/self/fd/3", "/proc/self/exe", "/proc/self/task" };

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

	return values[fuzz_below(fuzz, sizeof(values) / sizeof(values[0]))];
}

static unsigned long in_arena(struct fuzz *fuzz)
{
	return ARENA + fuzz_below(fuzz, ARENA_PAGES) * PAGE;
}

/* Somewhere in the table, or in the arena: near the end of a page, in it, anywhere. */
static unsigned long buffer(struct fuzz *fuzz)
{
	switch (fuzz_below(fuzz, 6)) {
	case 0:
		return in_arena(fuzz) + PAGE - fuzz_below(fuzz, 64);
	case 1:
		return in_arena(fuzz) + 8 * fuzz_below(fuzz, PAGE / 8);
	default:
		return (unsigned long)table +
			8 * fuzz_below(fuzz, (TABLE_BYTES - LARGEST_READ / 2) / 8);
	}
}

/* A record of small numbers, pointers and descriptors: it may pass for any structure. */
static unsigned long record(struct fuzz *fuzz)
{
	unsigned char *start = table + 8 * fuzz_below(fuzz, (TABLE_BYTES - RECORD_BYTES) / 8);
	unsigned long words[RECORD_BYTES / sizeof(unsigned long)];

	if (fuzz_below(fuzz, 4) == 0)
		return buffer(fuzz);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		switch (fuzz_below(fuzz, 5)) {
		case 0:
			words[i] = 0;
			break;
		case 1:
			words[i] = buffer(fuzz);
			break;
		case 2:
			words[i] = fuzz_below(fuzz, FILES) | fuzz_below(fuzz, 256) << 32;
			break;
		case 3:
			words[i] = fuzz_below(fuzz, 8);
			break;
		default:
			words[i] = 1ul << fuzz_below(fuzz, 64);
		}
	}
	memcpy(start, words, sizeof(words));
	return (unsigned long)start;
}

static unsigned long text(const char *name)
{
	return (unsigned long)name;
}

/* Mostly below a millisecond, so that nothing waits for long. */
static unsigned long timespec(struct fuzz *fuzz)
{
	unsigned long *start = (unsigned long *)(void *)table + fuzz_below(fuzz, 64);

	if (fuzz_below(fuzz, 8) == 0)
		return record(fuzz);
	start[0] = start[2] = 0;
	start[1] = start[3] = fuzz_below(fuzz, 1000000);
	return (unsigned long)start;
}

static unsigned long vector(struct fuzz *fuzz)
{
	unsigned long *start = (unsigned long *)(void *)table + fuzz_below(fuzz, 64);

	for (int i = 0; i < 8; i += 2) {
		start[i] = fuzz_value(fuzz, 'p');
		start[i + 1] = fuzz_value(fuzz, 'l');
	}
	return (unsigned long)start;
}

static unsigned long socket_address(struct fuzz *fuzz)
{
	unsigned char *start = (unsigned char *)record(fuzz);

	if (start < table || start >= table + TABLE_BYTES - 8)
		return (unsigned long)start;
	start[0] = fuzz_below(fuzz, 8) == 0 ? (unsigned char)fuzz_below(fuzz, 16) : AF_UNIX;
	start[1] = 0;
	start[2] = fuzz_below(fuzz, 2) ? 0 : 'a';
	start[3] = 'b';
	start[4] = 0;
	return (unsigned long)start;
}

/* A struct msghdr with, now and then, descriptors in it. */
static unsigned long message(struct fuzz *fuzz)
{
	unsigned long *start = (unsigned long *)(void *)table + 128;
	unsigned long *control = start + 16;

	start[0] = fuzz_below(fuzz, 2) ? 0 : socket_address(fuzz);
	start[1] = fuzz_below(fuzz, 128);
	start[2] = vector(fuzz);
	start[3] = fuzz_below(fuzz, 5);
	start[4] = (unsigned long)control;
	start[5] = fuzz_below(fuzz, 4) ? 24 : fuzz_below(fuzz, 64);
	start[6] = 0;
	control[0] = fuzz_below(fuzz, 4) ? 20 : fuzz_below(fuzz, 64);
	control[1] = (unsigned long)SOL_SOCKET | 1ul << 32;
	control[2] = fuzz_value(fuzz, 'f') & 0xffffffff;
	return (unsigned long)start;
}

/* Itself, its group, a process that is not there, a child that may be. */
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

static unsigned long pointer(struct fuzz *fuzz, char kind)
{
	switch (kind) {
	case 'p':
		return record(fuzz);
	case 'v':
		return vector(fuzz);
	case 't':
		return timespec(fuzz);
	case 'a':
		return socket_address(fuzz);
	case 'h':
		return message(fuzz);
	case 's':
		return text(names[fuzz_below(fuzz, sizeof(names) / sizeof(names[0]))]);
	case 'S':
		if (fuzz_below(fuzz, 2))
			return fuzz_value(fuzz, 's');
		return text(readable[fuzz_below(fuzz, sizeof(readable) / sizeof(readable[0]))]);
	case 'b':
		return (unsigned long)sbrk(0) + fuzz_below(fuzz, 16 * PAGE);
	default:
		return in_arena(fuzz);
	}
}

static unsigned long number(struct fuzz *fuzz, char kind)
{
	switch (kind) {
	case 'd':
		return fuzz_below(fuzz, 2) ? (unsigned long)AT_FDCWD : fuzz_below(fuzz, FILES);
	case 'f':
		return fuzz_below(fuzz, FILES);
	case 'i':
		return fuzz_below(fuzz, 4) ? fuzz_below(fuzz, 8) : fuzz_below(fuzz, 64);
	case 'I':
		return 8; /* the size of a signal set */
	case 'r':
		return fuzz_below(fuzz, 2)    ? flags(fuzz)
			: fuzz_below(fuzz, 2) ? 0
					      : O_CREAT | O_RDWR;
	case 'n':
		return fuzz_below(fuzz, LONG_PAGES) * PAGE;
	case 'l':
		return fuzz_below(fuzz, 4) ? fuzz_below(fuzz, 64) : fuzz_below(fuzz, LARGEST_READ);
	case 'o':
		return fuzz_below(fuzz, 4) ? fuzz_below(fuzz, 16) * PAGE
					   : fuzz_below(fuzz, 1ul << 20);
	case 'u':
		return fuzz_below(fuzz, 8); /* PROT_* */
	case 'M':
		return 1 + fuzz_below(fuzz, 2) + (fuzz_below(fuzz, 2) ? MAP_ANONYMOUS : 0) +
			(fuzz_below(fuzz, 2) ? MAP_FIXED : 0) +
			(fuzz_below(fuzz, 8) ? 0 : flags(fuzz) & ~0x37ul);
	case 'c': /* a process, not a thread: those are made with stacks of their own */
		return SIGCHLD | (fuzz_below(fuzz, 4) ? 0 : flags(fuzz) & ~(unsigned long)CLONE_VM);
	case 'g':
		return fuzz_below(fuzz, 65);
	case 'k':
		return fuzz_below(fuzz, 8) ? AF_UNIX : fuzz_below(fuzz, 48);
	default:
		return fuzz_random(fuzz);
	}
}

unsigned long fuzz_value(struct fuzz *fuzz, char kind)
{
	if (kind == '0')
		return 0;
	if (kind == 'P') /* never hostile: -1 and 1 are other people's processes */
		return process(fuzz);
	if (kind != 'c' && fuzz_below(fuzz, HOSTILE_RATE) == 0)
		return hostile(fuzz);
	return strchr("pvtahsSbm", kind) != NULL ? pointer(fuzz, kind) : number(fuzz, kind);
}

void fuzz_prepare_memory(void)
{
	unsigned char *arena = (unsigned char *)ARENA;
	int fd = open("a", O_RDWR | O_CREAT, 0666);

	(void)mmap(arena, ARENA_PAGES * PAGE / 2, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	for (unsigned long page = 0; page < ARENA_PAGES / 4; page++)
		arena[page * PAGE] = 1;
	(void)mmap(arena + ARENA_PAGES * PAGE / 2, LONG_PAGES * PAGE, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	(void)!ftruncate(fd, 16 * PAGE);
	(void)mmap(arena + ARENA_PAGES * PAGE * 3 / 4, 16 * PAGE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_FIXED, fd, 0);
	close(fd);
}

/* One of each kind; the first three are not the console. */
void fuzz_prepare_files(void)
{
	static const char *const paths[] = { "a", "b", ".", "/dev/zero", "/proc/self/maps",
		"/proc/self", "/dev/ptmx" };
	int ends[2];

	for (int fd = 0; fd < 3; fd++) {
		int null = open("/dev/null", O_RDWR);
		if (null != fd)
			dup2(null, fd);
	}
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		open(paths[i], i < 2 ? O_RDWR | O_CREAT : O_RDONLY, 0666);
	(void)!pipe2(ends, O_NONBLOCK);
	(void)!pipe(ends);
	syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, ends);
	syscall(SYS_socketpair, AF_UNIX, SOCK_DGRAM, 0, ends);
	syscall(SYS_socket, AF_UNIX, SOCK_SEQPACKET, 0);
	syscall(SYS_eventfd2, 1, O_NONBLOCK);
	syscall(SYS_epoll_create1, 0);
	syscall(SYS_timerfd_create, 1, O_NONBLOCK);
	syscall(SYS_memfd_create, "memory", 2);
	syscall(SYS_signalfd4, -1, table, 8, O_NONBLOCK);
}
