/*
 * Running cases and printing their results. Through a pipe a case reports why it failed or was
 * skipped; its exit status says which. A second child, the watchdog, ends when the time limit is
 * over, so that the harness can wait for both without a signal handler, and sleeps (and touches no
 * memory) while the case may have used up all of it.
 */
#include "usr/tests/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "usr/tests/memory.h"
#include "usr/tests/scratch.h"

#define EXIT_FAILED     1
#define EXIT_SKIPPED    77
#define EXIT_USAGE      2
#define DEFAULT_LIMIT   240 /* seconds for a case */
#define LINE_BYTES      512
#define REASON_BYTES    256
#define SETTLE_ATTEMPTS 1000
#define SETTLE_PAUSE    20 /* milliseconds */

enum outcome { PASSED, FAILED, SKIPPED };

static struct {
	bool quick;
	bool list;
	unsigned int scale;
	unsigned int limit;
	char **names;
	int name_count;
} options = { .scale = 1, .limit = DEFAULT_LIMIT };

static int report_pipe[2] = { -1, -1 };
static const char *case_name;
static const char *place; /* what the reason for a failure begins with, or NULL */
static char program[LINE_BYTES];

unsigned int tap_scale(void)
{
	return options.scale;
}

const char *tap_case_name(void)
{
	return case_name;
}

const char *tap_program(void)
{
	return program;
}

const char *tap_sibling(const char *name)
{
	static char path[LINE_BYTES];
	const char *end = strrchr(program, '/');

	snprintf(path, sizeof(path), "%.*s/%s", (int)(end - program), program, name);
	return path;
}

static void print_line(const char *prefix, const char *format, va_list arguments)
{
	char line[LINE_BYTES];
	size_t length = (size_t)snprintf(line, sizeof(line), "%s", prefix);

	vsnprintf(line + length, sizeof(line) - length - 1, format, arguments);
	length = strlen(line);
	line[length++] = '\n';
	(void)!write(STDOUT_FILENO, line, length);
}

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void say(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_line("", format, arguments);
	va_end(arguments);
}

void tap_note(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_line("# ", format, arguments);
	va_end(arguments);
}

void tap_place(const char *name)
{
	place = name;
}

/*
 * A single write with the terminator, so that reasons from several processes stay apart. A program
 * that runs no cases has no harness to send them to.
 */
static void send_reason(const char *reason)
{
	if (report_pipe[1] < 0)
		tap_note("%s", reason);
	(void)!write(report_pipe[1], reason, strlen(reason) + 1);
}

void tap_fail(const char *file, int line, const char *format, ...)
{
	char reason[REASON_BYTES];
	const char *name = strrchr(file, '/');
	va_list arguments;

	snprintf(reason, sizeof(reason), "%s:%d: %s%s", name != NULL ? name + 1 : file, line,
		place != NULL ? place : "", place != NULL ? ": " : "");
	size_t length = strlen(reason);
	va_start(arguments, format);
	vsnprintf(reason + length, sizeof(reason) - length, format, arguments);
	va_end(arguments);
	send_reason(reason);
	_exit(EXIT_FAILED);
}

void tap_skip(const char *format, ...)
{
	char reason[REASON_BYTES];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	send_reason(reason);
	_exit(EXIT_SKIPPED);
}

/* The first reason that was sent; empty if there is none. Never sleeps, as it sends one itself. */
static void receive_reason(char *reason)
{
	send_reason("");
	ssize_t count = read(report_pipe[0], reason, REASON_BYTES - 1);
	reason[count > 0 ? count : 0] = '\0';
}

static enum outcome outcome_of(int status, char *reason)
{
	receive_reason(reason);
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SKIPPED)
		return SKIPPED;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return PASSED;
	if (WIFSIGNALED(status) && reason[0] == '\0')
		snprintf(reason, REASON_BYTES, "killed by signal %d", WTERMSIG(status));
	else if (reason[0] == '\0')
		snprintf(reason, REASON_BYTES, "wait status %#x", (unsigned int)status);
	return FAILED;
}

static int start_watchdog(void)
{
	int pid = fork();

	if (pid == 0) {
		sleep_milliseconds(options.limit * 1000);
		_exit(0);
	}
	return pid;
}

