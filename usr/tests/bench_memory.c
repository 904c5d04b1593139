/* Figures of memory: fork with much of it, faults, unmapping. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "usr/tests/bench.h"
#include "usr/tests/memory.h"
#include "usr/tests/tap.h"

#define FAULT_PAGES 256 /* pages whose faults are timed in a row */
#define REST        50  /* milliseconds */
#define MAPPINGS    1000
#define TABLE_BYTES (TABLE_PAGES * PAGE_BYTES)

static unsigned char *map(size_t bytes)
{
	void *start = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (start == MAP_FAILED)
		bench_fail("mmap");
	return start;
}

static void unmap(void *start, size_t bytes)
{
	if (munmap(start, bytes) < 0)
		bench_fail("munmap");
}

static void touch(unsigned char *start, size_t pages)
{
	for (size_t i = 0; i < pages; i++)
		*(volatile unsigned char *)(start + i * PAGE_BYTES) = 1;
}

static unsigned char *map_touched(size_t bytes)
{
	unsigned char *start = map(bytes);

	touch(start, bytes / PAGE_BYTES);
	return start;
}

/* /proc/self/statm begins with the program's size and its resident size, in pages: the second. */
static unsigned long resident_pages(void)
{
	char text[128];
	char *end;
	int fd = open("/proc/self/statm", O_RDONLY);
	ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (length <= 0)
		bench_fail("statm");
	close(fd);
	text[length] = '\0';
	strtoul(text, &end, 10);
	return strtoul(end, NULL, 10);
}

/*
 * Memory that is all resident, as the kernel itself says. After a rest, so that the kernel has done
 * its deferred work and the time slice is a fresh one: then nothing interrupts what follows.
 */
static unsigned char *map_resident(size_t mebibytes)
{
	unsigned char *start = map_touched(mebibytes * MIB);

	if (resident_pages() < mebibytes * MIB / PAGE_BYTES)
		bench_fail("touching all of the memory");
	sleep_milliseconds(REST);
	return start;
}

/* The pages of one whole table, all touched; *mapping is what to unmap. */
static unsigned char *map_table(unsigned char **mapping)
{
	*mapping = map(2 * TABLE_BYTES);
	unsigned long start = ((unsigned long)*mapping + TABLE_BYTES - 1) & ~(TABLE_BYTES - 1);
	touch((unsigned char *)start, TABLE_PAGES);
	return (unsigned char *)start;
}

/* fork() as its caller sees it; if the child runs first, it sleeps instead of exiting. */
static long time_fork(void)
{
	unsigned long start = bench_now();
	int pid = bench_fork();

	if (pid == 0) {
		sleep_milliseconds(REST);
		_exit(0);
	}
	long elapsed = bench_since(start);
	bench_wait(pid);
	return elapsed;
}

static long sample_fork(size_t mebibytes)
{
	unsigned char *memory = map_resident(mebibytes);
	long elapsed = time_fork();

	unmap(memory, mebibytes * MIB);
	return elapsed;
}

