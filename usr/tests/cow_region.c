/*
 * Copy-on-write as processes see it, in all the places where memory comes from: mappings, data,
 * heap and stack; written by the program or by a system call; unmapped, protected, executed over.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "usr/tests/cowtest.h"
#include "usr/tests/memory.h"

#define PAGES       64
#define PARENT_TAG  0x66666666ul
#define CHILD_TAG   0x77777777ul
#define BYTES       (PAGES * PAGE_BYTES)
#define CHAIN_DEPTH 10
#define SIBLINGS    8

static unsigned char static_page[PAGE_BYTES] __attribute__((aligned(4096)));
static unsigned char other_page[PAGE_BYTES] __attribute__((aligned(4096)));
static unsigned char data_page[PAGE_BYTES] __attribute__((aligned(4096))) = { 'D' };

static unsigned char *tagged_pages(void)
{
	unsigned char *memory = memory_map_pages(PAGES);

	memory_tag(memory, PAGES, PARENT_TAG);
	return memory;
}

/* Several calls write to static pages: each page is copied once, and the parent's not at all. */
static void call_result_child(void)
{
	struct cow_counts counts;
	int *ends = (int *)(void *)static_page;
	struct utsname *name = (struct utsname *)(void *)other_page;

	cow_begin(&counts);
	int piped = pipe(ends);
	cow_check_copied(&counts, 1);
	CHECK_EQUAL(piped, 0);
	CHECK(ends[0] > 0 && ends[1] > ends[0]);

	cow_begin(&counts);
	int named = uname(name);
	cow_check_copied(&counts, 1);
	CHECK_EQUAL(named, 0);
	CHECK(strcmp(name->machine, "riscv64") == 0);
	_exit(0);
}

static void call_result(void)
{
	memset(static_page, 'S', PAGE_BYTES);
	memset(other_page, 'O', PAGE_BYTES);
	int pid = tap_fork();
	if (pid == 0)
		call_result_child();
	tap_join(pid);
	for (size_t i = 0; i < PAGE_BYTES; i++) {
		CHECK_EQUAL(static_page[i], 'S');
		CHECK_EQUAL(other_page[i], 'O');
	}
}

/* A read() into a buffer that lies in three pages copies all three, and keeps the rest of each. */
static void call_result_straddles(void)
{
	unsigned char *memory = tagged_pages();
	unsigned char *buffer = memory + PAGE_BYTES - 1;
	struct cow_counts counts;
	int zero = open("/dev/zero", O_RDONLY);

	CHECK(zero >= 0);
	memset(memory, 'P', BYTES);
	int pid = tap_fork();
	if (pid == 0) {
		cow_begin(&counts);
		ssize_t count = read(zero, buffer, PAGE_BYTES + 2);
		cow_check_copied(&counts, 3);
		CHECK_EQUAL(count, PAGE_BYTES + 2);
		for (size_t i = 0; i < 3 * PAGE_BYTES; i++) {
			bool inside = memory + i >= buffer && memory + i < buffer + count;
			CHECK_EQUAL(memory[i], inside ? 0 : 'P');
		}
		_exit(0);
	}
	tap_join(pid);
	for (size_t i = 0; i < BYTES; i++)
		CHECK_EQUAL(memory[i], 'P');
	close(zero);
}

/*
 * The same below a page table that fork shares, which only the call can notice: the child has not
 * touched the memory there. Only the one page is copied, though all lie below the table.
 */
static void call_result_below_table(void)
{
	unsigned char *table = memory_map_table(PARENT_TAG);
	unsigned char *page = table + TABLE_PAGES / 3 * PAGE_BYTES;
	struct cow_counts counts;
	int zero = open("/dev/zero", O_RDONLY);

	CHECK(zero >= 0);
	int pid = tap_fork();
	if (pid == 0) {
		cow_begin(&counts);
		ssize_t count = read(zero, page, sizeof(unsigned long));
		cow_check_copied(&counts, 1);
		CHECK_EQUAL(count, sizeof(unsigned long));
		memory_check_tag(page, 1, 0);
		memory_check_tag(page + PAGE_BYTES, 1, PARENT_TAG);
		_exit(0);
	}
	tap_join(pid);
	memory_check_tag(table, TABLE_PAGES, PARENT_TAG);
	close(zero);
}

