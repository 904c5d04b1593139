/* Stopping and continuing, groups and sessions. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "usr/tests/signaltest.h"

static int start_sleeper(void)
{
	int pid = tap_fork();

	if (pid == 0)
		for (;;)
			pause();
	return pid;
}

static void stop_and_continue(void)
{
	int pid = start_sleeper(), status;
	siginfo_t info;

	for (int i = 0; i < 3; i++) {
		CHECK(kill(pid, i == 0 ? SIGSTOP : SIGTSTP) == 0);
		CHECK_EQUAL(waitpid(pid, &status, WUNTRACED), pid);
		CHECK(WIFSTOPPED(status));
		CHECK_EQUAL(WSTOPSIG(status), i == 0 ? SIGSTOP : SIGTSTP);
		CHECK_EQUAL(waitpid(pid, &status, WUNTRACED | WNOHANG), 0);
		CHECK(kill(pid, SIGCONT) == 0);
		CHECK_EQUAL(waitpid(pid, &status, WCONTINUED), pid);
		CHECK(WIFCONTINUED(status));
		CHECK_EQUAL(waitpid(pid, &status, WCONTINUED | WNOHANG), 0);
	}
	CHECK(kill(pid, SIGSTOP) == 0);
	memset(&info, 0, sizeof(info));
	CHECK(waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOWAIT) == 0);
	CHECK_EQUAL(info.si_code, CLD_STOPPED);
	CHECK_EQUAL(info.si_status, SIGSTOP);
	CHECK(waitid(P_ALL, 0, &info, WSTOPPED) == 0);
	CHECK_EQUAL(info.si_pid, pid);
	CHECK(kill(pid, SIGKILL) == 0);
	tap_join_killed(pid, SIGKILL);
}

/* SIGCONT discards pending stop signals, and the other way round. */
static void stop_cancels_continue(void)
{
	sigset_t pending;

	handle(SIGCONT, record, 0, 0);
	set_mask(SIG_BLOCK, BIT_OF(SIGCONT) | BIT_OF(SIGTSTP));
	CHECK(kill(getpid(), SIGTSTP) == 0);
	CHECK(sigpending(&pending) == 0);
	CHECK_EQUAL(pending.bits, BIT_OF(SIGTSTP));
	CHECK(kill(getpid(), SIGCONT) == 0);
	CHECK(sigpending(&pending) == 0);
	CHECK_EQUAL(pending.bits, BIT_OF(SIGCONT));
	CHECK(kill(getpid(), SIGTSTP) == 0);
	CHECK(sigpending(&pending) == 0);
	CHECK_EQUAL(pending.bits, BIT_OF(SIGTSTP));
	handle(SIGTSTP, SIG_IGN, 0, 0);
	CHECK_EQUAL(handled_count, 0);
}

static void groups(void)
{
	int first = start_sleeper(), second = start_sleeper(), outside = start_sleeper();
	int status;

	CHECK(setpgid(first, 0) == 0);
	CHECK(setpgid(second, first) == 0);
	CHECK_EQUAL(getpgid(first), first);
	CHECK_EQUAL(getpgid(second), first);
	CHECK_EQUAL(getpgid(outside), getpgid(0));
	CHECK_EQUAL(getsid(first), getsid(0));
	CHECK_ERROR(setpgid(outside, 99999999), EPERM);
	CHECK_ERROR(setpgid(1, 1), ESRCH);
	CHECK_ERROR(setpgid(first, -1), EINVAL);
	CHECK_EQUAL(waitpid(-first, &status, WNOHANG), 0);
	CHECK(killpg(first, SIGTERM) == 0);
	for (int i = 0; i < 2; i++) {
		int pid = waitpid(-first, &status, 0);
		CHECK(pid == first || pid == second);
		CHECK_EQUAL(WTERMSIG(status), SIGTERM);
	}
	CHECK_ERROR(waitpid(-first, &status, 0), ECHILD);
	CHECK_ERROR(killpg(first, SIGTERM), ESRCH);
	CHECK_EQUAL(waitpid(outside, &status, WNOHANG), 0);
	CHECK(kill(outside, SIGKILL) == 0);
	tap_join_killed(outside, SIGKILL);
}

static void make_session(void *unused)
{
	(void)unused;
	CHECK_EQUAL(setsid(), getpid());
	CHECK_EQUAL(getsid(0), getpid());
	CHECK_EQUAL(getpgid(0), getpid());
	CHECK_ERROR(setsid(), EPERM);
	CHECK_ERROR(setpgid(0, 0), EPERM);
}

static void sessions(void)
{
	CHECK_EQUAL(tap_in_child(make_session, NULL), 0);
}

/*
 * Makes a child in a group of its own, stops it, and ends. It must be asleep by then: between
 * looking at the count and pause() a signal would go unnoticed.
 */
static void leave_stopped_child(int end)
{
	int status;
	int child = tap_fork();

	if (child == 0) {
		CHECK(setpgid(0, 0) == 0);
		handle(SIGHUP, record, 0, 0);
		while (handled_count == 0)
			pause();
		CHECK_EQUAL(write(end, "x", 1), 1);
		_exit(0);
	}
	tap_wait_until_asleep(child);
	CHECK(kill(child, SIGSTOP) == 0);
	CHECK_EQUAL(waitpid(child, &status, WUNTRACED), child);
	_exit(0);
}

/* A stopped group that loses its last tie to the session gets SIGHUP, and continues. */
static void orphaned_group_is_released(void)
{
	int ends[2];
	char byte;

	CHECK(pipe(ends) == 0);
	int middle = tap_fork();
	if (middle == 0)
		leave_stopped_child(ends[1]);
	close(ends[1]);
	tap_join(middle);
	CHECK_EQUAL(read(ends[0], &byte, 1), 1);
}

static void death_of_parent(void)
{
	int ends[2];
	char byte;

	CHECK(pipe(ends) == 0);
	int middle = tap_fork();
	if (middle == 0) {
		int child = tap_fork();
		if (child == 0) {
			CHECK(prctl(PR_SET_PDEATHSIG, (unsigned long)SIGKILL, 0, 0, 0) == 0);
			CHECK_EQUAL(write(ends[1], "x", 1), 1);
			for (;;)
				pause();
		}
		CHECK_EQUAL(read(ends[0], &byte, 1), 1);
		_exit(0);
	}
	close(ends[1]);
	tap_join(middle);
	CHECK_EQUAL(read(ends[0], &byte, 1), 0); /* the child is gone, and with it the other end */
}

static const struct tap_case cases[] = {
	{ "stop-and-continue", stop_and_continue, 0 },
	{ "stop-cancels-continue", stop_cancels_continue, 0 },
	{ "groups", groups, 0 },
	{ "sessions", sessions, 0 },
	{ "orphaned-group-is-released", orphaned_group_is_released, 0 },
	{ "death-of-parent", death_of_parent, 0 },
};

const struct tap_group signal_stop_group = TAP_GROUP(cases);
