/* Processes: waiting for them, starting programs, groups, and facts about them. */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/abi/capability.h"
#include "lib/abi/hwprobe.h"
#include "usr/tests/memory.h"
#include "usr/tests/posixtest.h"

#define NOBODY      0x3fffffff /* a number that no process has */
#define EXTENSIONS  (RISCV_HWPROBE_IMA_FD | RISCV_HWPROBE_IMA_C)
#define MASK_BYTES  8l
#define NAME_BYTES  16
#define PATIENCE    20000 /* milliseconds */
#define LONG_TIME   60    /* seconds, for which no host pauses */
#define SCRIPT_LINE 256   /* bytes that the kernel reads */

static void no_operation(int signal)
{
	(void)signal;
}

static int start_sleeper(void)
{
	int pid = tap_fork();

	if (pid == 0) {
		for (;;)
			sleep_milliseconds(1000);
	}
	return pid;
}

static void wait_for_states(void)
{
	int pid = start_sleeper(), status;

	GIVES(0, wait4, pid, &status, WNOHANG | WUNTRACED | WCONTINUED, NULL);
	GIVES(0, kill, pid, SIGSTOP);
	GIVES(pid, wait4, -1, &status, WUNTRACED, NULL);
	CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
	GIVES(0, wait4, pid, &status, WNOHANG | WUNTRACED, NULL); /* reported only once */
	GIVES(0, kill, pid, SIGCONT);
	GIVES(pid, wait4, pid, &status, WCONTINUED, NULL);
	CHECK_EQUAL(status, WSTATUS_CONTINUED);
	GIVES(0, kill, pid, SIGTERM);
	GIVES(pid, wait4, pid, &status, 0, NULL);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	GIVES(-ECHILD, wait4, pid, &status, 0, NULL);
}

static void wait_arguments(void)
{
	struct rusage usage;
	int pid = tap_fork(), status;

	if (pid == 0)
		_exit(7);
	GIVES(-ECHILD, wait4, NOBODY, &status, 0, NULL);
	GIVES(-ECHILD, wait4, -NOBODY, &status, 0, NULL);
	GIVES(-ECHILD, wait4, 1, &status, 0, NULL);
	GIVES(-EINVAL, wait4, pid, &status, 0x100, NULL);
	GIVES(-ESRCH, wait4, (int)0x80000000, &status, 0, NULL);
	GIVES(-ECHILD, wait4, pid, &status, WCLONE, NULL); /* it ends with SIGCHLD */
	memset(&usage, -1, sizeof(usage));
	GIVES(pid, wait4, pid, &status, WALL, &usage);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	CHECK(usage.ru_utime.tv_sec >= 0 && usage.ru_utime.tv_sec < LONG_TIME);
	CHECK(usage.ru_minflt > 0);
	pid = tap_fork();
	if (pid == 0)
		_exit(7);
	GIVES(-EFAULT, wait4, pid, BAD_POINTER, 0, NULL);
	GIVES(-ECHILD, wait4, pid, &status, 0, NULL); /* it is gone nevertheless */
}

static void waitid_tells(void)
{
	int pid = start_sleeper();
	siginfo_t info;

	memset(&info, -1, sizeof(info));
	GIVES(0, waitid, P_PID, pid, &info, WEXITED | WNOHANG, NULL);
	CHECK(info.si_signo == 0 && info.si_pid == 0);
	GIVES(0, kill, pid, SIGSTOP);
	GIVES(0, waitid, P_ALL, 0, &info, WSTOPPED, NULL);
	CHECK(info.si_signo == SIGCHLD && info.si_code == CLD_STOPPED);
	CHECK(info.si_status == SIGSTOP && info.si_pid == pid);
	GIVES(0, kill, pid, SIGCONT);
	GIVES(0, waitid, P_PID, pid, &info, WCONTINUED | WNOWAIT, NULL);
	GIVES(0, waitid, P_PID, pid, &info, WCONTINUED, NULL);
	CHECK(info.si_code == CLD_CONTINUED && info.si_status == SIGCONT);
	GIVES(0, kill, pid, SIGKILL);
	GIVES(0, waitid, P_PGID, getpgrp(), &info, WEXITED | WNOWAIT, NULL); /* it stays */
	CHECK(info.si_code == CLD_KILLED && info.si_status == SIGKILL && info.si_pid == pid);
	GIVES(-ECHILD, waitid, P_ALL, 0, &info, WSTOPPED | WCONTINUED, NULL); /* it never will */
	GIVES(0, waitid, P_PGID, 0, NULL, WEXITED, NULL);
	GIVES(-ECHILD, waitid, P_ALL, 0, &info, WEXITED, NULL);
}

