/*
 * leaktest: no program sees memory that was not written for it. A kernel with the address sanitizer
 * fills all memory that it allocates with undefined contents, and local variables, with a byte
 * (lib/sanitize.h: UNWRITTEN_BYTE); leaktest looks for two of them in a row in what calls return,
 * in what a signal puts on the stack and in fresh pages. They may be there once by chance, so each
 * call is made several times. On other kernels this passes, but proves little.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "usr/tests/memory.h"
#include "usr/tests/tap.h"
#include "usr/tests/thread.h"
#include "usr/tests/uaccess.h"

#define UNWRITTEN_BYTE 0xaa /* lib/sanitize.h */
#define ROUNDS         4
#define PATH_BYTES     512
#define PARTS_MAX      16 /* parts read of a file */
#define RESULT_BYTES   4096
#define PAGES          16
#define STACK_BELOW    (64 * 1024)

extern char **environ;

/* Shared by all rounds: the places that were unwritten in every one of them. */
static unsigned char *always;

static void begin(void)
{
	always =
		mmap(NULL, RESULT_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(always != MAP_FAILED);
	memset(always, UNWRITTEN_BYTE, RESULT_BYTES);
}

static void look_at(const void *result, size_t size)
{
	const unsigned char *bytes = result;

	for (size_t i = 0; i < RESULT_BYTES; i++) {
		if (i >= size || bytes[i] != UNWRITTEN_BYTE)
			always[i] = 0;
	}
}

static void end(void)
{
	for (size_t i = 0; i + 1 < RESULT_BYTES; i++) {
		if (always[i] == UNWRITTEN_BYTE && always[i + 1] == UNWRITTEN_BYTE)
			FAIL("memory that nobody has written is shown at offset %zu", i);
	}
	munmap(always, RESULT_BYTES);
}

static void make_call(void *argument)
{
	static unsigned char result[RESULT_BYTES];
	const struct call *call = argument;

	if (call->prepare != NULL)
		call->prepare();
	/* Whether or not it fails: a call that fails can leak memory, too. */
	(void)call->make(result);
	look_at(result, sizeof(result));
}

static void check_calls(void)
{
	const struct call *call;

	for (size_t i = 0; (call = call_at(i)) != NULL; i++) {
		tap_place(call->name);
		begin();
		for (int round = 0; round < ROUNDS; round++)
			CHECK_EQUAL(tap_in_child(make_call, (void *)call), 0);
		end();
	}
}

static void on_signal(int number, siginfo_t *information, void *context)
{
	(void)number;
	look_at(information, sizeof(*information));
	/* What lies between the two and behind them was written by the kernel, too. */
	look_at(context, sizeof(ucontext_t));
}

static void check_signal(void)
{
	struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO };

	CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
	begin();
	for (int round = 0; round < ROUNDS; round++)
		CHECK(kill(getpid(), SIGUSR1) == 0);
	end();
}

static void look_at_pages(const unsigned char *start, size_t pages)
{
	for (size_t page = 0; page < pages; page++) {
		begin();
		look_at(start + page * PAGE_BYTES, PAGE_BYTES);
		end();
	}
}

/* The rest of a page made by a write, and pages that were only read. */
static void check_anonymous(void)
{
	unsigned char *start = memory_map_pages(PAGES);

	for (int i = 0; i < PAGES; i += 2)
		start[i * PAGE_BYTES] = 1;
	look_at_pages(start, PAGES);
	CHECK(munmap(start, PAGES * PAGE_BYTES) == 0);
}

static void check_break(void)
{
	unsigned char *start = sbrk(PAGES * PAGE_BYTES);

	CHECK(start != (void *)-1);
	start[1] = 1;
	look_at_pages((unsigned char *)((uintptr_t)start & ~(PAGE_BYTES - 1)), PAGES);
}

