/* execve() with bad and with very large arguments, with bad files, and over and over. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "usr/tests/memory.h"
#include "usr/tests/usertests.h"

#define PROGRAM_MODE    0755
#define PLAIN_MODE      0644
#define FAILING_EXECS   50000
#define FEW_EXECS       2000
#define HUGE_STRING     (1 * MIB)
#define LARGE_STRING    (96 * 1024)
#define MANY_STRINGS    64
#define STRING_BYTES    (100 * 1024) /* each is fine, all of them are not */
#define EMPTY_STRINGS   120000 /* argument or environment: one list of them is fine, two are not */
#define ELF_HEADER_SIZE 64

#define SIGNAL_STACK_SIZE 8192

static char *no_environment[] = { NULL };

/* Executes nop with these strings in a child; returns -1 with errno if exec fails. */
static int execute_in(char **arguments, char **environment)
{
	int failed[2];
	int error = 0;
	const char *nop = tap_sibling("nop");

	CHECK(pipe2(failed, O_CLOEXEC) == 0);
	int pid = tap_fork();
	if (pid == 0) {
		execve(nop, arguments, environment);
		error = errno;
		CHECK(write(failed[1], &error, sizeof(error)) == sizeof(error));
		_exit(0);
	}
	close(failed[1]);
	ssize_t count = read(failed[0], &error, sizeof(error));
	close(failed[0]);
	tap_join(pid);
	errno = error;
	return count == 0 ? 0 : -1;
}

static int execute(char **arguments)
{
	return execute_in(arguments, no_environment);
}

static void exec_bad_arguments(void)
{
	static const unsigned long bad[] = { 0x1234567000, 0x4000000000, 0xffffffc080000000,
		0xffffffffffffffff, 0xfffffffffffffff8 };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char *argument[] = { "nop", (char *)bad[i], NULL };
		CHECK_ERROR(execute((char **)bad[i]), EFAULT);
		CHECK_ERROR(execute(argument), EFAULT);
		CHECK_ERROR(syscall(SYS_execve, tap_sibling("nop"), no_environment, bad[i]),
			EFAULT);
	}
}

static void exec_large_arguments(void)
{
	char *large = (char *)memory_map_pages(HUGE_STRING / PAGE_BYTES);
	char *one[] = { "nop", large, NULL };
	static char *many[MANY_STRINGS + 2];

	memset(large, 'a', HUGE_STRING - 1);
	CHECK_ERROR(execute(one), E2BIG);
	large[LARGE_STRING] = '\0';
	CHECK_EQUAL(execute(one), 0);

	large[STRING_BYTES] = '\0';
	many[0] = "nop";
	for (int i = 1; i <= MANY_STRINGS; i++)
		many[i] = large;
	CHECK_ERROR(execute(many), E2BIG);
	for (int i = 1; i <= MANY_STRINGS; i++)
		many[i] = "short";
	CHECK_EQUAL(execute(many), 0);
}

/* The pointers of both lists count towards the limit. */
static void exec_many_arguments(void)
{
	static char *many[EMPTY_STRINGS + 1];

	for (int i = 0; i < EMPTY_STRINGS; i++)
		many[i] = "";
	CHECK_EQUAL(execute(many), 0);
	CHECK_EQUAL(execute_in(no_environment, many), 0);
	CHECK_ERROR(execute_in(many, many), E2BIG);
}

/* exec refuses a bad file before the caller has lost anything. */
static void exec_bad_files(void)
{
	char junk[ELF_HEADER_SIZE * 4];
	char *arguments[] = { "x", NULL };

	memset(junk, 'j', sizeof(junk));
	write_file("plain", junk, sizeof(junk));
	CHECK_ERROR(execve("plain", arguments, no_environment), EACCES);
	chmod("plain", PROGRAM_MODE);
	CHECK_ERROR(execve("plain", arguments, no_environment), ENOEXEC);
	write_file("empty", "", 0);
	chmod("empty", PROGRAM_MODE);
	CHECK_ERROR(execve("empty", arguments, no_environment), ENOEXEC);
	CHECK_ERROR(execve("absent", arguments, no_environment), ENOENT);
	CHECK_ERROR(execve("plain/below", arguments, no_environment), ENOTDIR);
	CHECK_ERROR(execve("", arguments, no_environment), ENOENT);
	CHECK_ERROR(execve("/", arguments, no_environment), EACCES);
	CHECK_ERROR(execve("/dev/null", arguments, no_environment), EACCES);
}

/*
 * The start of a good program with one byte changed, at every offset of the ELF header and of the
 * program headers: it is refused, killed or run, but the kernel and this process survive.
 */
static void exec_spoiled_headers(void)
{
	static unsigned char program[16 * PAGE_BYTES];
	static const unsigned char values[] = { 0x00, 0x7f, 0xff };
	char *arguments[] = { "spoiled", NULL };
	int in = open(tap_sibling("nop"), O_RDONLY);
	CHECK(in >= 0);
	ssize_t size = read(in, program, sizeof(program));
	close(in);
	CHECK(size > ELF_HEADER_SIZE);

	write_file("spoiled", program, (size_t)size);
	CHECK(chmod("spoiled", PROGRAM_MODE) == 0);
	for (ssize_t offset = 0; offset < 4 * ELF_HEADER_SIZE && offset < size; offset++) {
		for (size_t v = 0; v < sizeof(values); v++) {
			int out = open("spoiled", O_WRONLY);
			CHECK(out >= 0);
			CHECK_EQUAL(pwrite(out, &values[v], 1, offset), 1);
			close(out);
			int pid = tap_fork();
			if (pid == 0) {
				execve("spoiled", arguments, no_environment);
				_exit(0);
			}
			tap_wait(pid);
		}
		int out = open("spoiled", O_WRONLY);
		CHECK_EQUAL(pwrite(out, program + offset, 1, offset), 1);
		close(out);
	}
	int pid = tap_fork();
	if (pid == 0) {
		execve("spoiled", arguments, no_environment);
		FAIL("the restored program cannot be executed, errno %d", errno);
	}
	tap_join(pid);
}

