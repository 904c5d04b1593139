/* Stacks that grow, what limits them, and where programs lie in memory. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/abi/personality.h"
#include "usr/tests/memory.h"
#include "usr/tests/posixtest.h"

#define PAGE       PAGE_BYTES
#define STACK_GAP  (256 * PAGE)
#define LINE_BYTES 256
#define LOW_PAGE   0x8000ul

struct range {
	unsigned long start, end;
};

/* The line of /proc/self/maps with this name, or, without a name, the one with the address. */
static struct range find_range(const char *name, unsigned long address)
{
	struct range range = { 0, 0 };
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[LINE_BYTES];

	CHECK(maps != NULL);
	while (fgets(line, sizeof(line), maps) != NULL) {
		char *end;
		unsigned long first = strtoul(line, &end, 16), last = strtoul(end + 1, NULL, 16);

		if (name != NULL ? strstr(line, name) != NULL
				 : address >= first && address < last) {
			range = (struct range){ first, last };
			break;
		}
	}
	fclose(maps);
	return range;
}

static void touch(void *address)
{
	*(volatile char *)address = 1;
}

static void check_kills(unsigned long address)
{
	int status = tap_in_child(touch, (void *)address);

	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

static void check_works(unsigned long address)
{
	CHECK_EQUAL(tap_in_child(touch, (void *)address), 0);
}

static void stack_grows(void)
{
	struct range before = find_range("[stack]", 0), after;
	unsigned long wanted = before.start - MIB;

	CHECK(before.end - before.start < MIB);
	touch((void *)(before.start - PAGE));
	after = find_range("[stack]", 0);
	CHECK_EQUAL(after.end, before.end);
	CHECK_EQUAL(before.start - after.start, PAGE);
	touch((void *)wanted);
	CHECK_EQUAL(find_range("[stack]", 0).start, wanted);
	GIVES(1, read, open("/dev/zero", O_RDONLY), wanted - MIB, 1);
	CHECK_EQUAL(find_range("[stack]", 0).start, wanted - MIB);
	CHECK_EQUAL(*(char *)wanted, 1);
}

static void stack_limited(void)
{
	unsigned long end = find_range("[stack]", 0).end;
	struct rlimit limit;

	CHECK_EQUAL(getrlimit(RLIMIT_STACK, &limit), 0);
	CHECK_EQUAL(limit.rlim_cur, 8 * MIB);
	check_works(end - 8 * MIB);
	check_kills(end - 8 * MIB - 1);
	limit.rlim_cur = MIB;
	CHECK_EQUAL(setrlimit(RLIMIT_STACK, &limit), 0);
	check_works(end - MIB);
	check_kills(end - MIB - 1);
	GIVES(-EFAULT, read, open("/dev/zero", O_RDONLY), end - MIB - 1, 1);
	limit.rlim_cur = 16 * MIB;
	CHECK_EQUAL(setrlimit(RLIMIT_STACK, &limit), 0);
	check_works(end - 16 * MIB);
	check_kills(end - 16 * MIB - 1);
}

static void stack_gap(void)
{
	struct range stack = find_range("[stack]", 0);
	unsigned long below = stack.start - 4 * MIB;
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;

	GIVES((long)below, mmap, below, PAGE, PROT_READ, flags, -1, 0);
	check_works(below + PAGE + STACK_GAP);
	check_kills(below + STACK_GAP);
	check_kills(below + PAGE);
	GIVES(0, mprotect, below, PAGE, PROT_NONE);
	check_works(below + PAGE);
	check_kills(below);
}

static void map_grows_down(void)
{
	const int private = MAP_PRIVATE | MAP_ANONYMOUS;
	unsigned long start = WORKS(mmap, NULL, 4 * MIB, PROT_NONE, private, -1, 0);
	unsigned long top = start + 4 * MIB - PAGE;
	struct range range;

	GIVES(0, munmap, start, 4 * MIB);
	GIVES((long)top, mmap, top, PAGE, PROT_READ | PROT_WRITE,
		private | MAP_FIXED | MAP_GROWSDOWN, -1, 0);
	touch((void *)(top - 1));
	touch((void *)(top - 10 * PAGE));
	range = find_range(NULL, top);
	CHECK_EQUAL(range.start, top - 10 * PAGE);
	CHECK(range.end >= top + PAGE);
	GIVES((long)start, mmap, start, PAGE, PROT_READ, private | MAP_FIXED, -1, 0);
	check_kills(start + PAGE);
	check_works(start + PAGE + STACK_GAP);
}

/* A null pointer never becomes valid: no stack grows to addresses where the kernel maps nothing. */
static void no_growth_to_null(void)
{
	GIVES((long)LOW_PAGE, mmap, LOW_PAGE, PAGE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_GROWSDOWN, -1, 0);
	check_works(LOW_PAGE);
	check_kills(LOW_PAGE - 1);
	check_kills(0);
	GIVES(-EFAULT, read, open("/dev/zero", O_RDONLY), LOW_PAGE - 1, 1);
}

/* Where the stack and the vDSO are, by cat's own map. */
static void map_of_cat(const char *name, struct range *stack, struct range *vdso)
{
	char text[PAGE];
	int child = tap_fork();

	if (child == 0) {
		int file = open(name, O_WRONLY | O_CREAT | O_TRUNC, FILE_MODE);

		dup2(file, STDOUT_FILENO);
		execl(tap_sibling("cat"), "cat", "/proc/self/maps", NULL);
		_exit(1);
	}
	tap_join(child);
	int file = open(name, O_RDONLY);
	ssize_t size = read(file, text, sizeof(text) - 1);

	close(file);
	CHECK(size > 0);
	text[size] = '\0';
	for (char *line = text; line != NULL; line = strchr(line, '\n')) {
		char *next;

		line += *line == '\n';
		next = strchr(line, '\n');
		if (next == NULL)
			break;
		*next = '\0';
		if (strstr(line, "[stack]") != NULL)
			stack->end = strtoul(strchr(line, '-') + 1, NULL, 16);
		if (strstr(line, "[vdso]") != NULL)
			vdso->start = strtoul(line, NULL, 16);
		*next = '\n';
	}
	CHECK(stack->end != 0 && vdso->start != 0);
}

#define LAYOUTS 6

static void layout_random(void)
{
	struct range stack[LAYOUTS] = { { 0, 0 } }, vdso[LAYOUTS] = { { 0, 0 } };
	int stacks = 0, vdsos = 0;

	GIVES(0, personality, PERSONALITY_ASK);
	for (int i = 0; i < LAYOUTS; i++) {
		map_of_cat("maps", &stack[i], &vdso[i]);
		stacks += stack[i].end != stack[0].end;
		vdsos += vdso[i].start != vdso[0].start;
	}
	CHECK(stacks >= LAYOUTS - 2);
	CHECK(vdsos >= LAYOUTS - 2);
	GIVES(0, personality, ADDR_NO_RANDOMIZE);
	GIVES(ADDR_NO_RANDOMIZE, personality, PERSONALITY_ASK);
	for (int i = 0; i < LAYOUTS; i++) {
		map_of_cat("maps", &stack[i], &vdso[i]);
		CHECK_EQUAL(stack[i].end, stack[0].end);
		CHECK_EQUAL(vdso[i].start, vdso[0].start);
	}
}

static const struct tap_case cases[] = {
	{ "stack-grows", stack_grows, 0 },
	{ "stack-limited", stack_limited, 0 },
	{ "stack-gap", stack_gap, 0 },
	{ "map-grows-down", map_grows_down, 0 },
	{ "no-growth-to-null", no_growth_to_null, 0 },
	{ "layout-random", layout_random, 0 },
};

const struct tap_group posix_stack_group = TAP_GROUP(cases);