/*
 * The case does not begin before the watchdog and the harness sleep: what either of them still
 * stored would take memory, while the case may count its pages.
 */
static int start_case(const struct tap_case *test, int watchdog)
{
	int pid = fork();

	if (pid == 0) {
		case_name = test->name;
		setpgid(0, 0);
		tap_wait_until_asleep(watchdog);
		tap_wait_until_asleep(getppid());
		test->run();
		_exit(0);
	}
	return pid;
}

/* Waits until the case ends or its time is over, and returns false in the latter case. */
static bool wait_for_case(int pid, int watchdog, int *status)
{
	bool in_time = true;
	int ended;

	do {
		ended = waitpid(-1, status, 0);
	} while (ended != pid && ended != watchdog);

	if (ended == watchdog) {
		in_time = false;
		kill(-pid, SIGKILL);
		kill(pid, SIGKILL);
		waitpid(pid, status, 0);
	} else {
		kill(-pid, SIGKILL); /* what the case has left running */
		kill(watchdog, SIGKILL);
		waitpid(watchdog, NULL, 0);
	}
	return in_time;
}

static enum outcome run_in_process(const struct tap_case *test, char *reason)
{
	int status = 0;
	int watchdog = start_watchdog();
	int pid = watchdog < 0 ? -1 : start_case(test, watchdog);

	if (pid < 0) {
		snprintf(reason, REASON_BYTES, "the harness cannot fork, errno %d", errno);
		if (watchdog > 0) {
			kill(watchdog, SIGKILL);
			waitpid(watchdog, NULL, 0);
		}
		return FAILED;
	}
	bool in_time = wait_for_case(pid, watchdog, &status);
	if (!in_time) {
		receive_reason(reason); /* why another process of the case ended */
		size_t length = strlen(reason);
		snprintf(reason + length, REASON_BYTES - length, "%snot done after %u s",
			length != 0 ? "; " : "", options.limit);
		return FAILED;
	}
	return outcome_of(status, reason);
}

/*
 * Free pages before the next case: those after the last one's audit, as the harness itself keeps
 * nothing between them. -1: not known.
 */
static long free_before = -1;

/*
 * True when as many pages are free as before, and the ledger agrees. Killed processes may still be
 * on their way out, so this looks several times before it gives up.
 */
static bool memory_is_back(char *reason, unsigned int attempts)
{
	long before = free_before;
	long after = 0;

	free_before = -1;
	for (unsigned int attempt = 0; attempt < attempts; attempt++) {
		if (!memory_audit()) {
			snprintf(reason, REASON_BYTES, "the ledger disagrees");
			return false;
		}
		after = memory_free_pages();
		if (after >= before) {
			free_before = after;
			return true;
		}
		sleep_milliseconds(SETTLE_PAUSE);
	}
	snprintf(reason, REASON_BYTES, "%ld pages are free, there were %ld before", after, before);
	return false;
}

static enum outcome run_case(const struct tap_case *test, char *reason, unsigned int attempts)
{
	reason[0] = '\0';
	if ((test->flags & TAP_COWSLIP) && !memory_has_ledger()) {
		snprintf(reason, REASON_BYTES, "only on Cowslip");
		return SKIPPED;
	}
	if (pipe2(report_pipe, O_CLOEXEC) < 0) {
		snprintf(reason, REASON_BYTES, "the harness has no pipe, errno %d", errno);
		return FAILED;
	}
	receive_reason(reason); /* a pipe may allocate its memory with the first byte */
	if (free_before < 0 && memory_has_ledger() && memory_audit())
		free_before = memory_free_pages();
	enum outcome outcome = run_in_process(test, reason);
	scratch_empty();
	if (outcome == FAILED)
		free_before = -1;
	else if (free_before >= 0 && !memory_is_back(reason, attempts))
		outcome = FAILED;
	close(report_pipe[0]);
	close(report_pipe[1]);
	return outcome;
}

static void print_outcome(unsigned int number, const char *name, enum outcome outcome,
	const char *reason)
{
	if (outcome == PASSED)
		say("ok %u - %s", number, name);
	else if (outcome == SKIPPED)
		say("ok %u - %s # SKIP %s", number, name, reason);
	else
		say("not ok %u - %s # %s", number, name, reason);
}