/* A hole, and the rest of the last page behind the end of a file. */
static void check_file(void)
{
	static unsigned char bytes[PAGE_BYTES];
	int file = open("hole", O_RDWR | O_CREAT, 0600);

	CHECK(file >= 0);
	CHECK(pwrite(file, "x", 1, (PAGES - 1) * PAGE_BYTES + 1) == 1);
	for (int i = 0; i < PAGES - 1; i += 2) {
		CHECK(pread(file, bytes, PAGE_BYTES, i * PAGE_BYTES) == PAGE_BYTES);
		look_at_pages(bytes, 1);
	}
	unsigned char *start = mmap(NULL, PAGES * PAGE_BYTES, PROT_READ, MAP_SHARED, file, 0);

	CHECK(start != MAP_FAILED);
	look_at_pages(start, PAGES);
	close(file);
}

/* The kernel writes the first words; the rest of the stack consists of fresh pages. */
static void check_stack(void)
{
	const unsigned char *first = (const unsigned char *)environ;
	size_t rest = PAGE_BYTES - (uintptr_t)first % PAGE_BYTES;
	const unsigned char *here = __builtin_frame_address(0);

	begin();
	look_at(first, rest);
	end();
	here -= (uintptr_t)here % PAGE_BYTES + STACK_BELOW;
	look_at_pages(here - PAGES * PAGE_BYTES, PAGES);
}

static void read_all(const char *folder)
{
	static unsigned char text[RESULT_BYTES];
	char path[PATH_BYTES];
	DIR *directory = opendir(folder);

	CHECK(directory != NULL);
	for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		int file = entry->d_type == DT_REG ? open(path, O_RDONLY) : -1;

		if (file < 0)
			continue;
		tap_place(path);
		/* Some have no end, such as the one of all memory. */
		for (int part = 0; part < PARTS_MAX; part++) {
			ssize_t size = read(file, text, sizeof(text));

			if (size <= 0)
				break;
			begin();
			look_at(text, (size_t)size);
			end();
		}
		close(file);
	}
	closedir(directory);
}

static void check_proc(void)
{
	read_all("/proc");
	read_all("/proc/self");
}

/* Names of all lengths, so that there are gaps of all lengths between the entries. */
static void check_directory(void)
{
	static unsigned char entries[RESULT_BYTES];
	char name[] = "abcdefghijklmnop";

	for (size_t length = strlen(name); length > 0; length--) {
		name[length] = '\0';
		close(open(name, O_CREAT | O_WRONLY, 0600));
	}
	int file = open(".", O_RDONLY | O_DIRECTORY);

	begin();
	CHECK(kernel_call(SYS_getdents64, file, entries, (long)sizeof(entries)) > 0);
	look_at(entries, sizeof(entries));
	end();
	close(file);
}

/* Not in the tables of calls, as the memory must hold a lock before it gets the answer. */
static void check_lock(void)
{
	struct flock lock = { .l_type = F_WRLCK };
	int file = open("locked", O_RDWR | O_CREAT, 0600);
	struct gate locked, asked;

	gate_init(&locked);
	gate_init(&asked);
	int pid = tap_fork();

	if (pid == 0) {
		CHECK(fcntl(file, F_SETLK, &lock) == 0);
		gate_open(&locked);
		gate_wait(&asked);
		_exit(0);
	}
	gate_wait(&locked);
	begin();
	for (int round = 0; round < ROUNDS; round++) {
		memset(&lock, 0, sizeof(lock));
		lock.l_type = F_WRLCK;
		CHECK(fcntl(file, F_GETLK, &lock) == 0 && lock.l_pid == pid);
		look_at(&lock, sizeof(lock));
	}
	end();
	gate_open(&asked);
	tap_join(pid);
}

static const struct tap_case cases[] = {
	{ "calls", check_calls, 0 },
	{ "signal", check_signal, 0 },
	{ "anonymous-pages", check_anonymous, 0 },
	{ "break", check_break, 0 },
	{ "file-holes", check_file, 0 },
	{ "first-stack", check_stack, 0 },
	{ "proc", check_proc, 0 },
	{ "directory", check_directory, 0 },
	{ "lock", check_lock, 0 },
};

int main(int argc, char **argv)
{
	const struct tap_group groups[] = { TAP_GROUP(cases) };
	const struct tap_suite suite = {
		.name = "leaktest",
		.groups = groups,
		.group_count = sizeof(groups) / sizeof(groups[0]),
		.last_line = "ALL LEAK TESTS PASSED",
	};

	return tap_main(argc, argv, &suite);
}
