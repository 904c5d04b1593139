/*
 * forkbench: what fork, exec, faults and system calls cost. One line "bench KEY NUMBER" for each
 * figure, in nanoseconds; under QEMU's "-icount shift=0" a nanosecond is one guest instruction. -h
 * prints a table for people; -t lets Linux use pages of 2 MiB; -s measures several harts instead, in
 * real time, and only once: the median is taken over several boots. Keys given as arguments select
 * figures. The same binary runs on Linux.
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
#define SAMPLES_HUGE           1
#define LARGE                  256  /* MiB: touching that much takes long */
#define HUGE                   1024 /* MiB: touching more takes very long */
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

static size_t samples_of(const struct figure *figure)
{
	if (figure->mebibytes > HUGE)
		return SAMPLES_HUGE;
	return figure->mebibytes >= LARGE ? SAMPLES_LARGE : SAMPLES;
}

static long median(const struct figure *figure, size_t count)
{
	long samples[SAMPLES];

	for (size_t i = 0; i < count; i++) {
		samples[i] = figure->sample(figure->mebibytes);
		if (samples[i] < 0)
			return NO_SAMPLE;
	}
	qsort(samples, count, sizeof(samples[0]), compare);
	return samples[count / 2];
}

/* A quarter more than is touched must be free, for page tables and all other processes. */
static bool fits(const struct figure *figure)
{
	unsigned long wanted = figure->mebibytes * MIB / PAGE_BYTES * 5 / 4;
	long free = wanted ? memory_free_pages() : -1;

	return free < 0 || wanted <= (unsigned long)free;
}

static bool selected(const struct figure *figure, int count, char **keys)
{
	for (int i = 0; i < count; i++) {
		if (strcmp(keys[i], figure->key) == 0)
			return true;
	}
	return count == 0;
}

/* samples: of each figure; 0: as many as its size allows. */
static void run_figures(const struct figure *figures, size_t count, size_t samples, bool human,
	int key_count, char **keys)
{
	for (size_t i = 0; i < count; i++) {
		const struct figure *figure = &figures[i];
		if (!selected(figure, key_count, keys) || !fits(figure))
			continue;
		long number = median(figure, samples ? samples : samples_of(figure));
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
	bool human = false;
	bool large_pages = false;
	bool storms = false;
	int option;

	while ((option = getopt(argc, argv, "hst")) != -1) {
		human |= option == 'h';
		large_pages |= option == 't';
		storms |= option == 's';
		if (option == '?')
			return 2;
	}
	prctl(PR_SET_THP_DISABLE, !large_pages, 0, 0, 0);
	measure_clock();
	argc -= optind;
	argv += optind;
	if (storms) {
		run_figures(storm_figures, storm_figure_count, 1, human, argc, argv);
		return 0;
	}
	run_figures(call_figures, call_figure_count, 0, human, argc, argv);
	run_figures(memory_figures, memory_figure_count, 0, human, argc, argv);
	return 0;
}
