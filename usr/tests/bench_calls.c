/* Figures that touch hardly any memory: calls, processes, pipes, signals. */
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "usr/tests/bench.h"

#define NULL_CALLS  10000
#define FORKS       20
#define ROUND_TRIPS 500
#define SIGNALS     1000

static char *no_arguments[] = { "nop", NULL };
static char *no_environment[] = { NULL };

/* getppid() without any C code around it. */
static long sample_null_call(size_t unused)
{
	register long number __asm__("a7") = SYS_getppid;
	register long result __asm__("a0") = 0;

	(void)unused;
	unsigned long start = bench_now();
	for (int i = 0; i < NULL_CALLS; i++)
		__asm__ volatile("" : "+r"(result) : "r"(number) : "memory");
	long loop = bench_since(start);

	start = bench_now();
	for (int i = 0; i < NULL_CALLS; i++)
		__asm__ volatile("ecall" : "+r"(result) : "r"(number) : "memory");
	return (bench_since(start) - loop) / NULL_CALLS;
}

static long sample_fork_exit_wait(size_t unused)
{
	(void)unused;
	unsigned long start = bench_now();
	for (int i = 0; i < FORKS; i++) {
		int pid = bench_fork();
		if (pid == 0)
			_exit(0);
		bench_wait(pid);
	}
	return bench_since(start) / FORKS;
}

static long sample_fork_exec_wait(size_t unused)
{
	(void)unused;
	unsigned long start = bench_now();
	for (int i = 0; i < FORKS; i++) {
		int pid = bench_fork();
		if (pid == 0) {
			execve("/bin/nop", no_arguments, no_environment);
			bench_fail("execve");
		}
		bench_wait(pid);
	}
	return bench_since(start) / FORKS;
}

static long sample_vfork_exec_wait(size_t unused)
{
	(void)unused;
	unsigned long start = bench_now();
	for (int i = 0; i < FORKS; i++) {
		/* NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.vfork): the subject */
		int pid = vfork();
		if (pid < 0)
			return NO_SAMPLE;
		if (pid == 0) {
			execve("/bin/nop", no_arguments, no_environment);
			_exit(1);
		}
		bench_wait(pid);
	}
	return bench_since(start) / FORKS;
}

static void pass_back(int from, int to)
{
	char token;

	while (read(from, &token, 1) == 1) {
		if (write(to, &token, 1) != 1)
			break;
	}
	_exit(0);
}

static long sample_pipe_round_trip(size_t unused)
{
	int there[2];
	int back[2];
	char token = 't';

	(void)unused;
	if (pipe(there) < 0 || pipe(back) < 0)
		bench_fail("pipe");
	int pid = bench_fork();
	if (pid == 0) {
		close(there[1]);
		close(back[0]);
		pass_back(there[0], back[1]);
	}
	close(there[0]);
	close(back[1]);
	unsigned long start = bench_now();
	for (int i = 0; i < ROUND_TRIPS; i++) {
		if (write(there[1], &token, 1) != 1 || read(back[0], &token, 1) != 1)
			bench_fail("round trip");
	}
	long elapsed = bench_since(start);
	close(there[1]);
	close(back[0]);
	bench_wait(pid);
	return elapsed / ROUND_TRIPS;
}

static volatile int signals_seen;

static void count_signal(int signal)
{
	(void)signal;
	signals_seen++;
}

static bool handlers_work(void)
{
	struct sigaction action = { .sa_handler = count_signal };

	if (sigaction(SIGUSR1, &action, NULL) < 0)
		return false;
	signals_seen = 0;
	kill(getpid(), SIGUSR1);
	return signals_seen == 1;
}

static long sample_signal_self(size_t unused)
{
	int self = (int)getpid();

	(void)unused;
	if (!handlers_work())
		return NO_SAMPLE;
	unsigned long start = bench_now();
	for (int i = 0; i < SIGNALS; i++)
		kill(self, SIGUSR1);
	long elapsed = bench_since(start);
	signal(SIGUSR1, SIG_DFL);
	return elapsed / SIGNALS;
}

const struct figure call_figures[] = {
	{ "null-call", "null system call", sample_null_call, 0 },
	{ "fork-exit-wait", "fork + exit + wait, small process", sample_fork_exit_wait, 0 },
	{ "fork-exec-wait", "fork + exec + wait, tiny static program", sample_fork_exec_wait, 0 },
	{ "vfork-exec-wait", "vfork + exec + wait, the same", sample_vfork_exec_wait, 0 },
	{ "pipe-round-trip", "pipe round trip, two processes", sample_pipe_round_trip, 0 },
	{ "signal-self", "signal to self", sample_signal_self, 0 },
};

const size_t call_figure_count = sizeof(call_figures) / sizeof(call_figures[0]);
