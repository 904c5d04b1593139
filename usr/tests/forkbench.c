/*
 * forkbench: what fork, exec, faults and system calls cost. One line "bench KEY NUMBER" for each
 * figure, in nanoseconds; under QEMU's "-icount shift=0" a nanosecond is one guest instruction. -h
 * prints a table for people. Keys given as arguments select figures. The same binary runs on Linux.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "usr/tests/bench.h"
#include "usr/tests/memory.h"

#define SAMPLES                5 /* odd */
#define SAMPLES_LARGE          3
#define LARGE                  256 /* MiB: touching more takes long */
#define NANOSECONDS_PER_SECOND 1000000000ul

static long clock_cost;

unsigned long bench_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (unsigned long)now.tv_sec * NANOSECONDS_PER_SECOND + (unsigned long)now.tv_nsec;
}

long bench_since(unsigned long start)
{
	long elapsed = (long)(bench_now() - start) - clock_cost;

	return elapsed > 0 ? elapsed : 0;
}

void bench_fail(const char *what)
{
	printf("# forkbench: %s failed, errno %d\n", what, errno);
	fflush(stdout);
	_exit(1);
}

int bench_fork(void)
{
	int pid = fork();

	if (pid < 0)
		bench_fail("fork");
	return pid;
}

void bench_wait(int pid)
{
	if (waitpid(pid, NULL, 0) != pid)
		bench_fail("waitpid");
}

static void measure_clock(void)
{
	enum { CALLS = 1000 };
	unsigned long start = bench_now();

	for (int i = 0; i < CALLS; i++)
		bench_now();
	clock_cost = (long)(bench_now() - start) / (CALLS + 1);
}

static int compare(const void *left, const void *right)
{
	long difference = *(const long *)left - *(const long *)right;

	return difference < 0 ? -1 : difference > 0;
}

static long median(const struct figure *figure)
{
	long samples[SAMPLES];
	size_t count = figure->mebibytes >= LARGE ? SAMPLES_LARGE : SAMPLES;

	for (size_t i = 0; i < count; i++) {
		samples[i] = figure->sample(figure->mebibytes);
		if (samples[i] < 0)
			return NO_SAMPLE;
	}
	qsort(samples, count, sizeof(samples[0]), compare);
	return samples[count / 2];
}

/* A quarter more than is touched must be free: for page tables, and for all other processes. */
static bool fits(const struct figure *figure)
{
	unsigned long wanted = figure->mebibytes * MIB / PAGE_BYTES * 5 / 4;

	return memory_free_pages() < 0 || wanted <= (unsigned long)memory_free_pages();
}

static bool selected(const struct figure *figure, int count, char **keys)
{
	for (int i = 0; i < count; i++) {
		if (strcmp(keys[i], figure->key) == 0)
			return true;
	}
	return count == 0;
}

static void run_figures(const struct figure *figures, size_t count, bool human, int key_count,
	char **keys)
{
	for (size_t i = 0; i < count; i++) {
		const struct figure *figure = &figures[i];
		if (!selected(figure, key_count, keys) || !fits(figure))
			continue;
		long number = median(figure);
		if (number < 0)
			continue;
		if (human)
			printf("%-48s %12ld\n", figure->what, number);
		else
			printf("bench %s %ld\n", figure->key, number);
		fflush(stdout); /* before the next figure forks */
	}
}

int main(int argc, char **argv)
{
	bool human = argc > 1 && strcmp(argv[1], "-h") == 0;
	int first = human ? 2 : 1;

	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0); /* on Linux, pages of 4 KiB as well */
	measure_clock();
	run_figures(call_figures, call_figure_count, human, argc - first, argv + first);
	run_figures(memory_figures, memory_figure_count, human, argc - first, argv + first);
	return 0;
}
