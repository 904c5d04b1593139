/*
 * A program for glibc, linked statically: what its functions make of system calls. Timers that start
 * threads, asynchronous files, semaphores with names, mutexes between processes, processes with other
 * descriptors, pipes to commands, cancellation with clean-up, signal handlers and who called them.
 * Prints one line for each thing that holds, and ends with 0 if all did.
 */
#define _GNU_SOURCE
#include <aio.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#define PATIENCE 10 /* seconds */
#define TICKS    3
#define TRACE    32

static sem_t ticks;
static int failures, cleaned, forked_in_child, callers_found;
static void *returns_to_main, *first_return, *first_frame;

static void check(int holds, const char *what)
{
	printf("%s %s\n", holds ? "holds:" : "FAILS:", what);
	failures += !holds;
}

static int wait_for(sem_t *semaphore)
{
	struct timespec end;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += PATIENCE;
	return sem_timedwait(semaphore, &end);
}

static void tick(union sigval value)
{
	if (value.sival_int == TICKS)
		sem_post(&ticks);
}

static void timers(void)
{
	struct sigevent event = {
		.sigev_notify = SIGEV_THREAD,
		.sigev_notify_function = tick,
		.sigev_value.sival_int = TICKS,
	};
	const struct itimerspec often = { { 0, 10000000 }, { 0, 10000000 } };
	timer_t timer;
	int seen = 0;

	sem_init(&ticks, 0, 0);
	timer_create(CLOCK_MONOTONIC, &event, &timer);
	timer_settime(timer, 0, &often, NULL);
	while (seen < TICKS && wait_for(&ticks) == 0)
		seen++;
	check(seen == TICKS && timer_delete(timer) == 0, "a timer starts threads");
}

static void asynchronous(void)
{
	char text[] = "written", back[sizeof(text)] = "";
	int file = open("/tmp/aio", O_RDWR | O_CREAT | O_TRUNC, 0600);
	struct aiocb out = { .aio_fildes = file, .aio_buf = text, .aio_nbytes = sizeof(text) };
	struct aiocb in = { .aio_fildes = file, .aio_buf = back, .aio_nbytes = sizeof(back) };
	const struct aiocb *list[] = { &out };
	struct aiocb *reads[] = { &in };

	in.aio_lio_opcode = LIO_READ;
	aio_write(&out);
	while (aio_error(&out) == EINPROGRESS)
		aio_suspend(list, 1, NULL);
	check(aio_return(&out) == sizeof(text), "asynchronous writes end");
	lio_listio(LIO_WAIT, reads, 1, NULL);
	check(strcmp(back, text) == 0, "what they wrote is read by a list of reads");
}

static void named_semaphores(void)
{
	sem_t *semaphore = sem_open("/name", O_CREAT | O_EXCL, 0600, 0);
	int child = fork(), status;

	if (child == 0) {
		sem_t *same = sem_open("/name", 0);

		_exit(same == SEM_FAILED || sem_post(same) != 0);
	}
	check(wait_for(semaphore) == 0, "a semaphore with a name is another process's too");
	waitpid(child, &status, 0);
	check(access("/dev/shm/sem.name", F_OK) == 0 && sem_unlink("/name") == 0 &&
			access("/dev/shm/sem.name", F_OK) != 0,
		"it lies in /dev/shm");
}

/* In shared memory, robust: its owner is killed. */
static void shared_mutexes(void)
{
	int memory = shm_open("/memory", O_RDWR | O_CREAT, 0600), child, status;
	pthread_mutexattr_t attributes;
	pthread_mutex_t *mutex;

	ftruncate(memory, 4096);
	mutex = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(mutex, &attributes);
	child = fork();
	if (child == 0) {
		pthread_mutex_lock(mutex);
		raise(SIGKILL);
	}
	waitpid(child, &status, 0);
	check(pthread_mutex_lock(mutex) == EOWNERDEAD && pthread_mutex_consistent(mutex) == 0 &&
			pthread_mutex_unlock(mutex) == 0 && pthread_mutex_lock(mutex) == 0,
		"a mutex between processes survives its owner");
	shm_unlink("/memory");
}

static void priority_mutexes(void)
{
	pthread_mutexattr_t attributes;
	pthread_mutex_t mutex;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
	check(pthread_mutex_init(&mutex, &attributes) == ENOTSUP, "priorities are not inherited");
}

static void clean_up(void *argument)
{
	cleaned += *(int *)argument;
}

static void *block(void *argument)
{
	char byte;
	int one = 1;

	pthread_cleanup_push(clean_up, &one);
	read(*(int *)argument, &byte, 1);
	pthread_cleanup_pop(0);
	return NULL;
}

static void *spin(void *argument)
{
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	for (;;)
		++*(volatile unsigned long *)argument;
	return NULL;
}

