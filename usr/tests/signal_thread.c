/* Threads of one process: thread-directed signals, exit and exec with others running. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/abi/capability.h"
#include "lib/abi/futex.h"
#include "usr/tests/memory.h"
#include "usr/tests/signaltest.h"
#include "usr/tests/thread.h"
#include "usr/tests/worker.h"

#define SHORT_TIME 30 /* milliseconds */
#define THREADS    4
#define TEXT_BYTES 4096
#define TRIES      10
#define PATIENCE   20000 /* milliseconds, for what takes moments unless the host is busy */

#define EXITED(code) ((code) << 8) /* as a wait status */

static const struct timespec short_time = { 0, SHORT_TIME * 1000000l };

static void tell_numbers(struct worker *worker)
{
	worker->result = kernel_call(SYS_getpid) == getpid() &&
		kernel_call(SYS_gettid) == (long)worker->tid && worker->tid != (uint32_t)getpid();
}

static void threads_come_and_go(void)
{
	struct worker workers[THREADS] = {};

	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < THREADS; i++)
			worker_start(&workers[i], tell_numbers, NULL);
		for (int i = 0; i < THREADS; i++) {
			worker_join(&workers[i]);
			CHECK_EQUAL(workers[i].result, 1);
			workers[i].result = 0;
		}
	}
}

/* result: 1 if a thread may send any si_code to its own tid, but to no other of its process. */
static void pretend(struct worker *worker)
{
	siginfo_t info = { .si_code = SI_USER };
	long process = kernel_call(SYS_getpid), self = kernel_call(SYS_gettid);

	worker->result = kernel_call(SYS_rt_sigqueueinfo, process, 0, &info) == -EPERM &&
		kernel_call(SYS_rt_sigqueueinfo, self, 0, &info) == 0 &&
		kernel_call(SYS_rt_tgsigqueueinfo, process, process, 0, &info) == -EPERM &&
		kernel_call(SYS_rt_tgsigqueueinfo, process, self, 0, &info) == 0;
}

static void threads_pretend(void)
{
	struct worker worker = {};

	worker_start(&worker, pretend, NULL);
	worker_join(&worker);
	CHECK_EQUAL(worker.result, 1);
}

static volatile uint32_t handler_tid;

static void note_thread(int signal)
{
	handler_tid = (uint32_t)kernel_call(SYS_gettid);
	record(signal);
}

static void wait_for_end(struct worker *worker)
{
	long result;

	do {
		result =
			futex(&worker->words[0], FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 0, NULL, NULL, 0);
	} while (result == -EINTR);
}

static void end_all(uint32_t *words)
{
	__atomic_store_n(&words[0], 1, __ATOMIC_RELEASE);
	futex(words, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, THREADS, NULL, NULL, 0);
}

