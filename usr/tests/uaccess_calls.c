/*
 * The system calls that write to user memory, made without the C library: the list of all of them,
 * and those about files, the clock, a process and the machine.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "usr/tests/tap.h"
#include "usr/tests/thread.h"
#include "usr/tests/uaccess.h"

#define CONTENT_BYTES   100
#define PROC_BYTES      16 /* read from a file under /proc that is longer */
#define SIGNAL_SET      8  /* the kernel's set of 64 signals */
#define SIGNAL_ACTION   24 /* the kernel's struct sigaction */
#define TERMINAL        36 /* the kernel's struct termios */
#define AFFINITY_BYTES  8
#define RANDOM_BYTES    64
#define STATX_BYTES     256
#define STATX_ALL       0xfffu
#define DIRECTORY_BYTES 128
#define PATH_BYTES      512
#define SLEEP_SECONDS   60

/* Made by prepare(), used by make(). */
static int file = -1;
static int pipe_ends[2];
static int child;

static void prepare_file(void)
{
	file = open("content", O_CREAT | O_TRUNC | O_RDWR, 0644);
	CHECK(file >= 0);
	for (int i = 0; i < CONTENT_BYTES; i++) {
		char byte = (char)('0' + i % 10);
		CHECK(write(file, &byte, 1) == 1);
	}
	CHECK(lseek(file, 0, SEEK_SET) == 0);
}

static long make_read(void *out)
{
	return kernel_call(SYS_read, file, out, (long)CONTENT_BYTES);
}

static long make_pread(void *out)
{
	return kernel_call(SYS_pread64, file, out, (long)CONTENT_BYTES - 10, 10l);
}

/* Two pieces, the second of which begins where the first ends. */
static long make_readv(void *out)
{
	struct iovec vector[2] = {
		{ out, CONTENT_BYTES / 2 },
		{ (char *)out + CONTENT_BYTES / 2, CONTENT_BYTES / 2 },
	};

	return kernel_call(SYS_readv, file, vector, 2l);
}

static void prepare_pipe(void)
{
	char content[CONTENT_BYTES];

	memset(content, 'i', sizeof(content));
	CHECK(pipe(pipe_ends) == 0);
	CHECK(write(pipe_ends[1], content, sizeof(content)) == sizeof(content));
}

static long make_read_pipe(void *out)
{
	return kernel_call(SYS_read, pipe_ends[0], out, (long)CONTENT_BYTES);
}

static void prepare_zero(void)
{
	file = open("/dev/zero", O_RDONLY);
	CHECK(file >= 0);
}

static void prepare_proc(void)
{
	file = open("/proc/version", O_RDONLY);
	CHECK(file >= 0);
}

static long make_read_proc(void *out)
{
	return kernel_call(SYS_read, file, out, (long)PROC_BYTES);
}

static long make_pipe2(void *out)
{
	return kernel_call(SYS_pipe2, out, 0l);
}

static long make_fstat(void *out)
{
	return kernel_call(SYS_fstat, file, out);
}

static long make_newfstatat(void *out)
{
	return kernel_call(SYS_newfstatat, (long)AT_FDCWD, "/", out, 0l);
}

static long make_statx(void *out)
{
	return kernel_call(SYS_statx, (long)AT_FDCWD, "/", 0l, (long)STATX_ALL, out);
}

/* Names of four letters: the kernel writes no gap at an entry's end, and theirs have none. */
static void prepare_directory(void)
{
	static const char *const names[] = { "listed/name", "listed/four", "listed/more" };

	mkdir("listed", 0755);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		close(open(names[i], O_CREAT | O_RDWR, 0644));
	file = open("listed", O_RDONLY | O_DIRECTORY);
	CHECK(file >= 0);
}

static long make_getdents64(void *out)
{
	return kernel_call(SYS_getdents64, file, out, (long)DIRECTORY_BYTES);
}

/* The size of such a listing: 5 entries of 24 bytes where the buffer has room. */
static size_t measure_getdents64(void)
{
	char entries[DIRECTORY_BYTES];
	long count;

	prepare_directory();
	count = make_getdents64(entries);
	close(file);
	return count > 0 ? (size_t)count : 0;
}

static void prepare_exited_child(void)
{
	child = tap_fork();
	if (child == 0)
		_exit(7);
}

