/* Mappings: what may be touched, what kills, and what happens when memory runs out. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "usr/tests/memory.h"
#include "usr/tests/usertests.h"

#define GIB            (1024 * MIB)
#define KERNEL_STEP    0x40000000ul
#define KERNEL_PROBES  32
#define STACK_DISTANCE (64 * MIB)
#define STACK_DEPTH    (1 * MIB)
#define BSS_BYTES      (10 * 1000)
#define EXEC_PAGES_MAX 14
#define HELD_BACK      2048 /* pages */
#define HOLDER_PAGES   1024
#define LEFT_PAGES     512
#define SPREAD_TABLES  32
#define TAG            0xabcdef01ul
#define LARGEST_PAGES  (2048 * MIB / PAGE_BYTES)

static void expect_segv(void (*body)(void *), void *argument)
{
	int status = tap_in_child(body, argument);

	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSEGV)
		FAIL("at %p: wait status %#x, not SIGSEGV", argument, (unsigned int)status);
}

static void load_from(void *address)
{
	(void)*(volatile char *)address;
}

static void store_to(void *address)
{
	*(volatile char *)address = 1;
}

static void jump_to(void *address)
{
	((void (*)(void))address)();
}

static void kernel_addresses_kill(void)
{
	static const unsigned long others[] = { 0, 8, 0x4000000000, 0x0000800000000000,
		0x8000000080000000, 0xffffffffffffffff };

	for (unsigned long i = 0; i < KERNEL_PROBES; i++) {
		void *address = (void *)(0xffffffc000000000ul + i * KERNEL_STEP);
		expect_segv(load_from, address);
		expect_segv(store_to, address);
		expect_segv(jump_to, address);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		expect_segv(load_from, (void *)others[i]);
		expect_segv(store_to, (void *)others[i]);
		expect_segv(jump_to, (void *)(others[i] & ~1ul));
	}
}

static void below_stack_kills(void)
{
	unsigned long stack = (unsigned long)__builtin_frame_address(0);

	expect_segv(load_from, (void *)(stack - STACK_DISTANCE));
	expect_segv(store_to, (void *)(stack - STACK_DISTANCE));
}

static unsigned int __attribute__((noinline)) recurse(unsigned int depth)
{
	volatile char frame[PAGE_BYTES];

	frame[0] = (char)depth;
	if (depth == 0)
		return 0;
	return recurse(depth - 1) + (frame[0] == (char)depth);
}

static void recurse_without_end(void *argument)
{
	(void)argument;
	recurse(0x7fffffff);
}

static void stack_grows(void)
{
	unsigned int depth = STACK_DEPTH / PAGE_BYTES;

	CHECK_EQUAL(recurse(depth), depth);
	expect_segv(recurse_without_end, NULL);
}

static void text_store_kills(void)
{
	void *text = (void *)text_store_kills;
	int zero = open("/dev/zero", O_RDONLY);

	expect_segv(store_to, text);
	CHECK(zero >= 0);
	CHECK_ERROR(syscall(SYS_read, zero, text, 1l), EFAULT);
}

static void data_jump_kills(void)
{
	static unsigned int instructions[4] = { 0x00008067, 0, 0, 0 }; /* ret */
	unsigned int local[4] = { 0x00008067, 0, 0, 0 };
	unsigned char *mapped = memory_map_pages(1);

	memcpy(mapped, instructions, sizeof(instructions));
	expect_segv(jump_to, instructions);
	expect_segv(jump_to, local);
	expect_segv(jump_to, mapped);
}

static unsigned char uninitialised[BSS_BYTES];

static void bss_is_zero(void)
{
	for (size_t i = 0; i < sizeof(uninitialised); i++)
		CHECK_EQUAL(uninitialised[i], 0);
}