/* Stores to every third page of a full table, by three generations that are all alive. */
static void generations_below_table(void)
{
	unsigned char *table = memory_map_table(PARENT_TAG);
	struct cow_counts counts;
	int child = tap_fork();
	int grandchild = child == 0 ? tap_fork() : -1;
	size_t own = grandchild == 0 ? 2 : child == 0 ? 1 : 0;

	for (size_t i = own; i < TABLE_PAGES; i += 3)
		memory_tag(table + i * PAGE_BYTES, 1, CHILD_TAG + own);
	for (size_t i = 0; i < TABLE_PAGES; i++)
		memory_check_tag(table + i * PAGE_BYTES, 1,
			i % 3 == own ? CHILD_TAG + own : PARENT_TAG);
	if (grandchild == 0)
		_exit(0);
	tap_join(child == 0 ? grandchild : child);
	if (child == 0)
		_exit(0);
	cow_begin(&counts);
	memory_tag(table, TABLE_PAGES, PARENT_TAG + 1);
	cow_check_copied(&counts, 0);
}

/* Loads never copy. */
static void reads_copy_nothing(void)
{
	unsigned char *memory = tagged_pages();
	struct cow_counts counts;
	int pid = tap_fork();

	if (pid == 0) {
		cow_begin(&counts);
		memory_check_tag(memory, PAGES, PARENT_TAG);
		cow_check_copied(&counts, 0);
		_exit(0);
	}
	cow_begin(&counts);
	memory_check_tag(memory, PAGES, PARENT_TAG);
	cow_check_copied(&counts, 0);
	tap_join(pid);
}

static void child_unmaps(void)
{
	unsigned char *memory = tagged_pages();
	struct cow_counts counts;
	int pid = tap_fork();

	if (pid == 0) {
		memory_unmap_pages(memory, PAGES);
		_exit(0);
	}
	tap_join(pid);
	memory_check_tag(memory, PAGES, PARENT_TAG);
	cow_begin(&counts);
	memory_tag(memory, PAGES, PARENT_TAG + 1);
	cow_check_copied(&counts, 0);
	memory_check_tag(memory, PAGES, PARENT_TAG + 1);
}

static void parent_unmaps(void)
{
	unsigned char *memory = tagged_pages();
	struct cow_counts counts;
	struct gate gate;

	gate_init(&gate);
	int pid = tap_fork();
	if (pid == 0) {
		gate_wait(&gate);
		memory_check_tag(memory, PAGES, PARENT_TAG);
		cow_begin(&counts);
		memory_tag(memory, PAGES, CHILD_TAG);
		cow_check_copied(&counts, 0);
		memory_check_tag(memory, PAGES, CHILD_TAG);
		_exit(0);
	}
	memory_unmap_pages(memory, PAGES);
	gate_open(&gate);
	tap_join(pid);
}