static void waitid_errors(void)
{
	int pid = tap_fork();
	siginfo_t info;

	if (pid == 0)
		_exit(0);
	GIVES(-EINVAL, waitid, P_ALL, 0, &info, 0, NULL);
	GIVES(-EINVAL, waitid, P_ALL, 0, &info, WNOHANG, NULL);
	GIVES(-EINVAL, waitid, P_ALL, 0, &info, WEXITED | 0x100, NULL);
	GIVES(-EINVAL, waitid, 77, 0, &info, WEXITED, NULL);
	GIVES(-EINVAL, waitid, P_PID, 0, &info, WEXITED, NULL);
	GIVES(-EINVAL, waitid, P_PID, -1, &info, WEXITED, NULL);
	GIVES(-ECHILD, waitid, P_PID, NOBODY, &info, WEXITED, NULL);
	GIVES(-EFAULT, waitid, P_PID, pid, BAD_POINTER, WEXITED, NULL);
	GIVES(-ECHILD, waitid, P_PID, pid, &info, WEXITED, NULL);
}

static int is_cleared(siginfo_t *info)
{
	const int none = !info->si_signo && !info->si_errno && !info->si_code && !info->si_pid &&
		!info->si_uid && !info->si_status;

	memset(info, -1, sizeof(*info));
	return none;
}

/* Without a result waitid clears its output, and wait4 leaves it as it is. */
static void wait_without_result(void)
{
	struct rusage usage;
	siginfo_t info;
	int status = -1;

	memset(&info, -1, sizeof(info));
	memset(&usage, -1, sizeof(usage));
	GIVES(-ECHILD, waitid, P_PID, NOBODY, &info, WEXITED, &usage);
	CHECK(is_cleared(&info));
	GIVES(-ECHILD, waitid, P_ALL, 0, &info, WEXITED | WNOHANG, NULL);
	CHECK(is_cleared(&info));
	GIVES(-EINVAL, waitid, P_ALL, 0, &info, 0, NULL);
	CHECK(is_cleared(&info));
	GIVES(-EINVAL, waitid, 77, 0, &info, WEXITED, NULL);
	CHECK(is_cleared(&info));
	GIVES(-EFAULT, waitid, P_ALL, 0, BAD_POINTER, WEXITED, NULL);
	GIVES(-EFAULT, waitid, P_ALL, 0, BAD_POINTER, 0, NULL);
	GIVES(-ECHILD, waitid, P_ALL, 0, NULL, WEXITED, BAD_POINTER);
	GIVES(-ECHILD, wait4, -1, &status, 0, &usage);
	GIVES(-ECHILD, wait4, -1, BAD_POINTER, 0, BAD_POINTER);
	CHECK(status == -1 && usage.ru_utime.tv_sec == -1 && usage.ru_nivcsw == -1);
}

static void groups_and_sessions(void)
{
	int self = getpid(), pid = start_sleeper();

	GIVES(-EINVAL, setpgid, pid, -1);
	GIVES(-ESRCH, setpgid, NOBODY, 0);
	GIVES(-ESRCH, setpgid, 1, 0); /* no child */
	GIVES(-EPERM, setpgid, pid, NOBODY);
	GIVES(0, setpgid, pid, 0);
	GIVES(pid, getpgid, pid);
	GIVES(0, setpgid, pid, self);
	GIVES(self, getpgid, pid);
	GIVES(-ESRCH, getpgid, NOBODY);
	GIVES(-ESRCH, getsid, NOBODY);
	GIVES(getsid(0), getsid, pid);
	GIVES(-EPERM, setsid); /* leads a group already */
	GIVES(0, kill, pid, SIGKILL);
	tap_join_killed(pid, SIGKILL);
	GIVES(-ESRCH, getpgid, pid);
	GIVES(-EINVAL, setpgid, -1, 0); /* a group of that number */
	GIVES(-EINVAL, setpgid, -1, -1);
	GIVES(-ESRCH, setpgid, -1, 1);
}

