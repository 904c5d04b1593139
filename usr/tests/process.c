/* Children, gates between processes, and time: the building blocks of the cases. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "usr/tests/tap.h"

#define MILLISECONDS_PER_SECOND     1000
#define NANOSECONDS_PER_MILLISECOND 1000000
#define NANOSECONDS_PER_SECOND      1000000000ul
#define SLEEP_TRIES                 20000 /* milliseconds, until a process sleeps */
#define LIFE_BEFORE_KILL            10    /* milliseconds */
#define KILL_TRIES                  10    /* as the host may pause */

void tap_copy_program(const char *name, unsigned int mode, unsigned int user, unsigned int group)
{
	static char buffer[1 << 16];
	int from = open(tap_program(), O_RDONLY);
	int to = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ssize_t size;

	CHECK(from >= 0 && to >= 0);
	while ((size = read(from, buffer, sizeof(buffer))) > 0)
		CHECK_EQUAL(write(to, buffer, (size_t)size), size);
	close(from);
	close(to);
	CHECK(chown(name, user, group) == 0); /* before the mode, as it may clear bits of that */
	CHECK(chmod(name, mode) == 0);
}

int tap_fork(void)
{
	int pid = fork();

	if (pid < 0)
		FAIL("fork: errno %d", errno);
	return pid;
}

int tap_wait(int pid)
{
	int status = 0;
	int waited = waitpid(pid, &status, 0);

	if (waited != pid)
		FAIL("waitpid(%d) gave %d, errno %d", pid, waited, errno);
	return status;
}

void tap_join(int pid)
{
	int status = tap_wait(pid);

	if (WIFSIGNALED(status))
		FAIL("child killed by signal %d", WTERMSIG(status));
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		FAIL("child has status %#x", (unsigned int)status);
}

void tap_join_killed(int pid, int signal)
{
	int status = tap_wait(pid);

	if (!WIFSIGNALED(status) || WTERMSIG(status) != signal)
		FAIL("child has status %#x, not signal %d", (unsigned int)status, signal);
}

int tap_in_child(void (*body)(void *), void *argument)
{
	int pid = tap_fork();

	if (pid == 0) {
		body(argument);
		_exit(0);
	}
	return tap_wait(pid);
}

unsigned long tap_life_of(void (*body)(void), bool killed)
{
	unsigned long start = now_nanoseconds();
	struct gate begun;
	int pid;

	gate_init(&begun);
	pid = tap_fork();
	if (pid == 0) {
		gate_open(&begun);
		body();
		_exit(0);
	}
	gate_wait(&begun);
	gate_close(&begun);
	if (killed) {
		sleep_milliseconds(LIFE_BEFORE_KILL);
		CHECK(kill(pid, SIGKILL) == 0);
	}
	int status = tap_wait(pid);

	if (status != 0 && !(killed && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL))
		FAIL("child has status %#x", (unsigned int)status);
	return now_nanoseconds() - start;
}

void tap_check_killable(void (*body)(void))
{
	unsigned long whole = ~0ul, part = ~0ul;

	for (int i = 0; i < KILL_TRIES; i++) {
		unsigned long life = tap_life_of(body, false);

		whole = life < whole ? life : whole;
		life = tap_life_of(body, true);
		part = life < part ? life : part;
		if (part < whole / 2)
			return;
	}
	FAIL("%lu us, and %lu us when it is killed", whole / 1000, part / 1000);
}

static void wait_until_asleep(const char *path)
{
	char text[128];

	for (int i = 0; i < SLEEP_TRIES; i++) {
		int file = open(path, O_RDONLY);
		ssize_t size = read(file, text, sizeof(text) - 1);

		close(file);
		if (size <= 0)
			FAIL("%s is gone", path);
		text[size] = '\0';
		if (strstr(text, ") S ") != NULL)
			return;
		sleep_milliseconds(1);
	}
	FAIL("%s: does not sleep", path);
}

void tap_wait_until_asleep(int pid)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	wait_until_asleep(path);
}

void tap_wait_until_thread_sleeps(unsigned int tid)
{
	char path[48];

	snprintf(path, sizeof(path), "/proc/self/task/%u/stat", tid);
	wait_until_asleep(path);
}

void gate_init(struct gate *gate)
{
	if (pipe(gate->ends) < 0)
		FAIL("pipe: errno %d", errno);
}

void gate_open(struct gate *gate)
{
	char token = 'g';

	if (write(gate->ends[1], &token, 1) != 1)
		FAIL("gate_open: errno %d", errno);
}

void gate_wait(struct gate *gate)
{
	char token;
	ssize_t count = read(gate->ends[0], &token, 1);

	if (count != 1)
		FAIL("gate_wait: read gave %ld, errno %d", (long)count, errno);
}

void gate_close(struct gate *gate)
{
	close(gate->ends[0]);
	close(gate->ends[1]);
}

void sleep_milliseconds(unsigned int milliseconds)
{
	struct timespec left = {
		.tv_sec = milliseconds / MILLISECONDS_PER_SECOND,
		.tv_nsec = (long)(milliseconds % MILLISECONDS_PER_SECOND) *
			NANOSECONDS_PER_MILLISECOND,
	};

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		continue;
}

unsigned long now_nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (unsigned long)now.tv_sec * NANOSECONDS_PER_SECOND + (unsigned long)now.tv_nsec;
}
