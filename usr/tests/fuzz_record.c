/*
 * Structures for sysfuzz's calls, written to the two places that pointers lead to:
 *
 *	table	static memory, never unmapped
 *	arena	a fixed stretch of addresses whose mappings the calls themselves change
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/abi/capability.h"
#include "lib/abi/sched.h"
#include "lib/abi/socket.h"
#include "usr/tests/fuzz.h"

#define PAGE         4096ul
#define ARENA        0x20000000ul
#define ARENA_PAGES  1024ul
#define SHARED_PAGES 64ul
#define FILE_PAGES   16ul
#define TABLE_BYTES  16384
#define RECORD_BYTES 256
#define RECORD_WORDS (RECORD_BYTES / sizeof(unsigned long))
#define LARGEST_READ 20000
#define STACK_BYTES  16384

static unsigned char table[TABLE_BYTES] __attribute__((aligned(16)));
static char *arguments[] = { "fuzz", "argument", NULL };

unsigned long fuzz_page(struct fuzz *fuzz)
{
	return ARENA + fuzz_below(fuzz, ARENA_PAGES) * PAGE;
}

/* Somewhere in the table, or in the arena: near the end of a page, in it, anywhere. */
static unsigned long buffer(struct fuzz *fuzz)
{
	switch (fuzz_below(fuzz, 6)) {
	case 0:
		return fuzz_page(fuzz) + PAGE - fuzz_below(fuzz, 64);
	case 1:
		return fuzz_page(fuzz) + 8 * fuzz_below(fuzz, PAGE / 8);
	default:
		return (unsigned long)table +
			8 * fuzz_below(fuzz, (TABLE_BYTES - LARGEST_READ / 2) / 8);
	}
}

/* Room for a structure in the table, with zeroes in it. */
static unsigned long *words(struct fuzz *fuzz)
{
	unsigned char *start = table + 8 * fuzz_below(fuzz, (TABLE_BYTES - RECORD_BYTES) / 8);

	return memset(start, 0, RECORD_BYTES);
}

/* Small numbers, pointers and descriptors: it may pass for any structure. */
static unsigned long *any_record(struct fuzz *fuzz)
{
	unsigned long *record = words(fuzz);

	for (size_t i = 0; i < RECORD_WORDS; i++) {
		switch (fuzz_below(fuzz, 5)) {
		case 0:
			break;
		case 1:
			record[i] = buffer(fuzz);
			break;
		case 2:
			record[i] = fuzz_value(fuzz, 'f') | fuzz_below(fuzz, 256) << 32;
			break;
		case 3:
			record[i] = fuzz_below(fuzz, 8);
			break;
		default:
			record[i] = 1ul << fuzz_below(fuzz, 64);
		}
	}
	return record;
}

/* A moment and an interval, mostly below a millisecond, so that nothing waits for long. */
static unsigned long *times(struct fuzz *fuzz)
{
	unsigned long *record = fuzz_below(fuzz, 8) ? words(fuzz) : any_record(fuzz);

	record[1] = fuzz_below(fuzz, 1000000);
	record[3] = fuzz_below(fuzz, 2) ? fuzz_below(fuzz, 1000000) : 0;
	return record;
}

static unsigned long *vector(struct fuzz *fuzz)
{
	unsigned long *record = words(fuzz);

	for (int i = 0; i < 8; i += 2) {
		record[i] = buffer(fuzz);
		record[i + 1] = fuzz_value(fuzz, 'l');
	}
	return record;
}

/* Paths and abstract names, few of them, so that sockets find each other. */
static unsigned long *socket_address(struct fuzz *fuzz)
{
	struct sockaddr_un *address = (void *)any_record(fuzz);

	address->sun_family = fuzz_below(fuzz, 8) ? AF_UNIX : (unsigned short)fuzz_below(fuzz, 16);
	address->sun_path[0] = fuzz_below(fuzz, 2) ? '\0' : 'a';
	address->sun_path[1] = (char)('b' + fuzz_below(fuzz, FUZZ_ADDRESSES));
	address->sun_path[2] = '\0';
	return (unsigned long *)(void *)address;
}

/* A message, which now and then carries descriptors. */
static unsigned long *message(struct fuzz *fuzz)
{
	struct msghdr *message = (void *)words(fuzz);
	struct cmsghdr *control = (void *)words(fuzz);
	int *descriptors = (int *)(control + 1);
	unsigned long count = fuzz_below(fuzz, 4);

	if (fuzz_below(fuzz, 4) == 0) {
		message->msg_name = socket_address(fuzz);
		message->msg_namelen = (unsigned int)fuzz_below(fuzz, 128);
	}
	message->msg_iov = (void *)vector(fuzz);
	message->msg_iovlen = fuzz_below(fuzz, 5);
	if (count != 0) {
		message->msg_control = control;
		message->msg_controllen = sizeof(*control) + count * sizeof(int);
	}
	control->cmsg_len = fuzz_below(fuzz, 16) ? message->msg_controllen : fuzz_below(fuzz, 64);
	control->cmsg_level = SOL_SOCKET;
	control->cmsg_type = SCM_RIGHTS;
	for (unsigned long i = 0; i < count; i++)
		descriptors[i] = (int)fuzz_value(fuzz, fuzz_below(fuzz, 2) ? 's' : 'f');
	return (unsigned long *)(void *)message;
}

