/*
 * usertests: the C library, where it is more than a system call's name.
 */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "usr/tests/usertests.h"

static void push_back(void)
{
	FILE *stream;

	write_file("f", "a", 1);
	stream = fopen("f", "r");
	CHECK(stream);
	CHECK_EQUAL(ungetc('x', stream), 'x');
	CHECK_EQUAL(getc(stream), 'x');
	CHECK_EQUAL(getc(stream), 'a');
	CHECK_EQUAL(getc(stream), EOF);
	CHECK(feof(stream));
	CHECK_EQUAL(ungetc('y', stream), 'y');
	CHECK(!feof(stream));
	CHECK_EQUAL(getc(stream), 'y');
	CHECK_EQUAL(fclose(stream), 0);
}

/* A stream that cannot seek keeps what it has read ahead. */
static void seek_in_pipe(void)
{
	int ends[2];
	FILE *stream;

	CHECK(pipe(ends) == 0 && write(ends[1], "abc", 3) == 3);
	close(ends[1]);
	stream = fdopen(ends[0], "r");
	CHECK_EQUAL(getc(stream), 'a');
	CHECK_ERROR(fseek(stream, 0, SEEK_SET), ESPIPE);
	CHECK_EQUAL(getc(stream), 'b');
	fclose(stream);
}

static void small_pieces(void)
{
	char line[4] = "zzz";
	FILE *stream = fopen("f", "w+");

	CHECK(stream);
	CHECK_EQUAL(fwrite("abc", 0, 5, stream), 0);
	CHECK_EQUAL(fwrite("abcd", 2, 2, stream), 2);
	rewind(stream);
	CHECK(fgets(line, 1, stream) == line && !line[0]);
	CHECK(fgets(line, 3, stream) == line && strcmp(line, "ab") == 0);
	CHECK_EQUAL(ftell(stream), 2);
	CHECK(fgets(line, 4, stream) && strcmp(line, "cd") == 0);
	CHECK(!fgets(line, 4, stream) && feof(stream));
	CHECK_EQUAL(fclose(stream), 0);
}

static void full_device(void)
{
	FILE *stream = fopen("/dev/full", "w");

	CHECK(stream);
	CHECK(fputs("text", stream) >= 0);
	CHECK_ERROR(fflush(stream), ENOSPC);
	CHECK(ferror(stream));
	CHECK_EQUAL(fflush(stream), 0);
	CHECK(fputs("text", stream) >= 0);
	CHECK_ERROR(fclose(stream), ENOSPC);
}