/* The child punches a hole and maps new memory there: it sees zeros, the parent the old content. */
static void child_remaps_middle(void)
{
	unsigned char *memory = tagged_pages();
	unsigned char *middle = memory + PAGES / 4 * PAGE_BYTES;
	int pid = tap_fork();

	if (pid == 0) {
		memory_unmap_pages(middle, PAGES / 2);
		void *fresh = mmap(middle, PAGES / 2 * PAGE_BYTES, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		CHECK(fresh == middle);
		memory_check_tag(memory, PAGES / 4, PARENT_TAG);
		memory_check_tag(middle, PAGES / 2, 0);
		memory_tag(middle, PAGES / 2, CHILD_TAG);
		memory_check_tag(middle + PAGES / 2 * PAGE_BYTES, PAGES / 4, PARENT_TAG);
		_exit(0);
	}
	tap_join(pid);
	memory_check_tag(memory, PAGES, PARENT_TAG);
}

/* Fork followed by exec copies none of the parent's pages. */
static void exec_leaves_no_trace(void)
{
	unsigned char *memory = tagged_pages();
	const char *nop = tap_sibling("nop");
	char *arguments[] = { (char *)nop, NULL };
	char *environment[] = { NULL };
	struct cow_counts counts;
	int pid = tap_fork();

	if (pid == 0) {
		execve(nop, arguments, environment);
		FAIL("execve %s: errno %d", nop, errno);
	}
	tap_join(pid);
	cow_begin(&counts);
	memory_tag(memory, PAGES, PARENT_TAG + 1);
	cow_check_copied(&counts, 0);
}

/* The child does not see what the parent writes while the child sleeps. */
static void snapshot(void)
{
	unsigned char *memory = tagged_pages();
	struct cow_counts counts;
	struct gate gate;

	gate_init(&gate);
	int pid = tap_fork();
	if (pid == 0) {
		gate_wait(&gate);
		memory_check_tag(memory, PAGES, PARENT_TAG);
		_exit(0);
	}
	cow_begin(&counts);
	memory_tag(memory, PAGES, PARENT_TAG + 1);
	cow_check_copied(&counts, PAGES);
	gate_open(&gate);
	tap_join(pid);
	memory_check_tag(memory, PAGES, PARENT_TAG + 1);
}

/* The same for pages that are not from mmap: data, bss, heap, stack. */
static void segments(void)
{
	volatile unsigned char *heap = sbrk((intptr_t)PAGE_BYTES);
	volatile unsigned char local[64];
	struct gate gate;

	CHECK(heap != (void *)-1);
	gate_init(&gate);
	heap[0] = 'h';
	local[0] = 'l';
	static_page[0] = 'b';
	CHECK_EQUAL(data_page[0], 'D');
	int pid = tap_fork();
	if (pid == 0) {
		gate_wait(&gate);
		CHECK(heap[0] == 'h' && local[0] == 'l');
		CHECK(static_page[0] == 'b' && data_page[0] == 'D');
		heap[0] = local[0] = static_page[0] = data_page[0] = 'c';
		_exit(0);
	}
	heap[0] = local[0] = static_page[0] = data_page[0] = 'p';
	gate_open(&gate);
	tap_join(pid);
	CHECK(heap[0] == 'p' && local[0] == 'p');
	CHECK(static_page[0] == 'p' && data_page[0] == 'p');
}

/* Each generation writes a page of its own and a common one, and must see its ancestors' pages. */
static void chain_link(unsigned char *memory, unsigned long depth)
{
	struct cow_counts counts;

	for (unsigned long i = 1; i < depth; i++)
		memory_check_tag(memory + i * PAGE_BYTES, 1, PARENT_TAG + i);
	memory_check_tag(memory, 1, PARENT_TAG + depth - 1);
	cow_begin(&counts);
	memory_tag(memory, 1, PARENT_TAG + depth);
	memory_tag(memory + depth * PAGE_BYTES, 1, PARENT_TAG + depth);
	cow_check_copied(&counts, 2);
	if (depth < CHAIN_DEPTH) {
		int pid = tap_fork();
		if (pid == 0) {
			chain_link(memory, depth + 1);
			_exit(0);
		}
		tap_join(pid);
	}
	memory_check_tag(memory, 1, PARENT_TAG + depth);
	memory_check_tag(memory + (depth + 1) * PAGE_BYTES, 1, PARENT_TAG);
}

static void chain(void)
{
	unsigned char *memory = tagged_pages();
	int pid = tap_fork();

	if (pid == 0) {
		chain_link(memory, 1);
		_exit(0);
	}
	tap_join(pid);
	memory_check_tag(memory, PAGES, PARENT_TAG);
}

/* Many children of one parent, all writing at the same time. */
static void siblings(void)
{
	unsigned char *memory = tagged_pages();
	struct cow_counts counts;
	int children[SIBLINGS];

	for (unsigned long i = 0; i < SIBLINGS; i++) {
		children[i] = tap_fork();
		if (children[i] == 0) {
			cow_begin(&counts);
			memory_tag(memory, PAGES, CHILD_TAG + i);
			cow_check_copied(&counts, PAGES);
			memory_check_tag(memory, PAGES, CHILD_TAG + i);
			_exit(0);
		}
	}
	for (unsigned long i = 0; i < SIBLINGS; i++)
		tap_join(children[i]);
	memory_check_tag(memory, PAGES, PARENT_TAG);
}

/* Three owners, one after another: two copies, and the last one keeps the page. */
static void last_owner_keeps(void)
{
	unsigned char *memory = tagged_pages();
	struct cow_counts counts;
	struct gate go[2];
	struct gate done;
	int children[2];

	gate_init(&done);
	for (int i = 0; i < 2; i++) {
		gate_init(&go[i]);
		children[i] = tap_fork();
		if (children[i] == 0) {
			gate_wait(&go[i]);
			cow_begin(&counts);
			memory_tag(memory, PAGES, CHILD_TAG);
			cow_end(&counts);
			gate_open(&done); /* before the checks: if one fails, a waiter would hang */
			gate_wait(&go[i]);
			if (memory_has_ledger())
				CHECK_EQUAL(counts.copied, i == 0 ? PAGES : 0);
			memory_check_tag(memory, PAGES, CHILD_TAG);
			_exit(0);
		}
	}
	cow_begin(&counts);
	memory_tag(memory, PAGES, PARENT_TAG + 1);
	cow_check_copied(&counts, PAGES);
	for (int i = 0; i < 2; i++) {
		gate_open(&go[i]);
		gate_wait(&done);
	}
	for (int i = 0; i < 2; i++) {
		gate_open(&go[i]);
		tap_join(children[i]);
	}
	memory_check_tag(memory, PAGES, PARENT_TAG + 1);
}

/* Each process has its own protection, and keeps the content until it writes itself. */
static void protection(void)
{
	unsigned char *memory = tagged_pages();
	struct gate gate;

	gate_init(&gate);
	CHECK(mprotect(memory, BYTES, PROT_READ) == 0);
	int pid = tap_fork();
	if (pid == 0) {
		CHECK(mprotect(memory, BYTES, PROT_READ | PROT_WRITE) == 0);
		memory_tag(memory, PAGES / 2, CHILD_TAG);
		gate_wait(&gate);
		memory_check_tag(memory, PAGES / 2, CHILD_TAG);
		memory_check_tag(memory + BYTES / 2, PAGES / 2, PARENT_TAG);
		_exit(0);
	}
	memory_check_tag(memory, PAGES, PARENT_TAG);
	CHECK(mprotect(memory, BYTES, PROT_READ | PROT_WRITE) == 0);
	memory_tag(memory, PAGES, PARENT_TAG + 1);
	gate_open(&gate);
	tap_join(pid);
	memory_check_tag(memory, PAGES, PARENT_TAG + 1);
}

/* Fork does not copy a shared mapping: both processes write, and both see it. */
static void shared_mapping(void)
{
	unsigned char *memory =
		mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct cow_counts counts;

	if (memory == MAP_FAILED && memory_has_ledger())
		tap_skip("no shared anonymous memory, errno %d", errno);
	CHECK(memory != MAP_FAILED);
	memory_tag(memory, PAGES / 2, PARENT_TAG);
	int pid = tap_fork();
	if (pid == 0) {
		cow_begin(&counts);
		memory_check_tag(memory, PAGES / 2, PARENT_TAG);
		memory_tag(memory, PAGES, CHILD_TAG);
		cow_check_copied(&counts, 0);
		_exit(0);
	}
	tap_join(pid);
	memory_check_tag(memory, PAGES, CHILD_TAG);
	memory_unmap_pages(memory, PAGES);
}

#define MIX_PAGES 32
#define MIX_STEPS 60
#define MIX_DEPTH 4

static unsigned int mix_random(unsigned int *state)
{
	*state = *state * 1103515245u + 12345u;
	return *state >> 16;
}

/* Random stores, checks and forks in a tree of processes, each with a model of what it must see. */
static void mix(unsigned char *memory, const unsigned long *inherited, unsigned int state,
	unsigned int depth)
{
	unsigned long model[MIX_PAGES];

	memcpy(model, inherited, sizeof(model));
	for (unsigned int step = 0; step < MIX_STEPS; step++) {
		unsigned int page = mix_random(&state) % MIX_PAGES;
		int pid = 0;

		if (depth < MIX_DEPTH && mix_random(&state) % 20 == 0) {
			pid = tap_fork();
			if (pid == 0) {
				mix(memory, model, state ^ depth, depth + 1);
				_exit(0);
			}
		}
		for (unsigned int i = 0; i < 4; i++) {
			page = (page + i) % MIX_PAGES;
			memory_check_tag(memory + page * PAGE_BYTES, 1, model[page]);
			model[page] = mix_random(&state);
			memory_tag(memory + page * PAGE_BYTES, 1, model[page]);
		}
		if (pid != 0)
			tap_join(pid);
	}
	for (unsigned int page = 0; page < MIX_PAGES; page++)
		memory_check_tag(memory + page * PAGE_BYTES, 1, model[page]);
}

static void mixture(void)
{
	unsigned char *memory = memory_map_pages(MIX_PAGES);
	unsigned long model[MIX_PAGES] = { 0 };

	for (unsigned int seed = 1; seed <= 4; seed++) {
		mix(memory, model, seed, 0);
		for (unsigned int page = 0; page < MIX_PAGES; page++) {
			model[page] = seed;
			memory_tag(memory + page * PAGE_BYTES, 1, model[page]);
		}
	}
}

static const struct tap_case cases[] = {
	{ "call-result", call_result, 0 },
	{ "call-result-straddles", call_result_straddles, 0 },
	{ "call-result-below-table", call_result_below_table, 0 },
	{ "generations-below-table", generations_below_table, 0 },
	{ "reads-copy-nothing", reads_copy_nothing, 0 },
	{ "child-unmaps", child_unmaps, 0 },
	{ "parent-unmaps", parent_unmaps, 0 },
	{ "child-remaps-middle", child_remaps_middle, 0 },
	{ "exec-leaves-no-trace", exec_leaves_no_trace, 0 },
	{ "snapshot", snapshot, 0 },
	{ "segments", segments, 0 },
	{ "chain", chain, 0 },
	{ "siblings", siblings, 0 },
	{ "last-owner-keeps", last_owner_keeps, 0 },
	{ "protection", protection, 0 },
	{ "shared-mapping", shared_mapping, 0 },
	{ "mixture", mixture, 0 },
};

const struct tap_group cow_region_group = TAP_GROUP(cases);