static long microseconds(const struct rusage *usage)
{
	return (usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000000 +
		usage->ru_utime.tv_usec + usage->ru_stime.tv_usec;
}

static void used_time(void)
{
	struct rusage before, after;
	struct tms times;
	int pid;

	GIVES(0, getrusage, RUSAGE_SELF, &before);
	for (int i = 0; i < 100; i++)
		*(volatile char *)memory_map_pages(1) = 1;
	while (clock() < CLOCKS_PER_SEC / 20)
		continue;
	GIVES(0, getrusage, RUSAGE_SELF, &after);
	CHECK(after.ru_minflt >= before.ru_minflt + 100);
	CHECK(microseconds(&after) >= 40000);
	GIVES(0, getrusage, RUSAGE_THREAD, &after);
	GIVES(0, getrusage, RUSAGE_CHILDREN, &before);
	CHECK_EQUAL(microseconds(&before), 0);
	pid = tap_fork();
	if (pid == 0) {
		while (clock() < CLOCKS_PER_SEC / 20)
			continue;
		_exit(0);
	}
	tap_join(pid);
	GIVES(0, getrusage, RUSAGE_CHILDREN, &after);
	CHECK(microseconds(&after) >= 40000);
	WORKS(times, &times);
	CHECK(times.tms_utime + times.tms_stime >= 4 && times.tms_cutime + times.tms_cstime >= 4);
	GIVES(-EINVAL, getrusage, 77, &after);
	GIVES(-EFAULT, getrusage, RUSAGE_SELF, BAD_POINTER);
	GIVES(-EFAULT, times, BAD_POINTER);
	WORKS(times, NULL);
}

/* Usage is also reported for a stopped child; that of one never waited for does not count. */
static void used_by_children(void)
{
	struct rusage usage = {};
	int pid = start_sleeper(), status;

	tap_wait_until_asleep(pid);
	GIVES(0, kill, pid, SIGSTOP);
	GIVES(pid, wait4, pid, &status, WUNTRACED, &usage);
	CHECK(usage.ru_minflt > 0);
	GIVES(0, getrusage, RUSAGE_CHILDREN, &usage);
	CHECK_EQUAL(usage.ru_minflt, 0);
	signal(SIGCHLD, SIG_IGN);
	GIVES(0, kill, pid, SIGKILL);
	GIVES(-ECHILD, wait4, pid, &status, 0, NULL);
	GIVES(0, getrusage, RUSAGE_CHILDREN, &usage);
	CHECK_EQUAL(usage.ru_minflt, 0);
}

static void names_of_tasks(void)
{
	char name[NAME_BYTES + 1] = { 0 };

	GIVES(0, prctl, PR_SET_NAME, "a name that is too long");
	GIVES(0, prctl, PR_GET_NAME, name);
	CHECK_EQUAL(strcmp(name, "a name that is "), 0);
	GIVES(-EFAULT, prctl, PR_SET_NAME, BAD_POINTER);
	GIVES(-EFAULT, prctl, PR_GET_NAME, BAD_POINTER);
	GIVES(-EINVAL, prctl, 9999, 0, 0, 0, 0);
	GIVES(-EINVAL, prctl, PR_SET_PDEATHSIG, 65);
	GIVES(-EFAULT, prctl, PR_GET_PDEATHSIG, BAD_POINTER);
}

static void facts_of_machine(void)
{
	struct utsname names;
	struct sysinfo info;
	unsigned char random[64] = { 0 }, none = 0;

	GIVES(0, uname, &names);
	CHECK(strcmp(names.sysname, "Linux") == 0 && strcmp(names.machine, "riscv64") == 0);
	GIVES(-EFAULT, uname, BAD_POINTER);
	GIVES(0, sysinfo, &info);
	CHECK(info.totalram > info.freeram && info.freeram > 0 && info.mem_unit > 0);
	CHECK(info.uptime >= 0 && info.procs > 0 && info.totalswap == 0);
	GIVES(-EFAULT, sysinfo, BAD_POINTER);
	GIVES(sizeof(random), getrandom, random, sizeof(random), 0);
	for (size_t i = 0; i < sizeof(random); i++)
		none |= random[i];
	CHECK(none != 0);
	GIVES(8, getrandom, random, 8, 1); /* GRND_NONBLOCK */
	GIVES(0, getrandom, random, 0, 0);
	GIVES(-EINVAL, getrandom, random, 8, 0x100);
	GIVES(-EFAULT, getrandom, BAD_POINTER, 8, 0);
	GIVES(-EFAULT, sethostname, BAD_POINTER, 4);
	GIVES(-EINVAL, sethostname, "name", 65);
	GIVES(-EINVAL, sethostname, "name", -1);
}

/* The rights and limits of a zombie can still be read. */
static void rights_of_dead(void)
{
	struct capability_header header = { .version = CAPABILITY_VERSION_3 };
	struct capability_data data[CAPABILITY_WORDS] = { { 0, 0, 0 } };
	struct rlimit limit;
	siginfo_t info;
	int pid = tap_fork();

	if (pid == 0)
		_exit(0);
	GIVES(0, waitid, P_PID, pid, &info, WEXITED | WNOWAIT, NULL);
	header.pid = pid;
	GIVES(0, capget, &header, data);
	CHECK(data[0].permitted & 1u << CAP_KILL);
	GIVES(0, prlimit64, pid, RLIMIT_NOFILE, NULL, &limit);
	GIVES(pid, wait4, pid, NULL, 0, NULL);
	GIVES(-ESRCH, capget, &header, data);
	GIVES(-ESRCH, prlimit64, pid, RLIMIT_NOFILE, NULL, &limit);
}

/* A task runs only on the harts that it is given. */
static void affinity(void)
{
	unsigned long all = 0, none = 0;
	unsigned int cpu = 99, node = 99;

	CHECK(WORKS(sched_getaffinity, 0, MASK_BYTES, &all) == MASK_BYTES && (all & 1));
	for (int hart = 0; hart < 64; hart++) {
		unsigned long one = 1ul << hart, told = 0;

		if (!(all & one))
			continue;
		GIVES(0, sched_setaffinity, 0, MASK_BYTES, &one);
		WORKS(sched_getaffinity, 0, MASK_BYTES, &told);
		CHECK_EQUAL(told, one);
		for (int i = 0; i < 10; i++) {
			GIVES(0, getcpu, &cpu, &node, NULL);
			CHECK_EQUAL(cpu, hart);
			CHECK_EQUAL(node, 0);
			GIVES(0, sched_yield);
		}
	}
	GIVES(-EINVAL, sched_setaffinity, 0, MASK_BYTES, &none);
	GIVES(-ESRCH, sched_setaffinity, NOBODY, MASK_BYTES, &all);
	GIVES(-ESRCH, sched_setaffinity, NOBODY, MASK_BYTES, &none);
	GIVES(-EFAULT, sched_setaffinity, 0, MASK_BYTES, BAD_POINTER);
	GIVES(-EINVAL, sched_getaffinity, 0, 4, &all);
	GIVES(-EINVAL, sched_getaffinity, 0, 0, &all);
	GIVES(-ESRCH, sched_getaffinity, NOBODY, MASK_BYTES, &all);
	GIVES(-EFAULT, sched_getaffinity, 0, MASK_BYTES, BAD_POINTER);
	GIVES(0, getcpu, NULL, NULL, NULL);
	GIVES(-EFAULT, getcpu, BAD_POINTER, NULL, NULL);
}

static void hardware(void)
{
	struct riscv_hwprobe pairs[] = {
		{ RISCV_HWPROBE_KEY_BASE_BEHAVIOR, 0 },
		{ RISCV_HWPROBE_KEY_IMA_EXT_0, 0 },
		{ 999, 7 },
	};
	unsigned int code[] = { 0x00000013 };

	GIVES(0, riscv_hwprobe, pairs, 3, 0, NULL, 0);
	CHECK(pairs[0].value & RISCV_HWPROBE_BASE_BEHAVIOR_IMA);
	CHECK_EQUAL(pairs[1].value & EXTENSIONS, EXTENSIONS);
	CHECK(pairs[2].key == -1 && pairs[2].value == 0);
	GIVES(-EINVAL, riscv_hwprobe, pairs, 3, 0, NULL, 0x100);
	GIVES(-EFAULT, riscv_hwprobe, BAD_POINTER, 1, 0, NULL, 0);
	GIVES(0, riscv_flush_icache, code, code + 1, 0);
	GIVES(0, riscv_flush_icache, code, code + 1, RISCV_FLUSH_ICACHE_LOCAL);
	GIVES(-EINVAL, riscv_flush_icache, code, code + 1, 2);
}

/* Bad programs and bad arguments: the caller goes on unchanged. */
static void exec_errors(void)
{
	char *const arguments[] = { "x", NULL }, *const bad[] = { BAD_POINTER, NULL };
	int script = posix_file("script", "#!missing\n"), empty = posix_file("empty", "");

	CHECK(fchmod(script, 0755) == 0 && fchmod(empty, 0755) == 0);
	close(script);
	close(empty);
	GIVES(-ENOENT, execve, "script", arguments, NULL);
	GIVES(-ENOEXEC, execve, "empty", arguments, NULL);
	GIVES(-EACCES, execve, "/proc/self/status", arguments, NULL);
	GIVES(-EFAULT, execve, "/bin/nop", BAD_POINTER, NULL);
	GIVES(-EFAULT, execve, "/bin/nop", bad, NULL);
	GIVES(-EFAULT, execve, "/bin/nop", arguments, BAD_POINTER);
}

/* A first line that does not fit: a name that is cut off would be another interpreter's. */
static void script_lines_too_long(void)
{
	char *arguments[] = { "script", NULL }, *environment[] = { NULL };
	char line[SCRIPT_LINE * 2];

	memset(line, 'x', sizeof(line));
	memcpy(line, "#!", 2);
	line[sizeof(line) - 1] = '\0';
	close(posix_file("script", line));
	close(posix_file("short", "#!missing"));
	CHECK(chmod("script", DIRECTORY_MODE) == 0 && chmod("short", DIRECTORY_MODE) == 0);
	GIVES(-ENOEXEC, execve, "script", arguments, environment);
	line[SCRIPT_LINE - 2] = '\n'; /* the line's end is read */
	close(posix_file("script", line));
	GIVES(-ENOENT, execve, "script", arguments, environment);
	memcpy(line, "#!missing x", 11); /* what is cut off is an argument */
	line[SCRIPT_LINE - 2] = 'x';
	close(posix_file("script", line));
	GIVES(-ENOENT, execve, "script", arguments, environment);
	memset(line + 2, ' ', SCRIPT_LINE - 2);
	close(posix_file("script", line));
	GIVES(-ENOEXEC, execve, "script", arguments, environment);
	GIVES(-ENOENT, execve, "short", arguments, environment);
}

/* NOLINTBEGIN(clang-analyzer-*): these cases test what a child of vfork() should not do. */

/*
 * vfork()'s parent waits until the child calls exec, and no longer: the new program reads until the
 * parent closes the other end. Before exec the two share their memory, but not the table of files.
 */
static void vfork_until_exec(void)
{
	const char *cat = tap_sibling("cat");
	volatile bool child_ran = false;
	int ends[2], pid, status;

	GIVES(0, pipe2, ends, O_CLOEXEC);
	pid = vfork();
	if (pid == 0) {
		child_ran = true;
		dup2(ends[0], STDIN_FILENO);
		execl(cat, "cat", NULL);
		_exit(1);
	}
	CHECK(pid > 0 && child_ran);
	GIVES(0, wait4, pid, &status, WNOHANG, NULL);
	GIVES(0, close, ends[1]);
	tap_join(pid);
}

/* The same when the child does not call exec, but ends. */
static void vfork_until_exit(void)
{
	volatile int steps = 0;
	int pid = vfork();

	if (pid == 0) {
		sleep_milliseconds(20);
		steps = 1;
		_exit(0);
	}
	CHECK(pid > 0 && steps == 1);
	tap_join(pid);
}

/* A fatal signal kills the waiting parent at once, and not only after the child has ended. */
static void vfork_parent_dies(void)
{
	int ends[2], pid;
	char byte;

	GIVES(0, pipe2, ends, O_NONBLOCK);
	pid = tap_fork();
	if (pid == 0 && vfork() == 0) {
		kill(getppid(), SIGTERM);
		sleep_milliseconds(PATIENCE);
		(void)!write(ends[1], "x", 1);
		_exit(0);
	}
	tap_join_killed(pid, SIGTERM);
	GIVES(-EAGAIN, read, ends[0], &byte, 1);
}

/* setpgid() for a child that has left the session fails with EPERM, even after the child's exec. */
static void group_of_child(void)
{
	const char *cat = tap_sibling("cat");
	int ends[2], pid;

	for (int leaves = 0; leaves < 2; leaves++) {
		GIVES(0, pipe2, ends, 0);
		pid = vfork();
		if (pid == 0) {
			if (leaves)
				setsid();
			dup2(ends[0], STDIN_FILENO);
			close(ends[1]);
			execl(cat, "cat", NULL);
			_exit(1);
		}
		/* On Linux the vfork is over a little before the exec is. */
		tap_wait_until_asleep(pid);
		GIVES(leaves ? -EPERM : -EACCES, setpgid, pid, 0);
		GIVES(0, close, ends[1]);
		tap_join(pid);
	}
}

/* NOLINTEND(clang-analyzer-*) */

/* vfork() also waits when the child is the caller's sibling: the waiting task is not its parent. */
static void vfork_of_sibling(void)
{
	int pid = tap_fork(), status;

	if (pid == 0) {
		long sibling = WORKS(clone, CLONE_VFORK | CLONE_PARENT, NULL, NULL, 0, NULL);

		if (sibling == 0)
			sleep_milliseconds(20);
		_exit(0);
	}
	tap_join(pid);
	WORKS(wait4, -1, &status, 0, NULL);
	CHECK_EQUAL(status, 0);
}

/* Process 1 waits for orphans, whatever signal their parent wanted at their end. */
static void orphan_is_waited_for(void)
{
	int ends[2], orphan = 0;
	int pid;

	CHECK(pipe(ends) == 0);
	pid = tap_fork();
	if (pid == 0) {
		orphan = (int)WORKS(clone, SIGUSR1, NULL, NULL, 0, NULL);
		if (orphan == 0)
			sleep_milliseconds(20);
		else
			CHECK(write(ends[1], &orphan, sizeof(orphan)) == sizeof(orphan));
		_exit(0);
	}
	tap_join(pid);
	CHECK(read(ends[0], &orphan, sizeof(orphan)) == sizeof(orphan));
	for (int i = 0; i < PATIENCE && kill(orphan, 0) == 0; i++)
		sleep_milliseconds(1);
	GIVES(-ESRCH, kill, orphan, 0);
}

/* Makes scripts each of which has the next one as its interpreter; the last one's is a program. */
static void make_scripts(int number)
{
	char name[NAME_BYTES], line[2 * NAME_BYTES];

	for (int i = 1; i <= number; i++) {
		snprintf(name, sizeof(name), "%d", i);
		snprintf(line, sizeof(line), "#!%d\n", i + 1);
		close(posix_file(name, i < number ? line : "#!/bin/nop\n"));
		CHECK(chmod(name, DIRECTORY_MODE) == 0);
	}
}

/* Five scripts in a row are allowed, but not six, nor two that are each other's interpreter. */
static void scripts_without_end(void)
{
	char *arguments[] = { "first", NULL }, *environment[] = { NULL };
	int pid = tap_fork();

	if (pid == 0) {
		make_scripts(5);
		GIVES(0, execve, "1", arguments, environment);
	}
	tap_join(pid);
	make_scripts(6);
	GIVES(-ELOOP, execve, "1", arguments, environment);

	close(posix_file("first", "#!./second\n"));
	close(posix_file("second", "#!./first\n"));
	CHECK(chmod("first", DIRECTORY_MODE) == 0 && chmod("second", DIRECTORY_MODE) == 0);
	GIVES(-ELOOP, execve, "first", arguments, environment);
}

static void clone3_makes_processes(void)
{
	struct {
		struct clone_args known;
		long more;
	} args = { .known = { .flags = CLONE_PARENT_SETTID, .exit_signal = SIGCHLD } };
	static char page[PAGE_BYTES + 8];
	int number = 0;
	long child;

	args.known.parent_tid = (unsigned long)&number;
	child = WORKS(clone3, &args, sizeof(args));
	if (child == 0)
		_exit(7);
	CHECK_EQUAL(number, child);
	CHECK_EQUAL(WEXITSTATUS(tap_wait((int)child)), 7);
	GIVES(-EINVAL, clone3, &args, CLONE_ARGS_SIZE_VER0 - 1);
	GIVES(-E2BIG, clone3, page, sizeof(page));
	GIVES(-EFAULT, clone3, BAD_POINTER, sizeof(args.known));
	args.more = 1;
	GIVES(-E2BIG, clone3, &args, sizeof(args));
	args.known.exit_signal = 65;
	GIVES(-EINVAL, clone3, &args, sizeof(args.known));
	args.known.exit_signal = 0;
	args.known.stack_size = PAGE_BYTES;
	GIVES(-EINVAL, clone3, &args, sizeof(args.known));
	args.known.stack_size = 0;
	args.known.flags = SIGCHLD;
	GIVES(-EINVAL, clone3, &args, sizeof(args.known));
	args.known = (struct clone_args){ .flags = CLONE_PARENT, .exit_signal = SIGCHLD };
	GIVES(-EINVAL, clone3, &args, sizeof(args.known));
}

/* CLONE_CLEAR_SIGHAND: handled signals get their default action, ignored ones stay ignored. */
static void clone3_clears_handlers(void)
{
	const struct clone_args args = { .flags = CLONE_CLEAR_SIGHAND, .exit_signal = SIGCHLD };
	struct sigaction action;
	long child;

	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR2, no_operation);
	child = WORKS(clone3, &args, sizeof(args));
	if (child == 0) {
		CHECK(sigaction(SIGUSR1, NULL, &action) == 0 && action.sa_handler == SIG_IGN);
		CHECK(sigaction(SIGUSR2, NULL, &action) == 0 && action.sa_handler == SIG_DFL);
		_exit(0);
	}
	tap_join((int)child);
}

