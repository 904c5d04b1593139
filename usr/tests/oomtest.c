/*
 * oomtest: every allocation fails, one after another. For n = 1, 2, 3, … the nth allocation of the
 * process fails (/proc/self/fail-nth) while it performs an operation, until the operation needs
 * fewer than n. Each time the operation must fail with ENOMEM or, if the allocation was in a fault, do
 * without (there is memory when the program tries again) or die of SIGKILL; afterwards it must work
 * again, and nothing may have leaked: the ledger agrees, and as many pages are free as before.
 *
 * oomtest --as-init, as process 1: many other processes hold all memory, each a little of it, and then
 * process 1 needs some itself (tests/boot.py).
 */
#include "usr/tests/oomtest.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

#include "usr/tests/memory.h"
#include "usr/tests/tap.h"

#define FAIL_NTH       "/proc/self/fail-nth"
#define NTH_MAX        2000 /* no operation here needs so many allocations */
#define OPERATIONS_MAX 64
#define REPEATS        64 /* as many objects of 64 bytes as a page has */
#define SETTLE_TRIES   2000
#define SETTLE_PAUSE   10 /* milliseconds */

#define AS_INIT       "--as-init"
#define HOLDERS       400
#define HELD_BYTES    (1ul << 20) /* a small part of 256 MiB */
#define WANTED_BYTES  (12ul << 20)
#define FILLING_PAUSE 1000 /* milliseconds */

/* How the child in which an allocation fails has ended: its exit status. */
enum attempt { NOT_REACHED = 10, FAILED_CLEANLY = 11, DONE_WITHOUT = 12 };

static const struct {
	const struct operation *operations;
	const size_t *count;
} groups[] = {
	{ memory_operations, &memory_operation_count },
	{ file_operations, &file_operation_count },
	{ object_operations, &object_operation_count },
};

#define GROUPS (sizeof(groups) / sizeof(groups[0]))

static const struct operation *operation_named(const char *name)
{
	for (size_t i = 0; i < GROUPS; i++) {
		for (size_t j = 0; j < *groups[i].count; j++) {
			if (strcmp(groups[i].operations[j].name, name) == 0)
				return &groups[i].operations[j];
		}
	}
	FAIL("no operation %s", name);
}

static void undo(const struct operation *operation)
{
	if (operation->undo != NULL)
		operation->undo();
}

/* Performs the operation with no failing allocation. */
static void perform_well(const struct operation *operation)
{
	int error = operation->perform();

	if (error != 0)
		FAIL("%s without a failing allocation: errno %d", operation->name, error);
	undo(operation);
}

static void write_number(int fd, unsigned long number)
{
	char text[24];

	snprintf(text, sizeof(text), "%lu", number);
	if (pwrite(fd, text, strlen(text), 0) != (ssize_t)strlen(text))
		FAIL("%s: errno %d", FAIL_NTH, errno);
}

/* If this write needs an allocation, and that is the one that fails, nothing stays armed either. */
static void disarm(int fd)
{
	if (pwrite(fd, "0", 1, 0) != 1 && errno != ENOMEM)
		FAIL("%s: errno %d", FAIL_NTH, errno);
}

static unsigned long read_number(int fd)
{
	char text[24] = "";

	if (pread(fd, text, sizeof(text) - 1, 0) <= 0)
		FAIL("%s: errno %d", FAIL_NTH, errno);
	return strtoul(text, NULL, 10);
}

/* In a child: performs the operation with its nth allocation failing, and says how that went. */
static enum attempt attempt(const struct operation *operation, unsigned long nth)
{
	if (operation->prepare != NULL)
		operation->prepare();
	int fd = open(FAIL_NTH, O_RDWR | O_CLOEXEC); /* not before: prepare() may have forked */
	CHECK(fd >= 0);
	if (!operation->once)
		perform_well(operation);
	write_number(fd, 0);
	(void)read_number(fd);
	errno = 0; /* break this COW page now: its allocation is not the one to fail */

	write_number(fd, nth);
	int error = operation->perform();
	unsigned long left = read_number(fd);
	disarm(fd);
	if (left != 0) {
		if (error != 0)
			FAIL("errno %d, but no allocation failed", error);
		undo(operation);
		return NOT_REACHED;
	}
	if (error != 0 && error != ENOMEM)
		FAIL("allocation %lu failed: errno %d, not ENOMEM", nth, error);
	undo(operation);
	if (!operation->once)
		perform_well(operation);
	return error == 0 ? DONE_WITHOUT : FAILED_CLEANLY;
}