/* The numbers in /proc/self/task, and how many there are. */
static int list_threads(uint32_t tids[THREADS])
{
	DIR *directory = opendir("/proc/self/task");
	struct dirent *entry;
	int count = 0;

	CHECK(directory != NULL);
	while ((entry = readdir(directory)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		CHECK(count < THREADS);
		tids[count++] = (uint32_t)strtoul(entry->d_name, NULL, 10);
	}
	closedir(directory);
	return count;
}

/* What there is to read in a file of the thread, in `text`. Returns read()'s result. */
static ssize_t read_of_thread(uint32_t tid, const char *name, char text[TEXT_BYTES])
{
	char path[48];
	int file;
	ssize_t size;

	snprintf(path, sizeof(path), "/proc/self/task/%u/%s", tid, name);
	file = open(path, O_RDONLY);
	size = file < 0 ? file : read(file, text, TEXT_BYTES - 1);
	close(file);
	text[size > 0 ? size : 0] = '\0';
	return size;
}

static void name_thread(uint32_t tid, const char *name)
{
	char path[48];
	int file;

	snprintf(path, sizeof(path), "/proc/self/task/%u/comm", tid);
	file = open(path, O_WRONLY);
	CHECK_EQUAL(write(file, name, strlen(name)), strlen(name));
	close(file);
}

/* /proc/<pid>/task has a directory for each thread that lives, with what is the thread's own. */
static void threads_in_proc(void)
{
	char text[TEXT_BYTES], expected[64];
	struct worker worker = {};
	uint32_t words[1] = {}, tids[THREADS], tid;
	int file;

	CHECK_EQUAL(list_threads(tids), 1);
	CHECK_EQUAL(tids[0], getpid());
	worker_start(&worker, wait_for_end, words);
	tid = worker.tid;
	tap_wait_until_thread_sleeps(tid);
	CHECK_EQUAL(list_threads(tids), 2);
	CHECK(tids[0] == tid || tids[1] == tid);
	name_thread(tid, "a longer name than fits");
	CHECK(read_of_thread(tid, "comm", text) > 0 && strcmp(text, "a longer name t\n") == 0);
	CHECK(read_of_thread((uint32_t)getpid(), "comm", text) > 0);
	CHECK_EQUAL(strcmp(text, "signaltest\n"), 0);
	snprintf(expected, sizeof(expected), "%u (a longer name t) S %d ", tid, getppid());
	CHECK(read_of_thread(tid, "stat", text) > 0);
	CHECK_EQUAL(strncmp(text, expected, strlen(expected)), 0);
	snprintf(expected, sizeof(expected), "\nTgid:\t%d\n", getpid());
	CHECK(read_of_thread(tid, "status", text) > 0 && strstr(text, expected) != NULL);
	snprintf(expected, sizeof(expected), "\nPid:\t%u\n", tid);
	CHECK(strstr(text, expected) != NULL);
	snprintf(expected, sizeof(expected), "/proc/self/task/%u/comm", tid);
	file = open(expected, O_RDONLY);
	end_all(words);
	worker_join(&worker);
	/* It has released its memory, but may not be gone. */
	while (kernel_call(SYS_tkill, (long)tid, 0l) != -ESRCH)
		sleep_milliseconds(1);
	CHECK_ERROR(read(file, text, 1), ESRCH);
	CHECK_ERROR(open(expected, O_RDONLY), ENOENT);
	CHECK_EQUAL(list_threads(tids), 1);
}

static void wait_until_handled(int count)
{
	for (int i = 0; i < PATIENCE && handled_count < count; i++)
		sleep_milliseconds(1);
	CHECK_EQUAL(handled_count, count);
}

/* tgkill() reaches the thread that it names, kill() one that does not block the signal. */
static void signals_find_their_thread(void)
{
	struct worker workers[THREADS] = {};
	uint32_t words[1] = {};

	handle(SIGUSR1, note_thread, 0, 0);
	for (int i = 0; i < THREADS; i++)
		worker_start(&workers[i], wait_for_end, words);
	for (int i = 0; i < THREADS; i++) {
		CHECK_EQUAL(kernel_call(SYS_tgkill, (long)getpid(), (long)workers[i].tid,
				    (long)SIGUSR1),
			0);
		wait_until_handled(i + 1);
		CHECK_EQUAL(handler_tid, workers[i].tid);
	}
	set_mask(SIG_BLOCK, BIT_OF(SIGUSR1));
	CHECK(kill(getpid(), SIGUSR1) == 0);
	wait_until_handled(THREADS + 1);
	CHECK(handler_tid != (uint32_t)getpid());
	CHECK_EQUAL(kernel_call(SYS_tgkill, 1l, (long)workers[0].tid, 0l), -ESRCH);
	end_all(words);
	for (int i = 0; i < THREADS; i++)
		worker_join(&workers[i]);
}

/* A waiter that takes a signal may wake another one for it on Linux, which then returns EINTR. */
static void take_one(struct worker *worker)
{
	const unsigned long set = BIT_OF(SIGRTMIN);

	do {
		worker->result = kernel_call(SYS_rt_sigtimedwait, &set, NULL, NULL, sizeof(set));
	} while (worker->result == -EINTR && !memory_has_ledger());
}

/* Of two threads that wait for a signal that comes twice, each takes one. */
static void waiters_share_signals(void)
{
	struct worker workers[2] = {};

	set_mask(SIG_BLOCK, BIT_OF(SIGRTMIN));
	for (int i = 0; i < 2; i++)
		worker_start(&workers[i], take_one, NULL);
	for (int i = 0; i < 2; i++)
		tap_wait_until_thread_sleeps(workers[i].tid);
	for (int i = 0; i < 2; i++)
		CHECK(kill(getpid(), SIGRTMIN) == 0);
	for (int i = 0; i < 2; i++) {
		worker_join(&workers[i]);
		CHECK_EQUAL(workers[i].result, SIGRTMIN);
	}
}

static void wait_for_ever(struct worker *worker)
{
	for (;;)
		futex(&worker->words[0], FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 0, NULL, NULL, 0);
}

static void spin_for_ever(struct worker *worker)
{
	while (!__atomic_load_n(&worker->words[0], __ATOMIC_RELAXED))
		continue;
}

static void exit_group_from_thread(struct worker *worker)
{
	(void)worker;
	kernel_call(SYS_exit_group, 33l);
}

static struct worker crowd[THREADS];
static uint32_t crowd_words[2];

static void exit_in_a_crowd(void *unused)
{
	(void)unused;
	worker_start(&crowd[0], wait_for_ever, crowd_words);
	worker_start(&crowd[1], spin_for_ever, crowd_words);
	worker_start(&crowd[2], exit_group_from_thread, crowd_words);
	wait_for_ever(&crowd[0]);
}

static void exit_ends_all(void)
{
	for (int i = 0; i < 20; i++)
		CHECK_EQUAL(WEXITSTATUS(tap_in_child(exit_in_a_crowd, NULL)), 33);
}

static void finish_later(struct worker *worker)
{
	(void)worker;
	kernel_call(SYS_nanosleep, &short_time, 0l);
	kernel_call(SYS_exit_group, 44l);
}

static void leave_first(void *unused)
{
	(void)unused;
	worker_start(&crowd[0], finish_later, crowd_words);
	kernel_call(SYS_exit, 0l);
}

static void first_thread_may_leave(void)
{
	CHECK_EQUAL(WEXITSTATUS(tap_in_child(leave_first, NULL)), 44);
}

static void leave_last(struct worker *worker)
{
	(void)worker;
	kernel_call(SYS_nanosleep, &short_time, 0l);
	kernel_call(SYS_exit, 55l);
}

static void leave_one_by_one(void *unused)
{
	(void)unused;
	worker_start(&crowd[0], leave_last, crowd_words);
	kernel_call(SYS_exit, 3l);
}

/* Runs the body in a child, again while the status says that the first thread left too late. */
static int status_of(void (*body)(void *), int status_if_late)
{
	int status;

	for (int i = 0; i < TRIES; i++) {
		status = tap_in_child(body, NULL);
		if (status != status_if_late)
			break;
	}
	return status;
}

static void last_thread_tells(void)
{
	CHECK_EQUAL(status_of(leave_one_by_one, EXITED(3)), EXITED(55));
}

static void send_to_first(struct worker *worker)
{
	long first = kernel_call(SYS_getpid);
	struct capability_header header = { CAPABILITY_VERSION_3, (int)first };

	(void)worker;
	kernel_call(SYS_nanosleep, &short_time, 0l);
	CHECK_EQUAL(kernel_call(SYS_capget, &header, NULL), 0);
	CHECK_EQUAL(kernel_call(SYS_tkill, first, 0l), 0);
	CHECK_EQUAL(kernel_call(SYS_tgkill, first, first, (long)SIGUSR1), 0);
	kernel_call(SYS_exit_group, 0l);
}

static void leave_and_be_sent_to(void *unused)
{
	(void)unused;
	worker_start(&crowd[0], send_to_first, crowd_words);
	kernel_call(SYS_exit, 1l);
}

/* Signals can be sent to a thread that has ended, without effect, as long as its tid is the pid. */
static void dead_can_be_sent_to(void)
{
	siginfo_t info;
	int pid;

	CHECK_EQUAL(status_of(leave_and_be_sent_to, SIGUSR1), 0);
	pid = tap_fork();
	if (pid == 0)
		_exit(0);
	CHECK(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0);
	CHECK_EQUAL(kernel_call(SYS_tkill, (long)pid, (long)SIGKILL), 0);
	CHECK_EQUAL(kernel_call(SYS_tgkill, (long)pid, (long)pid, 0l), 0);
	CHECK_EQUAL(kernel_call(SYS_tgkill, 1l, (long)pid, 0l), -ESRCH);
	tap_join(pid);
	CHECK_EQUAL(kernel_call(SYS_tkill, (long)pid, (long)SIGKILL), -ESRCH);
}

/* Queries about a process, and kill(), accept the tid of any of its threads. */
static void thread_means_its_process(void)
{
	struct worker worker = {};
	uint32_t words[1] = {};
	long tid, limits[2];

	handle(SIGUSR1, record, 0, 0);
	worker_start(&worker, wait_for_end, words);
	tid = (long)worker.tid;
	CHECK_EQUAL(kernel_call(SYS_prlimit64, tid, (long)RLIMIT_NOFILE, NULL, limits), 0);
	CHECK_EQUAL(kernel_call(SYS_getpgid, tid), kernel_call(SYS_getpgid, 0l));
	CHECK_EQUAL(kernel_call(SYS_getsid, tid), kernel_call(SYS_getsid, 0l));
	CHECK_EQUAL(kernel_call(SYS_setpgid, tid, 0l), -EINVAL);
	CHECK_EQUAL(kernel_call(SYS_kill, tid, (long)SIGUSR1), 0);
	wait_until_handled(1);
	CHECK_EQUAL(kernel_call(SYS_wait4, tid, NULL, (long)WNOHANG, NULL), -ECHILD);
	end_all(words);
	worker_join(&worker);
}

static const char *program;

static void exec_from_thread(struct worker *worker)
{
	const char *const arguments[] = { program, NULL }, *const environment[] = { NULL };

	(void)worker;
	kernel_call(SYS_execve, program, arguments, environment);
	kernel_call(SYS_exit_group, 1l);
}

static void exec_in_a_crowd(void *unused)
{
	(void)unused;
	worker_start(&crowd[0], wait_for_ever, crowd_words);
	worker_start(&crowd[1], spin_for_ever, crowd_words);
	worker_start(&crowd[2], exec_from_thread, crowd_words);
	wait_for_ever(&crowd[0]);
}

static void exec_ends_the_others(void)
{
	program = tap_sibling("nop");
	for (int i = 0; i < 20; i++)
		CHECK_EQUAL(tap_in_child(exec_in_a_crowd, NULL), 0);
}

static int crowd_pipe[2];

/* Shares its descriptors with a new process, which uses them once this one has called exec. */
static void share_files(struct worker *worker)
{
	if (kernel_call(SYS_clone, (long)CLONE_FILES, 0l, 0l, 0l, 0l) != 0)
		wait_for_ever(worker);
	worker->words[0] = 1;
	kernel_call(SYS_nanosleep, &short_time, 0l);
	kernel_call(SYS_write, (long)crowd_pipe[1], "x", 1l);
	kernel_call(SYS_exit_group, 0l);
}

/* exec closes descriptors for its caller only, not for a process that shares them just then. */
static void exec_meets_sharer(void)
{
	uint32_t *words =
		mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char byte;

	CHECK(words != MAP_FAILED);
	program = tap_sibling("nop");
	for (int i = 0; i < 20; i++) {
		words[0] = 0;
		CHECK(pipe2(crowd_pipe, O_CLOEXEC) == 0);
		int pid = tap_fork();

		if (pid == 0) {
			worker_start(&crowd[0], share_files, words);
			exec_from_thread(&crowd[1]);
		}
		CHECK(close(crowd_pipe[1]) == 0);
		tap_join(pid);
		CHECK_EQUAL(read(crowd_pipe[0], &byte, 1), words[0]);
		CHECK(close(crowd_pipe[0]) == 0);
	}
}

/* A stop that comes while a thread calls exec does not keep the other threads from ending for it. */
static void exec_comes_with_stop(void)
{
	program = tap_sibling("nop");
	for (unsigned int i = 0; i < 20; i++) {
		int pid = tap_fork(), status;

		if (pid == 0)
			exec_in_a_crowd(NULL);
		sleep_milliseconds(i % 5);
		CHECK(kill(pid, SIGSTOP) == 0);
		CHECK_EQUAL(waitpid(pid, &status, WUNTRACED), pid);
		if (!WIFSTOPPED(status))
			continue;
		CHECK(kill(pid, SIGCONT) == 0);
		CHECK_EQUAL(tap_wait(pid), 0);
	}
}

static void crowd_sleeps(void *unused)
{
	(void)unused;
	for (int i = 0; i < THREADS; i++)
		worker_start(&crowd[i], i % 2 ? wait_for_ever : spin_for_ever, crowd_words);
	for (;;)
		pause();
}

/* All threads stop, continue, and die together. */
static void crowd_is_stopped_and_killed(void)
{
	int status;
	int pid = tap_fork();

	if (pid == 0)
		crowd_sleeps(NULL);
	for (int i = 0; i < 3; i++) {
		sleep_milliseconds(SHORT_TIME);
		CHECK(kill(pid, SIGSTOP) == 0);
		CHECK_EQUAL(waitpid(pid, &status, WUNTRACED), pid);
		CHECK(WIFSTOPPED(status));
		CHECK(kill(pid, SIGCONT) == 0);
		CHECK_EQUAL(waitpid(pid, &status, WCONTINUED), pid);
	}
	CHECK(kill(pid, SIGSTOP) == 0);
	CHECK(kill(pid, SIGKILL) == 0);
	do {
		CHECK_EQUAL(waitpid(pid, &status, 0), pid);
	} while (WIFSTOPPED(status));
	CHECK(WIFSIGNALED(status));
	CHECK_EQUAL(WTERMSIG(status), SIGKILL);
}

static const struct tap_case cases[] = {
	{ "threads-come-and-go", threads_come_and_go, 0 },
	{ "threads-pretend", threads_pretend, 0 },
	{ "threads-in-proc", threads_in_proc, 0 },
	{ "signals-find-their-thread", signals_find_their_thread, 0 },
	{ "waiters-share-signals", waiters_share_signals, 0 },
	{ "exit-ends-all", exit_ends_all, 0 },
	{ "first-thread-may-leave", first_thread_may_leave, 0 },
	{ "last-thread-tells", last_thread_tells, 0 },
	{ "dead-can-be-sent-to", dead_can_be_sent_to, 0 },
	{ "thread-means-its-process", thread_means_its_process, 0 },
	{ "exec-ends-the-others", exec_ends_the_others, 0 },
	{ "exec-meets-sharer", exec_meets_sharer, 0 },
	{ "exec-comes-with-stop", exec_comes_with_stop, 0 },
	{ "crowd-is-stopped-and-killed", crowd_is_stopped_and_killed, 0 },
};

const struct tap_group signal_thread_group = TAP_GROUP(cases);