/* Executes the program in a child; returns its exit status, or the errno if exec fails. */
static int status_of_script(int directory, const char *path, int flags)
{
	const char *const arguments[] = { "x", NULL };
	int pid = tap_fork();

	if (pid == 0)
		_exit((int)-kernel_call(SYS_execveat, directory, path, arguments, NULL, flags));
	return WEXITSTATUS(tap_wait(pid));
}

/* An interpreter opens its script by name, and finds none if exec has closed the descriptor. */
static void script_of_descriptor(void)
{
	int directory = open(".", O_RDONLY | O_CLOEXEC), script;

	close(posix_file("script", "#!/bin/nop\n"));
	CHECK(chmod("script", DIRECTORY_MODE) == 0);
	script = open("script", O_RDONLY | O_CLOEXEC);
	CHECK_EQUAL(status_of_script(script, "", AT_EMPTY_PATH), ENOENT);
	CHECK_EQUAL(status_of_script(directory, "script", 0), ENOENT);
	CHECK_EQUAL(status_of_script(AT_FDCWD, "script", 0), 0);
	CHECK(fcntl(script, F_SETFD, 0) == 0 && fcntl(directory, F_SETFD, 0) == 0);
	CHECK_EQUAL(status_of_script(script, "", AT_EMPTY_PATH), 0);
	CHECK_EQUAL(status_of_script(directory, "script", 0), 0);
}

