/*
 * stress [-c N] [-m N] [-b MIB] [-f N] [-t SECONDS]: keeps the machine busy with N workers that
 * spin (-c), that touch MIB (16) of memory over and over and check what they wrote (-m), and that
 * fork children which write to copy-on-write memory (-f). After SECONDS (10) they are stopped;
 * the exit status tells whether one of them found something wrong.
 */
#include <err.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE      4096UL
#define COW_PAGES 64

static size_t memory_size = 16UL << 20;

static unsigned long *allocate(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		err(EXIT_FAILURE, "mmap of %zu bytes", size);
	return memory;
}

static void spin(void)
{
	volatile unsigned long counter = 0;

	for (;;)
		counter++;
}

/* Writes a number into every page, then looks whether all are still there. */
static void write_and_check(unsigned long *memory, size_t size, unsigned long seed)
{
	size_t step = PAGE / sizeof(*memory), count = size / sizeof(*memory);

	for (size_t i = 0; i < count; i += step)
		memory[i] = seed + i;
	for (size_t i = 0; i < count; i += step)
		if (memory[i] != seed + i)
			errx(EXIT_FAILURE, "memory changed at %p: %lu instead of %lu",
				(void *)&memory[i], memory[i], seed + i);
}

static void touch(void)
{
	for (unsigned long round = 1;; round++) {
		unsigned long *memory = allocate(memory_size);

		write_and_check(memory, memory_size, round);
		munmap(memory, memory_size);
	}
}

static void fork_and_write(void)
{
	size_t size = COW_PAGES * PAGE;
	unsigned long *memory = allocate(size);

	for (unsigned long round = 1;; round++) {
		int status;
		pid_t child;

		write_and_check(memory, size, round);
		child = fork();
		if (child == 0) {
			write_and_check(memory, size, ~round);
			_exit(0);
		}
		if (child < 0)
			continue; /* no memory or no process left just now: that is stress too */
		write_and_check(memory, size, round + 1);
		if (waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status))
			exit(EXIT_FAILURE);
	}
}

static int start_workers(int count, void (*work)(void), pid_t group)
{
	for (int i = 0; i < count; i++) {
		pid_t child = fork();

		if (child < 0)
			err(EXIT_FAILURE, "fork");
		if (child == 0) {
			setpgid(0, group);
			work();
		}
	}
	return count;
}

/* Starts a group leader for the workers, so that one signal reaches them and their children. */
static pid_t start_group(void)
{
	pid_t leader = fork();

	if (leader < 0)
		err(EXIT_FAILURE, "fork");
	if (leader == 0) {
		setpgid(0, 0);
		for (;;)
			sleep(1);
	}
	setpgid(leader, leader);
	return leader;
}

int main(int argc, char **argv)
{
	int spinners = 0, touchers = 0, forkers = 0, seconds = 10, option, status, workers;
	bool failed = false;
	pid_t group;

	while ((option = getopt(argc, argv, "c:m:b:f:t:")) != -1) {
		switch (option) {
		case 'c':
			spinners = atoi(optarg);
			break;
		case 'm':
			touchers = atoi(optarg);
			break;
		case 'b':
			memory_size = strtoul(optarg, NULL, 10) << 20;
			break;
		case 'f':
			forkers = atoi(optarg);
			break;
		case 't':
			seconds = atoi(optarg);
			break;
		default:
			return EXIT_FAILURE;
		}
	}
	if (!spinners && !touchers && !forkers)
		spinners = touchers = forkers = 1;

	group = start_group();
	workers = start_workers(spinners, spin, group);
	workers += start_workers(touchers, touch, group);
	workers += start_workers(forkers, fork_and_write, group);
	printf("stress: %d workers for %d s\n", workers, seconds);
	fflush(stdout);
	sleep(seconds);
	kill(-group, SIGKILL);
	while (wait(&status) > 0)
		failed |= WIFEXITED(status) || WTERMSIG(status) != SIGKILL;
	puts(failed ? "stress: a worker failed" : "stress: all workers ran to the end");
	return failed;
}