/* Frames of a process that has been waited for are free; its orphans may still be on their way. */
static void check_memory(const struct operation *operation, unsigned long nth, long before)
{
	long after = 0;

	for (int i = 0; i < SETTLE_TRIES; i++) {
		if (!memory_audit())
			FAIL("%s, allocation %lu: the ledger disagrees", operation->name, nth);
		after = memory_free_pages();
		if (after >= before)
			return;
		sleep_milliseconds(SETTLE_PAUSE);
	}
	FAIL("%s, allocation %lu: %ld pages leaked", operation->name, nth, before - after);
}

/* True while the operation needs at least n allocations. */
static bool fail_nth(const struct operation *operation, unsigned long nth, unsigned long *survived)
{
	int pid = tap_fork();

	if (pid == 0)
		_exit((int)attempt(operation, nth));
	int status = tap_wait(pid);
	if (WIFSIGNALED(status)) {
		if (WTERMSIG(status) != SIGKILL || !operation->may_die)
			FAIL("allocation %lu failed: killed by signal %d", nth, WTERMSIG(status));
		return true;
	}
	int result = WEXITSTATUS(status);
	if (result != NOT_REACHED && result != FAILED_CLEANLY && result != DONE_WITHOUT)
		_exit(1); /* the child has said why */
	*survived += result == DONE_WITHOUT;
	return result != NOT_REACHED;
}

/*
 * One small object that leaks does not show, as its slab exists anyway; as many as fill a slab do. So
 * each allocation fails that often, and memory is checked only afterwards.
 */
static void repeat_failures(const struct operation *operation, unsigned long last, long before)
{
	unsigned long survived = 0;

	for (unsigned long nth = 1; nth <= last; nth++) {
		for (unsigned int i = 0; i < REPEATS * tap_scale(); i++)
			fail_nth(operation, nth, &survived);
		check_memory(operation, nth, before);
	}
}

static void run_operation(void)
{
	const struct operation *operation = operation_named(tap_case_name());
	unsigned long survived = 0;
	unsigned long nth = 1;

	if (access(FAIL_NTH, F_OK) != 0)
		tap_skip("no %s", FAIL_NTH);
	fail_nth(operation, NTH_MAX, &survived); /* what the first time leaves behind */
	CHECK(memory_audit());
	long before = memory_free_pages();
	while (fail_nth(operation, nth, &survived)) {
		check_memory(operation, nth, before);
		nth++;
		CHECK(nth < NTH_MAX);
	}
	check_memory(operation, nth, before);
	repeat_failures(operation, nth - 1, before);
	tap_note("%s: %lu allocations failed, %lu did without", operation->name, nth - 1, survived);
	CHECK(nth > 1); /* an operation without allocations proves nothing */
}

/* In the program that the exec operations start: was the operation's nth allocation reached? */
static enum attempt report_left(void)
{
	int fd = open(FAIL_NTH, O_RDWR | O_CLOEXEC);
	if (fd < 0 && errno == ENOMEM)
		return NOT_REACHED; /* it was this one */
	unsigned long left = read_number(fd);
	return left != 0 ? NOT_REACHED : DONE_WITHOUT;
}

static void take(size_t size)
{
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(memory != MAP_FAILED);
	for (size_t at = 0; at < size; at += PAGE_BYTES)
		memory[at] = 1;
}

/* Process 1 must get its memory, and others be killed for it: without process 1 all would end. */
static int be_init(void)
{
	for (int i = 0; i < HOLDERS; i++) {
		if (fork() == 0) {
			take(HELD_BYTES);
			for (;;)
				pause();
		}
	}
	do
		sleep_milliseconds(FILLING_PAUSE);
	while (memory_free_pages() >= (long)(WANTED_BYTES / PAGE_BYTES));
	take(WANTED_BYTES);
	puts("process 1 has its memory");
	return reboot(RB_POWER_OFF);
}

int main(int argc, char **argv)
{
	static struct tap_case cases[OPERATIONS_MAX];
	size_t count = 0;
	struct tap_group group;
	const struct tap_suite suite = {
		.name = "oomtest",
		.groups = &group,
		.group_count = 1,
		.last_line = "ALL OOM TESTS PASSED",
	};

	if (argc >= 2 && strcmp(argv[1], OOMTEST_REPORT) == 0)
		return (int)report_left();
	if (argc >= 2 && strcmp(argv[1], AS_INIT) == 0)
		return be_init();
	for (size_t i = 0; i < GROUPS; i++) {
		for (size_t j = 0; j < *groups[i].count; j++)
			cases[count++] =
				(struct tap_case){ groups[i].operations[j].name, run_operation, 0 };
	}
	group = (struct tap_group){ cases, count };
	return tap_main(argc, argv, &suite);
}