/* Never with SIGALRM, which ends calls that block. */
static unsigned long *signal_set(struct fuzz *fuzz)
{
	unsigned long *record = words(fuzz);

	for (unsigned long n = fuzz_below(fuzz, 5); n > 0; n--)
		record[0] |= 1ul << fuzz_below(fuzz, 64);
	record[0] &= ~(1ul << (SIGALRM - 1));
	return record;
}

static unsigned long *signal_stack(struct fuzz *fuzz)
{
	stack_t *stack = (void *)words(fuzz);

	stack->ss_sp = (void *)fuzz_page(fuzz);
	stack->ss_flags = (int)fuzz_below(fuzz, 8) ? 0 : (int)fuzz_below(fuzz, 8);
	stack->ss_size = STACK_BYTES;
	return (unsigned long *)(void *)stack;
}

static void handle(int number)
{
	(void)number;
}

static unsigned long *signal_action(struct fuzz *fuzz)
{
	static void (*const handlers[])(int) = { handle, handle, handle, SIG_IGN, SIG_DFL };
	struct sigaction *action = (void *)words(fuzz);

	action->sa_handler = handlers[fuzz_below(fuzz, sizeof(handlers) / sizeof(handlers[0]))];
	action->sa_flags = fuzz_random(fuzz) &
		(SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_RESTART | SA_NODEFER);
	if (fuzz_below(fuzz, 8) == 0)
		action->sa_flags |= SA_ONSTACK;
	action->sa_mask = *(const sigset_t *)(const void *)signal_set(fuzz);
	return (unsigned long *)(void *)action;
}

static unsigned long *clone_arguments(struct fuzz *fuzz)
{
	struct clone_args *record = (void *)words(fuzz);

	record->flags = fuzz_value(fuzz, 'c') & ~(unsigned long)CSIGNAL;
	if (fuzz_below(fuzz, 4) == 0)
		record->flags |= CLONE_CLEAR_SIGHAND;
	record->exit_signal = fuzz_below(fuzz, 8) ? SIGCHLD : fuzz_below(fuzz, 70);
	record->child_tid = buffer(fuzz);
	record->parent_tid = buffer(fuzz);
	record->tls = buffer(fuzz);
	return (unsigned long *)(void *)record;
}

/* The version and the process, for capget and capset. */
static unsigned long *capability_header(struct fuzz *fuzz)
{
	unsigned int *header = (void *)words(fuzz);

	header[0] = CAPABILITY_VERSION_3;
	header[1] = fuzz_below(fuzz, 4) ? 0 : (unsigned int)fuzz_value(fuzz, 'p');
	return (unsigned long *)(void *)header;
}

unsigned long fuzz_record(struct fuzz *fuzz, char kind)
{
	switch (kind) {
	case 'G':
		return (unsigned long)capability_header(fuzz);
	case 'P':
		return fuzz_below(fuzz, 4) ? (unsigned long)any_record(fuzz) : buffer(fuzz);
	case 'T':
		return (unsigned long)times(fuzz);
	case 'W':
		return (unsigned long)vector(fuzz);
	case 'A':
		return (unsigned long)socket_address(fuzz);
	case 'H':
		return (unsigned long)message(fuzz);
	case 'S':
		return (unsigned long)signal_set(fuzz);
	case 'J':
		return (unsigned long)signal_stack(fuzz);
	case 'K':
		return (unsigned long)signal_action(fuzz);
	case 'C':
		return (unsigned long)clone_arguments(fuzz);
	case 'X':
		return fuzz_below(fuzz, 4) ? (unsigned long)arguments : buffer(fuzz);
	default:
		return 0;
	}
}

void fuzz_prepare_memory(void)
{
	unsigned char *arena = (unsigned char *)ARENA;
	int fd = open("a", O_RDWR | O_CREAT, 0666);

	(void)mmap(arena, ARENA_PAGES * PAGE / 2, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	for (unsigned long page = 0; page < ARENA_PAGES / 4; page++)
		arena[page * PAGE] = 1;
	(void)mmap(arena + ARENA_PAGES * PAGE / 2, SHARED_PAGES * PAGE, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	(void)!ftruncate(fd, FILE_PAGES * PAGE);
	(void)mmap(arena + ARENA_PAGES * PAGE * 3 / 4, FILE_PAGES * PAGE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_FIXED, fd, 0);
	close(fd);
}