static void fail_execs(int times)
{
	char *arguments[] = { "nop", (char *)0x1234567000, NULL };
	const char *nop = tap_sibling("nop");

	for (int i = 0; i < times; i++) {
		if (execve(nop, arguments, no_environment) != -1 || errno != EFAULT)
			FAIL("exec %d: errno %d", i, errno);
	}
}

static void failing_execs_few(void)
{
	fail_execs(FEW_EXECS);
}

static void failing_execs(void)
{
	fail_execs(FAILING_EXECS);
}

/* The new program has the descriptors that it should have, and its output goes where it was sent. */
static void exec_redirected(void)
{
	char line[64];
	char *arguments[] = { (char *)tap_program(), "-l", NULL };
	int pid = tap_fork();

	if (pid == 0) {
		close(STDOUT_FILENO);
		CHECK_EQUAL(open("listing", O_CREAT | O_WRONLY, PLAIN_MODE), STDOUT_FILENO);
		execve(tap_program(), arguments, no_environment);
		FAIL("execve %s: errno %d", tap_program(), errno);
	}
	tap_join(pid);
	int fd = open("listing", O_RDONLY);
	CHECK(fd >= 0);
	CHECK(read(fd, line, sizeof(line)) == sizeof(line));
	CHECK(memcmp(line, "read-bad-buffer\n", strlen("read-bad-buffer\n")) == 0);
}

static void fill_pipe(int fd)
{
	char bytes[PAGE_BYTES] = { 0 };

	CHECK(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
	while (write(fd, bytes, sizeof(bytes)) > 0)
		continue;
	CHECK(fcntl(fd, F_SETFL, 0) == 0);
}

/*
 * exec closes the descriptor: the reader sees the end of the pipe while the program still runs,
 * which has more output than fits into the other pipe.
 */
static void close_on_exec(void)
{
	int kept[2];
	int closed[2];
	char byte;
	char *arguments[] = { (char *)tap_program(), "-l", NULL };

	CHECK(pipe(kept) == 0);
	CHECK(pipe2(closed, O_CLOEXEC) == 0);
	CHECK_EQUAL(fcntl(kept[1], F_GETFD), 0);
	CHECK_EQUAL(fcntl(closed[1], F_GETFD), FD_CLOEXEC);
	fill_pipe(kept[1]);
	int pid = tap_fork();
	if (pid == 0) {
		dup2(kept[1], STDOUT_FILENO);
		close(kept[1]);
		execve(tap_program(), arguments, no_environment);
		FAIL("execve %s: errno %d", tap_program(), errno);
	}
	close(kept[1]);
	close(closed[1]);
	CHECK_EQUAL(read(closed[0], &byte, 1), 0);
	CHECK_EQUAL(read(kept[0], &byte, 1), 1);
	while (read(kept[0], &byte, 1) == 1)
		continue;
	tap_join(pid);
}

static void handler(int signal)
{
	(void)signal;
}

/* Handlers and their stack belong to the old program; ignored signals stay ignored. */
static void exec_resets_signals(void)
{
	static char stack[SIGNAL_STACK_SIZE];
	const stack_t own = { .ss_sp = stack, .ss_size = sizeof(stack) };
	char *arguments[] = { (char *)tap_program(), EXEC_REPORT, NULL };

	CHECK(sigaltstack(&own, NULL) == 0);
	CHECK(signal(SIGUSR1, handler) != SIG_ERR);
	CHECK(signal(SIGUSR2, SIG_IGN) != SIG_ERR);
	int pid = tap_fork();
	if (pid == 0) {
		execve(tap_program(), arguments, no_environment);
		FAIL("execve %s: errno %d", tap_program(), errno);
	}
	CHECK_EQUAL(tap_wait(pid), 0);
}

int exec_report(void)
{
	struct sigaction first, second;
	stack_t stack;

	if (sigaltstack(NULL, &stack) || sigaction(SIGUSR1, NULL, &first) ||
		sigaction(SIGUSR2, NULL, &second))
		return 1;
	return stack.ss_flags != SS_DISABLE || first.sa_handler != SIG_DFL ||
		second.sa_handler != SIG_IGN;
}

static const struct tap_case cases[] = {
	{ "exec-bad-arguments", exec_bad_arguments, 0 },
	{ "exec-large-arguments", exec_large_arguments, 0 },
	{ "exec-many-arguments", exec_many_arguments, 0 },
	{ "exec-bad-files", exec_bad_files, 0 },
	{ "exec-spoiled-headers", exec_spoiled_headers, 0 },
	{ "failing-execs-2000", failing_execs_few, 0 },
	{ "failing-execs-50000", failing_execs, TAP_SLOW },
	{ "exec-redirected", exec_redirected, 0 },
	{ "close-on-exec", close_on_exec, 0 },
	{ "exec-resets-signals", exec_resets_signals, 0 },
};

const struct tap_group user_exec_group = TAP_GROUP(cases);
