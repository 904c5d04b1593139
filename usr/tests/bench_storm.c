/* Figures of several harts at work, in real time: only the ratio of two kernels means anything. */
#include <errno.h>
#include <unistd.h>

#include "usr/tests/bench.h"
#include "usr/tests/memory.h"
#include "usr/tests/tap.h"
#include "usr/tests/thread.h"

#define WORKERS_MAX     4
#define STORM_FORKS     100 /* by each worker */
#define SERVED          4
#define SERVED_STRIDE   100 /* a child writes one page in so many */
#define THREADS         4
#define PAGES_BY_THREAD 4096ul

static void fork_many(void)
{
	for (int i = 0; i < STORM_FORKS; i++) {
		int pid = bench_fork();
		if (pid == 0)
			_exit(0);
		bench_wait(pid);
	}
}

/* The workers begin once all of them exist. */
static long storm(unsigned int workers)
{
	struct gate ready;
	struct gate go;
	int pids[WORKERS_MAX];

	gate_init(&ready);
	gate_init(&go);
	for (unsigned int i = 0; i < workers; i++) {
		pids[i] = bench_fork();
		if (pids[i] == 0) {
			gate_open(&ready);
			gate_wait(&go);
			fork_many();
			_exit(0);
		}
	}
	for (unsigned int i = 0; i < workers; i++)
		gate_wait(&ready);
	unsigned long start = bench_now();
	for (unsigned int i = 0; i < workers; i++)
		gate_open(&go);
	for (unsigned int i = 0; i < workers; i++)
		bench_wait(pids[i]);
	long elapsed = bench_since(start);
	gate_close(&ready);
	gate_close(&go);
	return elapsed / (long)(workers * STORM_FORKS);
}

static long sample_storm_1(size_t unused)
{
	(void)unused;
	return storm(1);
}

static long sample_storm_2(size_t unused)
{
	(void)unused;
	return storm(2);
}

static long sample_storm_4(size_t unused)
{
	(void)unused;
	return storm(4);
}

/* A server that forks a child for each request; the child changes little of what it inherits. */
static long sample_fork_server(size_t mebibytes)
{
	size_t pages = mebibytes * MIB / PAGE_BYTES;
	unsigned char *memory = memory_map_pages(pages);

	memory_tag(memory, pages, 1);
	unsigned long start = bench_now();
	for (int i = 0; i < SERVED; i++) {
		int pid = bench_fork();
		if (pid == 0) {
			for (size_t page = 0; page < pages; page += SERVED_STRIDE)
				memory_tag(memory + page * PAGE_BYTES, 1, 2);
			_exit(0);
		}
		bench_wait(pid);
	}
	long elapsed = bench_since(start);
	memory_unmap_pages(memory, pages);
	return elapsed / SERVED;
}

static void fault_in(void *memory)
{
	memory_tag(memory, PAGES_BY_THREAD, 1);
}

static long sample_thread_faults(size_t unused)
{
	unsigned char *memory = memory_map_pages(THREADS * PAGES_BY_THREAD);
	struct thread threads[THREADS];

	(void)unused;
	unsigned long start = bench_now();
	for (size_t i = 0; i < THREADS; i++)
		thread_start(&threads[i], fault_in, memory + i * PAGES_BY_THREAD * PAGE_BYTES);
	for (size_t i = 0; i < THREADS; i++)
		thread_join(&threads[i]);
	long elapsed = bench_since(start);
	memory_unmap_pages(memory, THREADS * PAGES_BY_THREAD);
	return elapsed / (long)(THREADS * PAGES_BY_THREAD);
}

const struct figure storm_figures[] = {
	{ "storm-1", "fork + exit + wait, one process doing so", sample_storm_1, 0 },
	{ "storm-2", "fork + exit + wait, two processes doing so", sample_storm_2, 0 },
	{ "storm-4", "fork + exit + wait, four processes doing so", sample_storm_4, 0 },
	{ "fork-server", "child of 256 MiB that writes 1 %", sample_fork_server, 256 },
	{ "thread-faults", "zero-fill fault, four threads at once", sample_thread_faults, 0 },
};

const size_t storm_figure_count = sizeof(storm_figures) / sizeof(storm_figures[0]);
