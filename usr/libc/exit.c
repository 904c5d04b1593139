/*
 * The end of a program.
 */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "usr/libc/stream.h"

#define AT_EXIT_MAX 32

static void (*exit_functions[AT_EXIT_MAX])(void);
static int exit_function_count;

int atexit(void (*function)(void))
{
	if (exit_function_count == AT_EXIT_MAX)
		return -1;
	exit_functions[exit_function_count++] = function;
	return 0;
}

/* A program without streams is linked without them. */
#pragma weak flush_streams

_Noreturn void exit(int status)
{
	while (exit_function_count)
		exit_functions[--exit_function_count]();
	if (flush_streams)
		flush_streams();
	_exit(status);
}

_Noreturn void abort(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGABRT);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(SIGABRT);
	signal(SIGABRT, SIG_DFL);
	raise(SIGABRT);
	_exit(128 + SIGABRT);
}
