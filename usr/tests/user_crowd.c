/* Hundreds of processes: exits at the same moment, orphans, trees, and as many as there can be. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "usr/tests/memory.h"
#include "usr/tests/usertests.h"

#define PAIRS         1000
#define PAIRS_QUICK   100
#define ORPHANS       800
#define ORPHANS_QUICK 100
#define REPARENTS     200
#define TREE_FORKS    200
#define MANY_CHILDREN 200
#define BOMB_MAX      4096
#define BOMB_PAGES    64 /* assumed need of a process, where fork must not be driven to fail */
#define BOMB_RECOVERY 50

static void exit_pairs(int times)
{
	for (int i = 0; i < times; i++) {
		int first = tap_fork();
		if (first == 0)
			_exit(0);
		int second = tap_fork();
		if (second == 0)
			_exit(0);
		int one = waitpid(-1, NULL, 0);
		int other = waitpid(-1, NULL, 0);
		CHECK_EQUAL(one + other, first + second);
	}
}

static void simultaneous_exits(void)
{
	exit_pairs(PAIRS);
}

static void simultaneous_exits_few(void)
{
	exit_pairs(PAIRS_QUICK);
}

/* The child leaves two children of its own behind and exits at once. */
static void make_orphans(int times)
{
	for (int i = 0; i < times; i++) {
		int pid = tap_fork();
		if (pid == 0) {
			tap_fork();
			tap_fork();
			_exit(0);
		}
		tap_join(pid);
	}
	CHECK_ERROR(waitpid(-1, NULL, 0), ECHILD);
}

static void orphans(void)
{
	make_orphans(ORPHANS);
}

static void orphans_few(void)
{
	make_orphans(ORPHANS_QUICK);
}

/* Processes exit at the same time as their parents; only its parent can wait for a process. */
static void reparenting(void)
{
	int self = (int)getpid();

	for (int i = 0; i < REPARENTS; i++) {
		int pid = tap_fork();
		if (pid == 0) {
			int child = tap_fork();
			if (child == 0) {
				sched_yield();
				CHECK(getpid() != self);
			}
			_exit(0);
		}
		CHECK_EQUAL(waitpid(-1, NULL, 0), pid);
	}
}

static void tree(void)
{
	for (int i = 0; i < TREE_FORKS; i++) {
		int pid = tap_fork();
		if (pid == 0)
			_exit(0);
		tap_join(pid);
	}
	_exit(0);
}

static void two_trees(void)
{
	int first = tap_fork();
	if (first == 0)
		tree();
	int second = tap_fork();
	if (second == 0)
		tree();
	tap_join(first);
	tap_join(second);
}

/* Children that ended before their parent waits can still be waited for, each once. */
static void wait_reaps_all(void)
{
	for (int i = 0; i < MANY_CHILDREN; i++) {
		if (tap_fork() == 0)
			_exit(i & 1);
	}
	int odd = 0;
	for (int i = 0; i < MANY_CHILDREN; i++) {
		int status = 0;
		CHECK(waitpid(-1, &status, 0) > 0);
		CHECK(WIFEXITED(status));
		odd += WEXITSTATUS(status);
	}
	CHECK_EQUAL(odd, MANY_CHILDREN / 2);
	CHECK_ERROR(waitpid(-1, NULL, 0), ECHILD);
}

/* Children that sleep on the pipe until its last writer, this process, is gone. */
static int fork_until_failure(int limit, const int *ends)
{
	char byte;
	int count = 0;

	while (count < limit) {
		int pid = fork();
		if (pid < 0)
			break;
		if (pid == 0) {
			close(ends[1]);
			(void)!read(ends[0], &byte, 1);
			_exit(0);
		}
		count++;
	}
	return count;
}

static int bomb_limit(void)
{
	long most = memory_free_pages() / BOMB_PAGES;

	return memory_has_ledger() || most > BOMB_MAX ? BOMB_MAX : (int)most;
}

/*
 * As many processes as fork can make (at most BOMB_MAX), which all end when they are released;
 * afterwards fork works again. If memory ran out, some may have been killed for it.
 */
static void fork_bomb(void)
{
	int ends[2];
	int status;

	CHECK(pipe(ends) == 0);
	int limit = bomb_limit();
	int count = fork_until_failure(limit, ends);
	int error = errno;
	if (count < limit)
		CHECK(error == ENOMEM || error == EAGAIN);
	close(ends[1]);
	for (int i = 0; i < count; i++) {
		CHECK(waitpid(-1, &status, 0) > 0);
		CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 0) ||
			(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL));
	}
	CHECK_ERROR(waitpid(-1, NULL, 0), ECHILD);
	for (int i = 0; i < BOMB_RECOVERY; i++) {
		int pid = tap_fork();
		if (pid == 0)
			_exit(0);
		tap_join(pid);
	}
}

/* The same with every process forking in turn: 2^n of them, killed as a group from outside. */
static void fork_tree_killed(void)
{
	struct gate gate;

	gate_init(&gate);
	int pid = tap_fork();
	if (pid == 0) {
		CHECK(setpgid(0, 0) == 0);
		for (int i = 0; i < 6; i++)
			fork();
		gate_open(&gate);
		for (;;)
			sleep_milliseconds(1000);
	}
	for (int i = 0; i < 64; i++)
		gate_wait(&gate);
	CHECK(kill(-pid, SIGKILL) == 0);
	tap_join_killed(pid, SIGKILL);
}

static const struct tap_case cases[] = {
	{ "simultaneous-exits-100", simultaneous_exits_few, 0 },
	{ "simultaneous-exits-1000", simultaneous_exits, TAP_SLOW },
	{ "orphans-100", orphans_few, 0 },
	{ "orphans-800", orphans, TAP_SLOW },
	{ "reparenting", reparenting, 0 },
	{ "two-trees", two_trees, 0 },
	{ "wait-reaps-all", wait_reaps_all, 0 },
	{ "fork-tree-killed", fork_tree_killed, 0 },
	{ "fork-bomb", fork_bomb, TAP_SLOW },
};

const struct tap_group user_crowd_group = TAP_GROUP(cases);