/* Hides its result, the child's pid, which differs each time. */
static long make_wait4_status(void *out)
{
	long result = kernel_call(SYS_wait4, child, out, 0l, NULL);
	return result == child ? 0 : result;
}

static long make_wait4_rusage(void *out)
{
	long result = kernel_call(SYS_wait4, child, NULL, 0l, out);
	return result == child ? 0 : result;
}

static long make_getcwd(void *out)
{
	return kernel_call(SYS_getcwd, out, (long)PATH_BYTES);
}

static size_t measure_getcwd(void)
{
	char path[PATH_BYTES];

	CHECK(getcwd(path, sizeof(path)) != NULL);
	return strlen(path) + 1;
}

static long make_uname(void *out)
{
	return kernel_call(SYS_uname, out);
}

static long make_clock_gettime(void *out)
{
	return kernel_call(SYS_clock_gettime, (long)CLOCK_MONOTONIC, out);
}

static long make_clock_getres(void *out)
{
	return kernel_call(SYS_clock_getres, (long)CLOCK_MONOTONIC, out);
}

static long make_gettimeofday(void *out)
{
	return kernel_call(SYS_gettimeofday, out, NULL);
}

static void interrupted(int signal)
{
	(void)signal;
}

/* The remaining time is only written when a handler has interrupted the sleep. */
static void prepare_interrupt(void)
{
	struct sigaction action = { .sa_handler = interrupted };
	int parent = getpid();

	if (sigaction(SIGUSR1, &action, NULL) < 0)
		tap_skip("no signal handlers, errno %d", errno);
	child = tap_fork();
	if (child == 0) {
		tap_wait_until_asleep(parent);
		kill(parent, SIGUSR1);
		_exit(0);
	}
}

static long make_nanosleep(void *out)
{
	struct timespec request = { .tv_sec = SLEEP_SECONDS };

	return kernel_call(SYS_nanosleep, &request, out);
}

static long make_times(void *out)
{
	return kernel_call(SYS_times, out);
}

static long make_sysinfo(void *out)
{
	return kernel_call(SYS_sysinfo, out);
}

static void prepare_console(void)
{
	file = open("/dev/console", O_RDWR | O_NOCTTY);
	if (file < 0 || !isatty(file))
		tap_skip("the console is no terminal");
}

static long make_tcgets(void *out)
{
	return kernel_call(SYS_ioctl, file, (long)TCGETS, out);
}

static long make_tiocgwinsz(void *out)
{
	return kernel_call(SYS_ioctl, file, (long)TIOCGWINSZ, out);
}

/* Only the caller's controlling terminal tells which group is in the foreground. */
static void prepare_own_terminal(void)
{
	int master, unlocked = 0;

	if (getsid(0) == getpid())
		return; /* this process has it already */
	master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	CHECK(master >= 0 && ioctl(master, TIOCSPTLCK, &unlocked) == 0);
	file = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY);
	CHECK(file >= 0 && setsid() == getpid() && ioctl(file, TIOCSCTTY, 0) == 0);
}

static long make_tiocgpgrp(void *out)
{
	return kernel_call(SYS_ioctl, file, (long)TIOCGPGRP, out);
}

static long make_getrusage(void *out)
{
	return kernel_call(SYS_getrusage, (long)RUSAGE_SELF, out);
}

static long make_prlimit64(void *out)
{
	return kernel_call(SYS_prlimit64, 0l, (long)RLIMIT_STACK, NULL, out);
}

static long make_getrandom(void *out)
{
	return kernel_call(SYS_getrandom, out, (long)RANDOM_BYTES, 0l);
}

static long make_sigprocmask(void *out)
{
	return kernel_call(SYS_rt_sigprocmask, (long)SIG_BLOCK, NULL, out, (long)SIGNAL_SET);
}

static long make_sigaction(void *out)
{
	return kernel_call(SYS_rt_sigaction, (long)SIGUSR1, NULL, out, (long)SIGNAL_SET);
}

static long make_sched_getattr(void *out)
{
	return kernel_call(SYS_sched_getattr, 0l, out, sizeof(struct sched_attr), 0l);
}

static long make_sched_getaffinity(void *out)
{
	return kernel_call(SYS_sched_getaffinity, 0l, (long)AFFINITY_BYTES, out);
}

