/*
 * A program for glibc, linked statically: threads that share a counter behind a mutex, wait for each
 * other at a barrier and on a condition, keep data of their own, are joined, cancelled and signalled.
 * Prints one line for each thing that holds, and ends with 0 if all did.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define THREADS 8
#define ROUNDS  2000

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static sem_t semaphore;
static __thread long own;
static long counter, arrived;
static volatile sig_atomic_t signalled;
static int failures;

static void check(int holds, const char *what)
{
	printf("%s %s\n", holds ? "holds:" : "FAILS:", what);
	failures += !holds;
}

static void *count(void *argument)
{
	pthread_barrier_wait(&barrier);
	for (int i = 0; i < ROUNDS; i++) {
		pthread_mutex_lock(&mutex);
		counter++;
		pthread_mutex_unlock(&mutex);
		own++;
	}
	pthread_rwlock_rdlock(&rwlock);
	pthread_rwlock_unlock(&rwlock);
	pthread_mutex_lock(&mutex);
	arrived++;
	pthread_cond_signal(&changed);
	pthread_mutex_unlock(&mutex);
	return own == ROUNDS ? argument : NULL;
}

static void counters(void)
{
	pthread_t thread[THREADS];
	int joined = 0;

	pthread_barrier_init(&barrier, NULL, THREADS);
	for (long i = 0; i < THREADS; i++)
		pthread_create(&thread[i], NULL, count, (void *)(i + 1));
	pthread_mutex_lock(&mutex);
	while (arrived < THREADS)
		pthread_cond_wait(&changed, &mutex);
	pthread_mutex_unlock(&mutex);
	for (long i = 0; i < THREADS; i++) {
		void *result;

		joined += pthread_join(thread[i], &result) == 0 && result == (void *)(i + 1);
	}
	check(counter == (long)THREADS * ROUNDS, "a mutex keeps a counter whole");
	check(joined == THREADS, "threads have data of their own, and are joined");
}

static void *wait_for_ever(void *argument)
{
	sem_post(&semaphore);
	for (;;)
		pause();
	return argument;
}

static void on_signal(int number)
{
	(void)number;
	signalled++;
	sem_post(&semaphore);
}

static void wait_for_semaphore(void)
{
	while (sem_wait(&semaphore) < 0 && errno == EINTR)
		continue;
}

static void cancellation(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	pthread_t thread;
	void *result;

	sem_init(&semaphore, 0, 0);
	sigaction(SIGUSR1, &action, NULL);
	pthread_create(&thread, NULL, wait_for_ever, NULL);
	wait_for_semaphore();
	pthread_kill(thread, SIGUSR1);
	wait_for_semaphore();
	check(signalled == 1, "a signal goes to one thread");
	pthread_cancel(thread);
	pthread_join(thread, &result);
	check(result == PTHREAD_CANCELED, "a thread is cancelled");
}

static void timeouts(void)
{
	struct timespec time;
	int error;

	clock_gettime(CLOCK_REALTIME, &time);
	time.tv_nsec += 50000000;
	time.tv_sec += time.tv_nsec / 1000000000;
	time.tv_nsec %= 1000000000;
	pthread_mutex_lock(&mutex);
	error = pthread_cond_timedwait(&changed, &mutex, &time);
	pthread_mutex_unlock(&mutex);
	check(error == ETIMEDOUT, "waiting on a condition ends in time");
}

static void *lock_and_end(void *robust_mutex)
{
	pthread_mutex_lock(robust_mutex);
	return NULL;
}

static void robust(void)
{
	pthread_mutexattr_t attributes;
	pthread_mutex_t robust_mutex;
	pthread_t thread;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&robust_mutex, &attributes);
	pthread_create(&thread, NULL, lock_and_end, &robust_mutex);
	pthread_join(thread, NULL);
	check(pthread_mutex_lock(&robust_mutex) == EOWNERDEAD, "a dead owner's mutex is told of");
}

static void processes(void)
{
	char *arguments[] = { "threads", "child", NULL };
	pid_t child;
	int status = -1;

	posix_spawn(&child, "/proc/self/exe", NULL, NULL, arguments, environ);
	waitpid(child, &status, 0);
	check(WIFEXITED(status) && WEXITSTATUS(status) == 7, "posix_spawn starts a process");
	status = system("exit 5");
	check(WIFEXITED(status) && WEXITSTATUS(status) == 5, "system() runs a command");
}

int main(int count_of_arguments, char **arguments)
{
	(void)arguments;
	if (count_of_arguments > 1)
		return 7;
	counters();
	cancellation();
	timeouts();
	robust();
	processes();
	return failures != 0;
}
