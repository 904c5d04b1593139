/* Storms of processes: fork bombs, families, executed programs, signals. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "usr/tests/endurance.h"
#include "usr/tests/memory.h"
#include "usr/tests/thread.h"

#define BOMB_USER      2000u /* and up: each worker is a user of its own */
#define BOMB_PROCESSES 24
#define BOMB_TIME      100000000ul /* nanoseconds */
#define CHILDREN       3
#define GENERATIONS    3
#define FAMILY_PAGES   48
#define LEAST_CODE     100 /* of exits; lower ones are the harness's */
#define CODES          100
#define EXECUTED       12
#define ARGUMENT_BYTES 3000
#define QUEUED         150
#define QUEUE_SIGNAL   40

/*
 * As many processes as the user may have, each of which does nothing but fork. They wait for no child; those
 * that are left are killed with the group.
 */
static void bomb(void)
{
	const struct rlimit limit = { BOMB_PROCESSES, BOMB_PROCESSES };
	unsigned int user = BOMB_USER + storm_worker();
	unsigned long end = now_nanoseconds() + BOMB_TIME;

	CHECK(setrlimit(RLIMIT_NPROC, &limit) == 0);
	NEEDS(syscall(SYS_setresuid, user, user, user) == 0);
	while (now_nanoseconds() < end) {
		if (fork() < 0 && errno != EAGAIN)
			NEEDS(false);
	}
}

/* Draws a signal to die of, or an exit status: the wait status that the parent must see. */
static int draw_end(void)
{
	static const int signals[] = { SIGTERM, SIGUSR1, SIGSEGV, SIGABRT };

	if (storm_below(4) == 0)
		return signals[storm_below(sizeof(signals) / sizeof(signals[0]))];
	return STORM_EXIT(LEAST_CODE + storm_below(CODES));
}

static void end_with(int status)
{
	if (WIFSIGNALED(status))
		raise(WTERMSIG(status));
	_exit(WEXITSTATUS(status));
}

/* Parents and children store at the same time; each must find what it has stored, and what it inherited. */
static void raise_family(unsigned char *pages, unsigned long tag, unsigned int generation)
{
	unsigned char *half = pages + FAMILY_PAGES / 2 * PAGE_BYTES;
	int pids[CHILDREN], ends[CHILDREN];

	for (unsigned int i = 0; i < CHILDREN; i++) {
		ends[i] = draw_end();
		pids[i] = storm_fork();
		if (pids[i] != 0)
			continue;
		memory_check_tag(pages, FAMILY_PAGES, tag);
		memory_tag(pages, FAMILY_PAGES, tag + i + 1);
		if (generation > 1)
			raise_family(pages, tag + i + 1, generation - 1);
		else
			memory_check_tag(pages, FAMILY_PAGES, tag + i + 1);
		end_with(ends[i]);
	}
	memory_tag(pages, FAMILY_PAGES / 2, ~tag);
	for (unsigned int i = CHILDREN; i > 0; i--)
		storm_join(pids[i - 1], ends[i - 1]);
	memory_check_tag(pages, FAMILY_PAGES / 2, ~tag);
	memory_check_tag(half, FAMILY_PAGES / 2, tag);
}

static void family(void)
{
	unsigned long tag = storm_random() & ~0xfful;
	unsigned char *pages = memory_map_pages(FAMILY_PAGES);

	memory_tag(pages, FAMILY_PAGES, tag);
	raise_family(pages, tag, GENERATIONS);
}

/* Executes this program again with a long argument, by fork and vfork in turn. */
static void execute(void)
{
	char code[8], padding[ARGUMENT_BYTES];
	char *arguments[] = { (char *)tap_program(), ENDURANCE_EXIT, code, padding, NULL };
	char *environment[] = { NULL };

	memset(padding, 'x', sizeof(padding));
	for (unsigned int i = 0; i < EXECUTED; i++) {
		unsigned int number = (unsigned int)(LEAST_CODE + storm_below(CODES));
		snprintf(code, sizeof(code), "%u", number);
		padding[storm_below(sizeof(padding))] = '\0';
		/* NOLINTNEXTLINE(clang-analyzer-*): vfork() is the subject */
		int pid = i % 2 == 0 ? fork() : vfork();
		if (pid == 0) {
			execve(arguments[0], arguments, environment);
			NEEDS(false);
		}
		NEEDS(pid > 0);
		storm_join(pid, STORM_EXIT(number));
	}
}

static void receive_all(const sigset_t *set)
{
	siginfo_t info;

	for (int i = 0; i < QUEUED; i++) {
		CHECK_EQUAL(sigwaitinfo(set, &info), QUEUE_SIGNAL);
		CHECK_EQUAL(info.si_value.sival_int, i);
		CHECK_EQUAL(info.si_pid, getppid());
	}
	_exit(LEAST_CODE);
}

/* No queued signal is lost, or overtakes another, while their receiver is stopped and continued. */
static void queue_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, QUEUE_SIGNAL);
	CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
	int pid = storm_fork();
	if (pid == 0)
		receive_all(&set);
	for (int i = 0; i < QUEUED; i++) {
		const union sigval value = { .sival_int = i };
		if (storm_below(16) == 0)
			CHECK(kill(pid, SIGSTOP) == 0);
		CHECK(sigqueue(pid, QUEUE_SIGNAL, value) == 0);
		if (storm_below(8) == 0)
			CHECK(kill(pid, SIGCONT) == 0);
	}
	CHECK(kill(pid, SIGCONT) == 0);
	storm_join(pid, STORM_EXIT(LEAST_CODE));
}

const struct storm process_storms[] = {
	{ "bomb", bomb, 2, true },
	{ "family", family, 2, true },
	{ "exec", execute, 2, true },
	{ "signals", queue_signals, 2, false },
};

const unsigned int process_storm_count = sizeof(process_storms) / sizeof(process_storms[0]);