static const struct call calls[] = {
	{ "read", CONTENT_BYTES, CALL_STEADY | CALL_SHORT, prepare_file, make_read, NULL },
	{ "read-pipe", CONTENT_BYTES, CALL_STEADY | CALL_SHORT, prepare_pipe, make_read_pipe,
		NULL },
	{ "read-zero", CONTENT_BYTES, CALL_STEADY | CALL_SHORT, prepare_zero, make_read, NULL },
	{ "read-proc", PROC_BYTES, CALL_STEADY | CALL_SHORT, prepare_proc, make_read_proc, NULL },
	{ "pread64", CONTENT_BYTES - 10, CALL_STEADY | CALL_SHORT, prepare_file, make_pread, NULL },
	{ "readv", CONTENT_BYTES, CALL_STEADY | CALL_SHORT, prepare_file, make_readv, NULL },
	{ "pipe2", 2 * sizeof(int), CALL_STEADY, NULL, make_pipe2, NULL },
	{ "fstat", sizeof(struct stat), 0, prepare_file, make_fstat, NULL },
	{ "newfstatat", sizeof(struct stat), CALL_STEADY, NULL, make_newfstatat, NULL },
	{ "statx", STATX_BYTES, CALL_STEADY | CALL_OPTIONAL, NULL, make_statx, NULL },
	/* the gap between a name and the next entry is not written */
	{ "getdents64", 0, CALL_SHORT, prepare_directory, make_getdents64, measure_getdents64 },
	{ "wait4-status", sizeof(int), CALL_STEADY, prepare_exited_child, make_wait4_status, NULL },
	{ "wait4-rusage", sizeof(struct rusage), 0, prepare_exited_child, make_wait4_rusage, NULL },
	{ "getcwd", 0, CALL_STEADY, NULL, make_getcwd, measure_getcwd },
	{ "uname", sizeof(struct utsname), CALL_STEADY, NULL, make_uname, NULL },
	{ "clock_gettime", sizeof(struct timespec), 0, NULL, make_clock_gettime, NULL },
	{ "clock_getres", sizeof(struct timespec), CALL_STEADY, NULL, make_clock_getres, NULL },
	{ "gettimeofday", sizeof(struct timeval), 0, NULL, make_gettimeofday, NULL },
	{ "nanosleep", sizeof(struct timespec), CALL_OPTIONAL, prepare_interrupt, make_nanosleep,
		NULL },
	{ "times", sizeof(struct tms), CALL_TICKS, NULL, make_times, NULL },
	{ "sysinfo", sizeof(struct sysinfo), 0, NULL, make_sysinfo, NULL },
	{ "ioctl-tcgets", TERMINAL, CALL_STEADY, prepare_console, make_tcgets, NULL },
	{ "ioctl-tiocgwinsz", sizeof(struct winsize), CALL_STEADY, prepare_console, make_tiocgwinsz,
		NULL },
	{ "ioctl-tiocgpgrp", sizeof(int), 0, prepare_own_terminal, make_tiocgpgrp, NULL },
	{ "getrusage", sizeof(struct rusage), 0, NULL, make_getrusage, NULL },
	{ "prlimit64", sizeof(struct rlimit), CALL_STEADY, NULL, make_prlimit64, NULL },
	{ "getrandom", RANDOM_BYTES, CALL_SHORT, NULL, make_getrandom, NULL },
	{ "rt_sigprocmask", SIGNAL_SET, CALL_STEADY, NULL, make_sigprocmask, NULL },
	{ "rt_sigaction", SIGNAL_ACTION, CALL_STEADY, NULL, make_sigaction, NULL },
	{ "sched_getattr", sizeof(struct sched_attr), CALL_STEADY, NULL, make_sched_getattr, NULL },
	{ "sched_getaffinity", AFFINITY_BYTES, CALL_STEADY, NULL, make_sched_getaffinity, NULL },
};

static const struct call_table file_calls = CALL_TABLE(calls);

const struct call *call_at(size_t number)
{
	const struct call_table *const tables[] = {
		&file_calls,
		&socket_calls,
		&state_calls,
		&wait_calls,
	};

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		if (number < tables[i]->count)
			return &tables[i]->calls[number];
		number -= tables[i]->count;
	}
	return NULL;
}