/* One page for each page table, so that the tables take as much memory as the pages. */
static long sample_fork_sparse(size_t mebibytes)
{
	size_t pages = mebibytes * MIB / 2 / PAGE_BYTES;
	unsigned char *memory = mmap(NULL, pages * TABLE_BYTES, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		bench_fail("mmap");
	madvise(memory, pages * TABLE_BYTES, MADV_NOHUGEPAGE); /* fails without huge pages */
	for (size_t i = 0; i < pages; i++)
		touch(memory + i * TABLE_BYTES, 1);
	sleep_milliseconds(REST);
	long elapsed = time_fork();
	unmap(memory, pages * TABLE_BYTES);
	return elapsed;
}

/* Neighbouring pages differ in protection, so that each is a mapping. */
static long sample_fork_mappings(size_t unused)
{
	unsigned char *memory = map_touched(MAPPINGS * PAGE_BYTES);

	(void)unused;
	for (size_t i = 0; i < MAPPINGS; i += 2)
		if (mprotect(memory + i * PAGE_BYTES, PAGE_BYTES, PROT_READ) < 0)
			bench_fail("mprotect");
	sleep_milliseconds(REST);
	long elapsed = time_fork();
	unmap(memory, MAPPINGS * PAGE_BYTES);
	return elapsed;
}

static long sample_fork_exit_wait(size_t mebibytes)
{
	unsigned char *memory = map_resident(mebibytes);
	unsigned long start = bench_now();
	int pid = bench_fork();

	if (pid == 0)
		_exit(0);
	bench_wait(pid);
	long elapsed = bench_since(start);
	unmap(memory, mebibytes * MIB);
	return elapsed;
}

/* The time of all faults together, less that of touching pages that are already present. */
static long time_touches(unsigned char *start, size_t pages)
{
	unsigned long before = bench_now();
	touch(start, pages);
	long with_faults = bench_since(before);

	before = bench_now();
	touch(start, pages);
	return with_faults - bench_since(before);
}

/* The child keeps the old pages until it is told to leave, so each store copies. */
static long sample_cow_copy(size_t unused)
{
	unsigned char *mapping;
	unsigned char *pages = map_table(&mapping);
	int ends[2];
	char token = 'l';

	(void)unused;
	if (pipe(ends) < 0)
		bench_fail("pipe");
	int pid = bench_fork();
	if (pid == 0) {
		close(ends[1]);
		touch(pages + FAULT_PAGES * PAGE_BYTES, 1); /* the table above is now its own */
		(void)!read(ends[0], &token, 1);
		_exit(0);
	}
	close(ends[0]);
	touch(pages + FAULT_PAGES * PAGE_BYTES, 1);
	long each = time_touches(pages, FAULT_PAGES) / FAULT_PAGES;
	close(ends[1]);
	bench_wait(pid);
	unmap(mapping, 2 * TABLE_BYTES);
	return each;
}

/* The child made the table above its own before it exited, so the leaves are write-protected. */
static long sample_cow_owner(size_t unused)
{
	unsigned char *mapping;
	unsigned char *pages = map_table(&mapping);
	int pid = bench_fork();

	(void)unused;
	if (pid == 0) {
		touch(pages + FAULT_PAGES * PAGE_BYTES, 1);
		_exit(0);
	}
	bench_wait(pid);
	touch(pages + FAULT_PAGES * PAGE_BYTES, 1);
	long each = time_touches(pages, FAULT_PAGES) / FAULT_PAGES;
	unmap(mapping, 2 * TABLE_BYTES);
	return each;
}

static long sample_zero_fill(size_t unused)
{
	unsigned char *pages = map(2 * TABLE_BYTES);

	(void)unused;
	touch(pages, 1);
	touch(pages + TABLE_BYTES, 1); /* the tables above exist */
	long each = time_touches(pages + PAGE_BYTES, FAULT_PAGES) / FAULT_PAGES;
	unmap(pages, 2 * TABLE_BYTES);
	return each;
}

static long sample_munmap(size_t mebibytes)
{
	unsigned char *memory = map_touched(mebibytes * MIB);
	unsigned long start = bench_now();

	unmap(memory, mebibytes * MIB);
	return bench_since(start);
}

/* The child stores to this page, if any, before it calls exec. */
static void fork_and_exec(unsigned char *page)
{
	static char *arguments[] = { "nop", NULL };
	static char *environment[] = { NULL };
	int pid = bench_fork();

	if (pid == 0) {
		if (page)
			touch(page, 1);
		execve("/bin/nop", arguments, environment);
		bench_fail("execve");
	}
	bench_wait(pid);
}

static long minor_faults(void)
{
	struct rusage usage;

	return getrusage(RUSAGE_SELF, &usage) < 0 ? -1 : usage.ru_minflt;
}

static long count_faults(unsigned char *memory, size_t bytes)
{
	long before = minor_faults();

	touch(memory, bytes / PAGE_BYTES);
	return before <= 0 ? NO_SAMPLE : minor_faults() - before;
}

/* A count: the faults that the parent takes after forking a child that executes a program. */
static long sample_rewrite_faults(size_t mebibytes)
{
	unsigned char *memory = map_resident(mebibytes);

	fork_and_exec(NULL);
	long faults = count_faults(memory, mebibytes * MIB);
	unmap(memory, mebibytes * MIB);
	return faults;
}

/*
 * The same if the child, before exec, stores to a page close by: the tables above the memory are then
 * shared one by one, not as a whole.
 */
static long sample_rewrite_faults_near(size_t mebibytes)
{
	size_t bytes = mebibytes * MIB;
	unsigned char *memory = map(bytes + 2 * TABLE_BYTES);
	unsigned char *near = memory + bytes + TABLE_BYTES;

	touch(memory, bytes / PAGE_BYTES);
	touch(near, 1);
	fork_and_exec(near);
	long faults = count_faults(memory, bytes);
	unmap(memory, bytes + 2 * TABLE_BYTES);
	return faults;
}

/* The time that all these faults take together. */
static long sample_rewrite(size_t mebibytes)
{
	unsigned char *memory = map_touched(mebibytes * MIB);

	fork_and_exec(NULL);
	long all = time_touches(memory, mebibytes * MIB / PAGE_BYTES);
	unmap(memory, mebibytes * MIB);
	return all;
}

const struct figure memory_figures[] = {
	{ "cow-copy", "COW write fault with copy", sample_cow_copy, 0 },
	{ "cow-owner", "COW write fault, sole owner", sample_cow_owner, 0 },
	{ "zero-fill", "zero-fill write fault", sample_zero_fill, 0 },
	{ "fork-1m", "fork() alone, 1 MiB touched", sample_fork, 1 },
	{ "fork-4m", "fork() alone, 4 MiB touched", sample_fork, 4 },
	{ "fork-16m", "fork() alone, 16 MiB touched", sample_fork, 16 },
	{ "fork-64m", "fork() alone, 64 MiB touched", sample_fork, 64 },
	{ "fork-256m", "fork() alone, 256 MiB touched", sample_fork, 256 },
	{ "fork-1g", "fork() alone, 1 GiB touched", sample_fork, 1024 },
	{ "fork-2g", "fork() alone, 2 GiB touched", sample_fork, 2048 },
	{ "fork-4g", "fork() alone, 4 GiB touched", sample_fork, 4096 },
	{ "fork-sparse", "fork() alone, a page in each 2 MiB of 64 GiB", sample_fork_sparse, 256 },
	{ "fork-mappings", "fork() alone, 1 000 mappings", sample_fork_mappings, 0 },
	{ "fork-exit-wait-64m", "fork + exit + wait, 64 MiB touched", sample_fork_exit_wait, 64 },
	{ "fork-exit-wait-1g", "fork + exit + wait, 1 GiB touched", sample_fork_exit_wait, 1024 },
	{ "munmap-64m", "munmap of 64 MiB touched", sample_munmap, 64 },
	{ "rewrite-faults-64m", "faults after fork+exec, 64 MiB rewritten", sample_rewrite_faults,
		64 },
	{ "rewrite-faults-256m", "faults after fork+exec, 256 MiB rewritten", sample_rewrite_faults,
		256 },
	{ "rewrite-faults-256m-near", "the same, the child having stored close by",
		sample_rewrite_faults_near, 256 },
	{ "rewrite-256m", "time of these faults", sample_rewrite, 256 },
};

const size_t memory_figure_count = sizeof(memory_figures) / sizeof(memory_figures[0]);