static bool selected(const struct tap_case *test)
{
	if (options.name_count == 0)
		return !(options.quick && (test->flags & TAP_SLOW));
	for (int i = 0; i < options.name_count; i++) {
		if (strcmp(options.names[i], test->name) == 0)
			return true;
	}
	return false;
}

static void pass(void)
{
}

/* Runs an empty case, so that memory that the harness first touches does not count as a case's. */
static void warm_up(void)
{
	static const struct tap_case nothing = { .name = "nothing", .run = pass };
	char reason[REASON_BYTES];

	for (int i = 0; i < 2; i++) {
		free_before = -1;
		run_case(&nothing, reason, 1);
	}
}

static int run_suite(const struct tap_suite *suite)
{
	char reason[REASON_BYTES];
	unsigned int number = 0;
	unsigned int failures = 0;

	if (!scratch_enter(suite->name)) {
		say("Bail out! no scratch directory, errno %d", errno);
		return EXIT_FAILED;
	}
	warm_up();
	for (size_t g = 0; g < suite->group_count; g++) {
		for (size_t c = 0; c < suite->groups[g].count; c++) {
			const struct tap_case *test = &suite->groups[g].cases[c];
			if (!selected(test))
				continue;
			enum outcome outcome = run_case(test, reason, SETTLE_ATTEMPTS);
			print_outcome(++number, test->name, outcome, reason);
			failures += outcome == FAILED;
		}
	}
	scratch_leave();
	say("1..%u", number);
	if (failures == 0)
		say("%s", suite->last_line);
	else
		say("# %u of %u failed", failures, number);
	return failures == 0 ? 0 : EXIT_FAILED;
}

static void list_cases(const struct tap_suite *suite)
{
	for (size_t g = 0; g < suite->group_count; g++) {
		for (size_t c = 0; c < suite->groups[g].count; c++) {
			const struct tap_case *test = &suite->groups[g].cases[c];
			say("%s%s", test->name, test->flags & TAP_SLOW ? " (slow)" : "");
		}
	}
}

static bool known(const struct tap_suite *suite, const char *name)
{
	for (size_t g = 0; g < suite->group_count; g++) {
		for (size_t c = 0; c < suite->groups[g].count; c++) {
			if (strcmp(suite->groups[g].cases[c].name, name) == 0)
				return true;
		}
	}
	say("# there is no case %s; -l lists them", name);
	return false;
}

static bool parse_options(int argc, char **argv, const struct tap_suite *suite)
{
	int i = 1;

	for (; i < argc && argv[i][0] == '-'; i++) {
		if (strcmp(argv[i], "-q") == 0)
			options.quick = true;
		else if (strcmp(argv[i], "-l") == 0)
			options.list = true;
		else if (strcmp(argv[i], "-s") == 0 && i + 1 < argc)
			options.scale = (unsigned int)strtoul(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "-t") == 0 && i + 1 < argc)
			options.limit = (unsigned int)strtoul(argv[++i], NULL, 10);
		else
			return false;
	}
	options.names = argv + i;
	options.name_count = argc - i;
	for (; i < argc; i++) {
		if (!known(suite, argv[i]))
			return false;
	}
	return options.scale > 0 && options.limit > 0;
}

/* A program found by a shell along its PATH has a plain name; the tests are installed in /bin. */
static void remember_program(const char *name)
{
	char directory[LINE_BYTES / 2];

	if (name[0] == '/')
		snprintf(program, sizeof(program), "%s", name);
	else if (strchr(name, '/') != NULL && getcwd(directory, sizeof(directory)) != NULL)
		snprintf(program, sizeof(program), "%s/%s", directory, name);
	else
		snprintf(program, sizeof(program), "/bin/%s", name);
}

int tap_main(int argc, char **argv, const struct tap_suite *suite)
{
	if (!parse_options(argc, argv, suite)) {
		say("usage: %s [-q] [-l] [-s SCALE] [-t SECONDS] [CASE]...", suite->name);
		return EXIT_USAGE;
	}
	if (options.list) {
		list_cases(suite);
		return 0;
	}
	remember_program(argv[0]);
	return run_suite(suite);
}