static void parsed_numbers(void)
{
	static const struct {
		const char *text;
		int base;
		long value;
		int length, error;
	} cases[] = {
		{ " \t-0x8000000000000000z", 0, LONG_MIN, 21, 0 },
		{ "9223372036854775807", 10, LONG_MAX, 19, 0 },
		{ "9223372036854775808", 10, LONG_MAX, 19, ERANGE },
		{ "-9223372036854775809", 10, LONG_MIN, 20, ERANGE },
		{ "99999999999999999999999", 10, LONG_MAX, 23, ERANGE },
		{ "0x", 0, 0, 1, 0 },
		{ "0xg", 16, 0, 1, 0 },
		{ "08", 0, 0, 1, 0 },
		{ "-", 10, 0, 0, 0 },
		{ "+-1", 10, 0, 0, 0 },
		{ "zZ", 36, 35 * 36 + 35, 2, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *end;

		tap_place(cases[i].text);
		errno = 0;
		CHECK_EQUAL(strtol(cases[i].text, &end, cases[i].base), cases[i].value);
		CHECK_EQUAL(end - cases[i].text, cases[i].length);
		CHECK_EQUAL(errno, cases[i].error);
	}
	CHECK(strtoul("-1", NULL, 10) == ULONG_MAX);
}

static void printed_numbers(void)
{
	char text[64];

	CHECK_EQUAL(snprintf(text, sizeof(text), "%.0d|%+.3d|%-5d|%05d|%x|%#o|%#x", 0, 7, 8, -9, -1,
			    8, 0),
		32);
	CHECK(strcmp(text, "|+007|8    |-0009|ffffffff|010|0") == 0);
	CHECK_EQUAL(snprintf(text, 4, "%ld", LONG_MIN), 20);
	CHECK(strcmp(text, "-92") == 0);
	CHECK_EQUAL(snprintf(NULL, 0, "%s%%%c", "abc", 'd'), 5);
	CHECK_EQUAL(snprintf(text, sizeof(text), "%.2s|%-4s|%4s|%*d", "abc", "d", "e", -3, 1), 16);
	CHECK(strcmp(text, "ab|d   |   e|1  ") == 0);
}

static void heap_edges(void)
{
	char *memory = malloc(100);

	memset(memory, 'h', 100);
	CHECK(!realloc(memory, SIZE_MAX) && errno == ENOMEM);
	CHECK(!malloc(SIZE_MAX) && !malloc(PTRDIFF_MAX) && !calloc(SIZE_MAX / 2, 3));
	for (size_t size = 100; size < 1000000; size *= 3) {
		memory = realloc(memory, size);
		CHECK(memory && (uintptr_t)memory % 16 == 0);
		for (size_t i = 0; i < 100; i++)
			CHECK_EQUAL(memory[i], 'h');
		memset(memory, 'h', size);
	}
	free(memory);
	free(NULL);
	memory = malloc(0);
	CHECK(memory);
	free(memory);
}

static int by_value(const void *a, const void *b)
{
	return *(const unsigned char *)a - *(const unsigned char *)b;
}

static void sorted(void)
{
	unsigned char bytes[300];

	qsort(bytes, 0, 1, by_value);
	for (size_t count = 1; count <= sizeof(bytes); count++) {
		for (size_t i = 0; i < count; i++)
			bytes[i] = (unsigned char)(rand() % 50);
		qsort(bytes, count, 1, by_value);
		for (size_t i = 1; i < count; i++)
			CHECK(bytes[i - 1] <= bytes[i]);
		CHECK(bsearch(&bytes[count - 1], bytes, count, 1, by_value));
	}
}

static void handled(int signal)
{
	(void)signal;
}

/* abort() ends the process, whatever its action for the signal. */
static void aborted(void)
{
	static void (*const handlers[])(int) = { SIG_DFL, SIG_IGN, handled };

	for (size_t i = 0; i < 6; i++) {
		int pid = tap_fork();

		if (pid == 0) {
			sigset_t blocked;

			sigemptyset(&blocked);
			sigaddset(&blocked, SIGABRT);
			if (i >= 3)
				sigprocmask(SIG_BLOCK, &blocked, NULL);
			signal(SIGABRT, handlers[i % 3]);
			abort();
		}
		tap_join_killed(pid, SIGABRT);
	}
}

static void say_two(void)
{
	write(STDOUT_FILENO, "2", 1);
}

static void say_one(void)
{
	atexit(say_two);
	write(STDOUT_FILENO, "1", 1);
}

/* The function registered last is called first; streams are flushed after all of them. */
static void at_exit(void)
{
	char text[8] = "";
	int ends[2], pid;

	CHECK(pipe(ends) == 0);
	pid = tap_fork();
	if (pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		atexit(say_one);
		printf("3");
		exit(0);
	}
	tap_join(pid);
	CHECK_EQUAL(read(ends[0], text, sizeof(text)), 3);
	CHECK(strcmp(text, "123") == 0);
}

static void jumps(void)
{
	volatile int turns = 0;
	jmp_buf place;
	int value = setjmp(place);

	CHECK_EQUAL(value, turns);
	if (turns++ == 0)
		longjmp(place, 0);
	if (turns == 2)
		longjmp(place, 2);
}

static bool is_set(const char *name, const char *value)
{
	const char *found = getenv(name);

	return found && strcmp(found, value) == 0;
}

static void changed_environment(void)
{
	static char *twice[] = { "A=1", "B=2", "A=3", NULL };

	environ = twice;
	CHECK_EQUAL(unsetenv("A"), 0);
	CHECK(!getenv("A") && is_set("B", "2"));
	CHECK_ERROR(unsetenv(""), EINVAL);
	CHECK_ERROR(unsetenv("B=2"), EINVAL);
	CHECK_ERROR(setenv("C=", "", 1), EINVAL);
	CHECK(setenv("B", "5", 0) == 0 && is_set("B", "2"));
	CHECK(setenv("B", "", 1) == 0 && is_set("B", ""));
	CHECK(system(NULL) != 0);
}

static void many_execl_arguments(void)
{
#define TEN "x", "x", "x", "x", "x", "x", "x", "x", "x", "x"
	int pid = tap_fork();

	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", "exit $#", "name", TEN, TEN, TEN, TEN, TEN, TEN, TEN,
			(char *)NULL);
		_exit(errno);
	}
	int status = tap_wait(pid);
	CHECK(WIFEXITED(status));
	CHECK(WEXITSTATUS(status) == 70 || WEXITSTATUS(status) == E2BIG);
}

static const struct tap_case cases[] = {
	{ "library-push-back", push_back, 0 },
	{ "library-seek-in-pipe", seek_in_pipe, 0 },
	{ "library-small-pieces", small_pieces, 0 },
	{ "library-full-device", full_device, 0 },
	{ "library-parsed-numbers", parsed_numbers, 0 },
	{ "library-printed-numbers", printed_numbers, 0 },
	{ "library-heap-edges", heap_edges, 0 },
	{ "library-sorted", sorted, 0 },
	{ "library-aborted", aborted, 0 },
	{ "library-at-exit", at_exit, 0 },
	{ "library-jumps", jumps, 0 },
	{ "library-environment", changed_environment, 0 },
	{ "library-many-execl-arguments", many_execl_arguments, 0 },
};

const struct tap_group user_library_group = TAP_GROUP(cases);