static void cancellation(void)
{
	unsigned long count = 0;
	pthread_t thread;
	void *result;
	int ends[2];

	pipe(ends);
	pthread_create(&thread, NULL, block, ends);
	pthread_cancel(thread);
	pthread_join(thread, &result);
	check(result == PTHREAD_CANCELED && cleaned <= 1, "a thread is cancelled where it reads");
	pthread_create(&thread, NULL, spin, &count);
	pthread_cancel(thread);
	pthread_join(thread, &result);
	check(result == PTHREAD_CANCELED, "and where it computes");
}

static void spawning(void)
{
	char *command[] = { "sh", "-c", "cat; exec sh -c 'kill -USR1 $$; exit 3'", NULL };
	char *missing[] = { "no-such-program", NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t blocked;
	pid_t child;
	int status = -1;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/proc/sys/kernel/ostype", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 1, "/tmp/out", O_CREAT | O_WRONLY, 0600);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	posix_spawnattr_setsigmask(&attributes, &blocked);
	posix_spawnp(&child, "sh", &actions, &attributes, command, environ);
	check(getpgid(child) == child, "a spawned process has a group of its own");
	waitpid(child, &status, 0);
	check(WIFEXITED(status) && WEXITSTATUS(status) == 3, "signals that it blocks");
	check(system("test $(cat /tmp/out) = Linux") == 0, "and other files");
	check(posix_spawnp(&child, missing[0], NULL, NULL, missing, environ) == ENOENT,
		"what is not there is not spawned");
}

static void commands(void)
{
	FILE *command = popen("sort -r; exit 6", "w");
	int status;

	fputs("b\na\n", command);
	fflush(stdout);
	status = pclose(command);
	check(WIFEXITED(status) && WEXITSTATUS(status) == 6,
		"popen() has the status of its command");
	errno = ENOTTY;
	perror("perror");
	check(setlocale(LC_ALL, "C") && !setlocale(LC_ALL, "xx_YY"), "no locale but C is needed");
}

static void in_child(void)
{
	forked_in_child = 1;
}

static void threads_of_the_library(void)
{
	cpu_set_t set;
	int child, status, signal;
	sigset_t wanted;

	pthread_atfork(NULL, NULL, in_child);
	child = fork();
	if (child == 0)
		_exit(!forked_in_child);
	waitpid(child, &status, 0);
	check(status == 0 && !forked_in_child, "fork() runs what is registered for it");
	CPU_ZERO(&set);
	CPU_SET(1, &set);
	check(pthread_setaffinity_np(pthread_self(), sizeof(set), &set) == 0 && sched_getcpu() == 1,
		"a thread is bound to a hart");
	sigemptyset(&wanted);
	sigaddset(&wanted, SIGRTMIN + 1);
	pthread_sigmask(SIG_BLOCK, &wanted, NULL);
	pthread_sigqueue(pthread_self(), SIGRTMIN + 1, (union sigval){ 7 });
	check(sigwait(&wanted, &signal) == 0 && signal == SIGRTMIN + 1, "sigwait() takes a signal");
}

/* One instruction, so that it is known what its callers are. */
static void signal_self(int number)
{
	register long a0 __asm__("a0") = getpid();
	register long a1 __asm__("a1") = number;
	register long a7 __asm__("a7") = SYS_kill;

	__asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a7) : "memory");
}

static int is_among_callers(const void *address)
{
	void *trace[TRACE];
	int depth = backtrace(trace, TRACE);

	for (int i = 0; i < depth; i++)
		if (trace[i] == address)
			return 1;
	return 0;
}

/* As if it came at the instruction to which the handler before it returns. */
static void on_second_signal(int number, siginfo_t *info, void *context)
{
	unsigned long *registers = ((ucontext_t *)context)->uc_mcontext.__gregs;

	(void)number;
	(void)info;
	registers[REG_PC] = (unsigned long)first_return;
	registers[REG_SP] = (unsigned long)first_frame;
	callers_found += is_among_callers(returns_to_main);
}

static void on_first_signal(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	first_return = __builtin_return_address(0);
	first_frame = info;
	callers_found = is_among_callers(returns_to_main);
	signal_self(SIGUSR2);
}

/* Exceptions and cancelled threads look for the callers of what a signal interrupted. */
static __attribute__((noinline)) void unwinding(void)
{
	struct sigaction first = { .sa_sigaction = on_first_signal, .sa_flags = SA_SIGINFO };
	struct sigaction second = { .sa_sigaction = on_second_signal, .sa_flags = SA_SIGINFO };

	returns_to_main = __builtin_return_address(0);
	sigaction(SIGUSR1, &first, NULL);
	sigaction(SIGUSR2, &second, NULL);
	signal_self(SIGUSR1);
	check(callers_found == 2, "a handler's callers are found, and those of the next handler");
}

int main(void)
{
	unwinding();
	timers();
	asynchronous();
	named_semaphores();
	shared_mutexes();
	priority_mutexes();
	cancellation();
	spawning();
	commands();
	threads_of_the_library();
	return failures != 0;
}
