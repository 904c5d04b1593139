/*
 * Copy-on-write when memory runs out, over and over, and under threads: a child that dirties more
 * memory than there is, copies that must be freed, and a thread that stores while another forks.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "usr/tests/cowtest.h"
#include "usr/tests/memory.h"
#include "usr/tests/thread.h"

#define PARENT_TAG    0x88888888ul
#define CHILD_TAG     0x99999999ul
#define LARGEST_PAGES (2048 * MIB / PAGE_BYTES)
#define COPY_ROUNDS   20
#define THREAD_PAGES  16
#define THREAD_FORKS  200

/* Linux chooses by a score which process to kill for memory; this makes it choose the caller. */
static void volunteer_to_be_killed(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY);

	if (fd < 0)
		return;
	CHECK(write(fd, "1000", 4) == 4);
	close(fd);
}

/* More than half of all that is free: a second copy does not fit. */
static size_t more_than_half(void)
{
	long pages = memory_free_pages();

	CHECK(pages > 0);
	if ((unsigned long)pages > LARGEST_PAGES)
		tap_skip("too much memory to use it up");
	return (size_t)pages * 11 / 20;
}

static void child_dirties_too_much(void)
{
	size_t pages = more_than_half();
	unsigned char *memory = memory_map_pages(pages);

	memory_tag(memory, pages, PARENT_TAG);
	int pid = tap_fork();
	if (pid == 0) {
		volunteer_to_be_killed();
		memory_tag(memory, pages, CHILD_TAG);
		FAIL("%lu pages could be written twice", (unsigned long)pages);
	}
	tap_join_killed(pid, SIGKILL);
	memory_check_tag(memory, pages, PARENT_TAG);
	memory_tag(memory, pages, PARENT_TAG + 1);
	memory_check_tag(memory, pages, PARENT_TAG + 1);
}

/* The same inside a system call: ENOMEM or the kill, but never a half-written parent. */
static void call_dirties_too_much(void)
{
	size_t pages = more_than_half();
	unsigned char *memory = memory_map_pages(pages);
	int zero = open("/dev/zero", O_RDONLY);

	CHECK(zero >= 0);
	memory_tag(memory, pages, PARENT_TAG);
	int pid = tap_fork();
	if (pid == 0) {
		volunteer_to_be_killed();
		for (size_t done = 0; done < pages * PAGE_BYTES;) {
			ssize_t count = read(zero, memory + done, MIB);
			if (count < 0 && errno == ENOMEM)
				kill(getpid(), SIGKILL);
			CHECK(count > 0);
			done += (size_t)count;
		}
		FAIL("%lu pages could be written twice", (unsigned long)pages);
	}
	tap_join_killed(pid, SIGKILL);
	memory_check_tag(memory, pages, PARENT_TAG);
	close(zero);
}

/* Each round copies a quarter of memory: copies that leak would use it up. */
static void copies_are_freed(void)
{
	size_t pages = memory_share_pages(1, 4);
	unsigned char *memory = memory_map_pages(pages);
	struct cow_counts counts;

	memory_tag(memory, pages, PARENT_TAG);
	for (int round = 0; round < COPY_ROUNDS; round++) {
		int pid = tap_fork();
		if (pid == 0) {
			cow_begin(&counts);
			memory_tag(memory, pages, CHILD_TAG);
			cow_check_copied(&counts, pages);
			_exit(0);
		}
		tap_join(pid);
	}
	memory_check_tag(memory, pages, PARENT_TAG);
}

/* What the storing and the forking thread share. */
struct storm {
	volatile unsigned long *memory;
	int stop;
};

/* Stores rising numbers, the same one to every page before the next number. */
static void store_steadily(void *argument)
{
	struct storm *storm = argument;
	const size_t stride = PAGE_BYTES / sizeof(unsigned long);

	for (unsigned long value = 1; !atomic_load_flag(&storm->stop); value++) {
		for (size_t page = 0; page < THREAD_PAGES; page++)
			storm->memory[page * stride] = value;
		if (value % 64 == 0)
			kernel_call(SYS_sched_yield);
	}
}

/* The child's view must be one moment of the parent's, and must not move. */
static void check_frozen(const struct storm *storm)
{
	const size_t stride = PAGE_BYTES / sizeof(unsigned long);
	unsigned long seen[THREAD_PAGES];

	for (size_t page = 0; page < THREAD_PAGES; page++)
		seen[page] = storm->memory[page * stride];
	for (size_t page = 1; page < THREAD_PAGES; page++)
		CHECK(seen[page] <= seen[page - 1] && seen[0] - seen[page] <= 1);
	for (int i = 0; i < 3; i++) {
		kernel_call(SYS_sched_yield);
		for (size_t page = 0; page < THREAD_PAGES; page++)
			CHECK_EQUAL(storm->memory[page * stride], seen[page]);
	}
}

static void thread_stores_while_another_forks(void)
{
	struct storm storm = { .memory = (void *)memory_map_pages(THREAD_PAGES) };
	struct thread thread;
	const unsigned long zero = 0;

	thread_start(&thread, store_steadily, &storm);
	for (unsigned int i = 0; i < THREAD_FORKS * tap_scale(); i++) {
		int pid = (int)thread_fork(&zero, 0);
		CHECK(pid >= 0);
		if (pid == 0) {
			check_frozen(&storm);
			_exit(0);
		}
		tap_join(pid);
	}
	atomic_store_flag(&storm.stop, 1);
	thread_join(&thread);
}

static const struct tap_case cases[] = {
	{ "copies-are-freed", copies_are_freed, 0 },
	{ "thread-stores-while-another-forks", thread_stores_while_another_forks, 0 },
	{ "child-dirties-too-much", child_dirties_too_much, TAP_SLOW },
	{ "call-dirties-too-much", call_dirties_too_much, TAP_SLOW },
};

const struct tap_group cow_limit_group = TAP_GROUP(cases);