static void identity(void)
{
	GIVES(getpid(), gettid);
	GIVES(getpid(), set_tid_address, NULL);
	GIVES(-EINVAL, set_robust_list, NULL, 7);
	GIVES(0, set_robust_list, NULL, 24);
	GIVES(0, personality, 0xffffffff);
	GIVES(0, personality, 0);
}

static const struct tap_case cases[] = {
	{ "wait-for-states", wait_for_states, 0 },
	{ "wait-arguments", wait_arguments, 0 },
	{ "orphan-is-waited-for", orphan_is_waited_for, 0 },
	{ "scripts-without-end", scripts_without_end, 0 },
	{ "clone3-makes-processes", clone3_makes_processes, 0 },
	{ "clone3-clears-handlers", clone3_clears_handlers, 0 },
	{ "waitid-tells", waitid_tells, 0 },
	{ "waitid-errors", waitid_errors, 0 },
	{ "wait-without-result", wait_without_result, 0 },
	{ "groups-and-sessions", groups_and_sessions, 0 },
	{ "group-of-child", group_of_child, 0 },
	{ "used-time", used_time, 0 },
	{ "used-by-children", used_by_children, 0 },
	{ "names-of-tasks", names_of_tasks, 0 },
	{ "facts-of-machine", facts_of_machine, 0 },
	{ "rights-of-dead", rights_of_dead, 0 },
	{ "affinity", affinity, 0 },
	{ "hardware", hardware, 0 },
	{ "exec-errors", exec_errors, 0 },
	{ "script-lines-too-long", script_lines_too_long, 0 },
	{ "script-of-descriptor", script_of_descriptor, 0 },
	{ "vfork-until-exec", vfork_until_exec, 0 },
	{ "vfork-until-exit", vfork_until_exit, 0 },
	{ "vfork-parent-dies", vfork_parent_dies, 0 },
	{ "vfork-of-sibling", vfork_of_sibling, 0 },
	{ "identity", identity, 0 },
};

const struct tap_group posix_process_group = TAP_GROUP(cases);