/* A process does not find in fresh memory what another one has written. */
static void fresh_memory_is_zero(void)
{
	size_t pages = memory_share_pages(1, 4);

	for (int round = 0; round < 3; round++) {
		unsigned char *memory = memory_map_pages(pages);
		for (size_t i = 0; i < pages; i++) {
			const unsigned long *words = (void *)(memory + i * PAGE_BYTES);
			CHECK(words[0] == 0 && words[100] == 0 && words[511] == 0);
		}
		memory_tag(memory, pages, TAG);
		memory_unmap_pages(memory, pages);
	}
}

static void touch_all(void *argument)
{
	size_t bytes = *(size_t *)argument;

	volunteer_to_be_killed();
	unsigned char *memory =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		kill(getpid(), errno == ENOMEM ? SIGKILL : SIGTERM);
	memory_tag(memory, bytes / PAGE_BYTES, TAG);
	FAIL("%lu MiB could be touched", (unsigned long)(bytes / MIB));
}

/* A gibibyte, or more if there is as much: the call fails or the process dies; all others live. */
static void more_than_there_is(void)
{
	size_t all = (size_t)memory_total_pages() * PAGE_BYTES;
	size_t bytes = all >= GIB ? all + all / 4 : GIB;

	if (all > LARGEST_PAGES * PAGE_BYTES)
		tap_skip("too much memory to use it up");
	int status = tap_in_child(touch_all, &bytes);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* Takes nearly all of the memory, gives it back, and does so once more. */
static void allocate_all_twice(void)
{
	long free = memory_free_pages();

	if (free > (long)LARGEST_PAGES)
		tap_skip("too much memory to use it up");
	size_t pages = (size_t)free * (memory_has_ledger() ? 95 : 75) / 100;
	for (int i = 0; i < 2; i++) {
		unsigned char *memory = memory_map_pages(pages);
		memory_tag(memory, pages, TAG);
		memory_check_tag(memory, pages, TAG);
		memory_unmap_pages(memory, pages);
	}
}

/* Touches memory until at most `left` pages are free. */
static void use_up_all_but(long left)
{
	unsigned char *memory = memory_map_pages((size_t)memory_total_pages());

	for (;;) {
		long spare = memory_free_pages() - left;
		if (spare <= 0)
			return;
		size_t step = spare > 64 ? (size_t)spare - 32 : 1;
		memory_tag(memory, step, TAG);
		memory += step * PAGE_BYTES;
	}
}

/*
 * Makes many processes that leave hardly more than `left` pages; none has so much memory that it is
 * killed for that. Returns how many.
 */
static int hold_all_but(long left, struct gate *leave)
{
	struct gate filled;
	int holders = 0;

	gate_init(&filled);
	gate_init(leave);
	for (; memory_free_pages() > left + HOLDER_PAGES; holders++) {
		if (tap_fork() == 0) {
			memory_tag(memory_map_pages(HOLDER_PAGES), HOLDER_PAGES, TAG);
			gate_open(&filled);
			gate_wait(leave);
			_exit(0);
		}
		gate_wait(&filled);
	}
	return holders;
}

/* exec with hardly a page free: ENOMEM, or the kill once exec cannot return any more. */
static void exec_without_memory(void)
{
	char *arguments[] = { "nop", NULL };
	char *environment[] = { NULL };
	const char *nop = tap_sibling("nop");
	struct gate leave;

	if ((size_t)memory_total_pages() > LARGEST_PAGES)
		tap_skip("too much memory to use it up");
	int holders = hold_all_but(HELD_BACK, &leave); /* once for all numbers of pages */
	for (long left = 0; left <= EXEC_PAGES_MAX; left++) {
		int pid = tap_fork();
		if (pid == 0) {
			use_up_all_but(left);
			execve(nop, arguments, environment);
			_exit(errno);
		}
		int status = tap_wait(pid);
		if (WIFEXITED(status))
			CHECK(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == ENOMEM);
		else
			CHECK_EQUAL(WTERMSIG(status), SIGKILL);
	}
	for (int i = 0; i < holders; i++)
		gate_open(&leave);
	for (int i = 0, status; i < holders; i++)
		CHECK(waitpid(-1, &status, 0) > 0 && status == 0);
}

/* Makes a process that holds all memory but `left` pages, and sleeps; its child may share it. */
static int hoard(long left, bool shared)
{
	struct gate filled;

	if ((size_t)memory_total_pages() > LARGEST_PAGES)
		tap_skip("too much memory to use it up");
	gate_init(&filled);
	int holder = tap_fork();
	if (holder == 0) {
		use_up_all_but(left);
		if (shared)
			tap_fork();
		gate_open(&filled);
		for (;;)
			sleep_milliseconds(1000);
	}
	gate_wait(&filled);
	if (shared)
		gate_wait(&filled);
	return holder;
}

/* A process that touches twice as many pages as are left gets them; the holder is killed. */
static void touch_twice(long left, int holder)
{
	size_t pages = 2 * (size_t)left;
	unsigned char *memory = memory_map_pages(pages);

	memory_tag(memory, pages, TAG);
	memory_check_tag(memory, pages, TAG);
	tap_join_killed(holder, SIGKILL);
}

/* If a process has nearly all of the memory, it is killed, and not the one that asks for a little. */
static void who_has_most_goes(void)
{
	touch_twice(HELD_BACK, hoard(HELD_BACK, false));
}

/* The same if it shares the memory with its child, so that neither has it alone. */
static void who_shares_most_goes(void)
{
	touch_twice(LEFT_PAGES, hoard(LEFT_PAGES, true));
}

static void protection_kills(void)
{
	unsigned char *page = memory_map_pages(1);

	*page = 7;
	CHECK(mprotect(page, PAGE_BYTES, PROT_READ) == 0);
	CHECK_EQUAL(*(volatile unsigned char *)page, 7);
	expect_segv(store_to, page);
	CHECK(mprotect(page, PAGE_BYTES, PROT_NONE) == 0);
	expect_segv(load_from, page);
	expect_segv(store_to, page);
	CHECK(mprotect(page, PAGE_BYTES, PROT_READ | PROT_WRITE) == 0);
	CHECK_EQUAL(*(volatile unsigned char *)page, 7);
	memory_unmap_pages(page, 1);
	expect_segv(load_from, page);
}

static void mapping_errors(void)
{
	unsigned char *pages = memory_map_pages(4);
	const int private = MAP_PRIVATE | MAP_ANONYMOUS;
	const int both = PROT_READ | PROT_WRITE;

	CHECK_ERROR((long)mmap(NULL, 0, both, private, -1, 0), EINVAL);
	CHECK_ERROR((long)mmap(NULL, PAGE_BYTES, both, MAP_ANONYMOUS, -1, 0), EINVAL);
	CHECK_ERROR((long)mmap(pages + 1, PAGE_BYTES, both, private | MAP_FIXED, -1, 0), EINVAL);
	CHECK_ERROR((long)mmap(NULL, ~0ul - PAGE_BYTES, both, private, -1, 0), ENOMEM);
	CHECK_ERROR((long)mmap((void *)0xffffffc000000000, PAGE_BYTES, both, private | MAP_FIXED,
			    -1, 0),
		ENOMEM);
	CHECK_ERROR((long)mmap(NULL, PAGE_BYTES, both, MAP_PRIVATE, 99, 0), EBADF);
	CHECK_ERROR(munmap(pages + 1, PAGE_BYTES), EINVAL);
	CHECK_ERROR(munmap(pages, 0), EINVAL);
	CHECK_ERROR(munmap((void *)0xffffffc000000000, PAGE_BYTES), EINVAL);
	CHECK_ERROR(munmap((void *)-PAGE_BYTES, 2 * PAGE_BYTES),
		EINVAL); /* the end is an address */
	CHECK_ERROR(mprotect(pages + 1, PAGE_BYTES, both), EINVAL);
	CHECK(munmap(pages + PAGE_BYTES, PAGE_BYTES) == 0);
	CHECK(munmap(pages, 4 * PAGE_BYTES) == 0); /* a hole in the range is no error */
	CHECK_ERROR(mprotect(pages, PAGE_BYTES, both), ENOMEM);
}

/* Page tables are freed with the last page below them, not only with the process. */
static void unmapping_frees_tables(void)
{
	const size_t step = TABLE_PAGES * PAGE_BYTES;
	unsigned char *memory = memory_map_pages(SPREAD_TABLES * TABLE_PAGES);

	for (int round = 0; round < 3; round++) {
		long before = memory_ledger_pages("table");
		for (size_t i = 0; i < SPREAD_TABLES; i++)
			memory_tag(memory + i * step, 1, TAG);
		CHECK(memory_ledger_pages("table") >= before + SPREAD_TABLES - 1);
		for (size_t i = 0; i < SPREAD_TABLES; i++) {
			void *fresh = mmap(memory + i * step, PAGE_BYTES, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
			CHECK(fresh == memory + i * step);
		}
		CHECK(memory_ledger_pages("table") <= before + 1);
	}
}

/* A fixed mapping replaces what was there, and only that. */
static void fixed_mapping_replaces(void)
{
	unsigned char *pages = memory_map_pages(8);

	memory_tag(pages, 8, TAG);
	void *fresh = mmap(pages + 2 * PAGE_BYTES, 3 * PAGE_BYTES, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	CHECK(fresh == pages + 2 * PAGE_BYTES);
	memory_check_tag(pages, 2, TAG);
	memory_check_tag(pages + 2 * PAGE_BYTES, 3, 0);
	memory_check_tag(pages + 5 * PAGE_BYTES, 3, TAG);
}

static void unmap_everything(void *argument)
{
	(void)argument;
	munmap(NULL, 0x3ffffff000);
	FAIL("nothing was unmapped, errno %d", errno);
}

/* A process that unmaps all its memory dies at its next instruction. */
static void unmap_all_kills(void)
{
	expect_segv(unmap_everything, NULL);
}

/* A private mapping shows the file; stores to it stay private. */
static void file_mapping(void)
{
	static char content[2 * PAGE_BYTES];

	memset(content, 'm', sizeof(content));
	write_file("mapped", content, PAGE_BYTES + 100);
	int fd = open("mapped", O_RDWR);
	CHECK(fd >= 0);
	char *memory = mmap(NULL, sizeof(content), PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	if (memory == MAP_FAILED && memory_has_ledger())
		tap_skip("no mapping of files, errno %d", errno);
	CHECK(memory != MAP_FAILED);
	CHECK_EQUAL(memory[PAGE_BYTES + 99], 'm');
	CHECK_EQUAL(memory[PAGE_BYTES + 100], 0); /* the rest of the last page */
	memory[0] = 'X';
	check_file("mapped", content, PAGE_BYTES + 100);
	int pid = tap_fork();
	if (pid == 0) {
		CHECK_EQUAL(memory[0], 'X');
		memory[0] = 'Y';
		_exit(0);
	}
	tap_join(pid);
	CHECK_EQUAL(memory[0], 'X');
}

/* The upper half of a mapping moves before it was touched: it still maps the file's upper half. */
static void half_moves(void)
{
	static unsigned long content[4 * PAGE_BYTES / sizeof(unsigned long)];
	const size_t words = PAGE_BYTES / sizeof(unsigned long);

	for (size_t page = 0; page < 4; page++)
		content[page * words] = page;
	write_file("halves", content, sizeof(content));
	int fd = open("halves", O_RDONLY);
	unsigned char *memory = mmap(NULL, sizeof(content), PROT_READ, MAP_PRIVATE, fd, 0);
	unsigned char *other = memory_map_pages(2);
	CHECK(memory != MAP_FAILED);
	const unsigned long *moved = mremap(memory + 2 * PAGE_BYTES, 2 * PAGE_BYTES, 2 * PAGE_BYTES,
		MREMAP_MAYMOVE | MREMAP_FIXED, other);
	CHECK(moved == (void *)other);
	CHECK_EQUAL(moved[0], 2);
	CHECK_EQUAL(moved[words], 3);
	CHECK_EQUAL(*(unsigned long *)(void *)(memory + PAGE_BYTES), 1);
}

/* So much that its page tables would fill all memory, if it had any. */
#define UNTOUCHED_BYTES (60ul << 30)

/* Moving memory that was never touched costs neither memory nor time. */
static void untouched_moves(void)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
	const size_t last = UNTOUCHED_BYTES - PAGE_BYTES;
	unsigned char *start, *target;
	long before;

	start = mmap(NULL, UNTOUCHED_BYTES, PROT_READ | PROT_WRITE, flags, -1, 0);
	target = mmap(NULL, UNTOUCHED_BYTES, PROT_READ | PROT_WRITE, flags, -1, 0);
	CHECK(start != MAP_FAILED && target != MAP_FAILED);
	/* All but a page at its end, and one at the place that it moves to. */
	start[last] = 2;
	target[0] = 1;
	before = memory_free_pages();
	CHECK(mremap(start, UNTOUCHED_BYTES, UNTOUCHED_BYTES, MREMAP_MAYMOVE | MREMAP_FIXED,
		      target) == target);
	CHECK(before - memory_free_pages() < 256);
	CHECK_EQUAL(target[0], 0);
	CHECK_EQUAL(target[last], 2);
}

/* A process may not have so many pages that each need a region of their own, with holes between. */
#define REGIONS_MOST 65536ul

static void regions_have_a_limit(void)
{
	const size_t bytes = 2 * REGIONS_MOST * PAGE_BYTES;
	unsigned char *start =
		mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	size_t pages = 0;

	CHECK(start != MAP_FAILED);
	while (pages < REGIONS_MOST &&
		mprotect(start + pages * PAGE_BYTES, PAGE_BYTES, PROT_READ) == 0)
		pages += 2;
	CHECK(pages < REGIONS_MOST && errno == ENOMEM);
	munmap(start + (pages + 8) * PAGE_BYTES, PAGE_BYTES);
	CHECK_ERROR(munmap(start + (pages + 16) * PAGE_BYTES, PAGE_BYTES), ENOMEM);
	CHECK(munmap(start, bytes) == 0);
	memory_map_pages(1);
}

static const struct tap_case cases[] = {
	{ "kernel-addresses-kill", kernel_addresses_kill, 0 },
	{ "below-stack-kills", below_stack_kills, 0 },
	{ "stack-grows", stack_grows, 0 },
	{ "text-store-kills", text_store_kills, 0 },
	{ "data-jump-kills", data_jump_kills, 0 },
	{ "bss-is-zero", bss_is_zero, 0 },
	{ "fresh-memory-is-zero", fresh_memory_is_zero, 0 },
	{ "protection-kills", protection_kills, 0 },
	{ "mapping-errors", mapping_errors, 0 },
	{ "unmapping-frees-tables", unmapping_frees_tables, TAP_COWSLIP },
	{ "fixed-mapping-replaces", fixed_mapping_replaces, 0 },
	{ "unmap-all-kills", unmap_all_kills, 0 },
	{ "file-mapping", file_mapping, 0 },
	{ "half-moves", half_moves, 0 },
	{ "untouched-moves", untouched_moves, 0 },
	{ "regions-have-a-limit", regions_have_a_limit, 0 },
	{ "more-than-there-is", more_than_there_is, TAP_SLOW },
	{ "allocate-all-twice", allocate_all_twice, TAP_SLOW },
	{ "who-has-most-goes", who_has_most_goes, TAP_SLOW },
	{ "who-shares-most-goes", who_shares_most_goes, TAP_SLOW | TAP_COWSLIP },
	{ "exec-without-memory", exec_without_memory, TAP_SLOW | TAP_COWSLIP },
};

const struct tap_group user_memory_group = TAP_GROUP(cases);
