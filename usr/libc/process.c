/*
 * System calls on processes: fork, exec, wait, their numbers; limits, usage, the machine.
 */
#include <limits.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/reboot.h>
#include <sys/sysinfo.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "usr/libc/syscall.h"

#define ARGUMENTS_MAX 64 /* of execl */

long syscall_result(long result)
{
	return checked(result);
}

pid_t fork(void)
{
	return checked_call(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

_Noreturn void _exit(int status)
{
	for (;;)
		system_call(SYS_exit_group, status);
}

_Noreturn void _Exit(int status)
{
	_exit(status);
}

int execve(const char *path, char *const argv[], char *const environment[])
{
	return checked_call(SYS_execve, path, argv, environment);
}

int execv(const char *path, char *const argv[])
{
	return execve(path, argv, environ);
}

/* Searches each folder of PATH for a name without a slash. */
int execvp(const char *file, char *const argv[])
{
	const char *folder = getenv("PATH");
	char path[PATH_MAX];
	int error = ENOENT;

	if (strchr(file, '/'))
		return execv(file, argv);
	if (!folder)
		folder = "/bin:/sbin";
	while (*file) {
		size_t length = strcspn(folder, ":");

		if (length + strlen(file) + 2 <= sizeof(path)) {
			memcpy(path, folder, length);
			path[length] = '/';
			strcpy(path + length + (length > 0), file);
			execv(path, argv);
			if (errno == EACCES)
				error = EACCES;
			else if (errno != ENOENT && errno != ENOTDIR)
				return -1;
		}
		if (!folder[length])
			break;
		folder += length + 1;
	}
	errno = error;
	return -1;
}

static int collect_arguments(const char **argv, const char *first, va_list arguments)
{
	int count = 0;

	argv[count++] = first;
	while (argv[count - 1] && count < ARGUMENTS_MAX)
		argv[count++] = va_arg(arguments, const char *);
	if (!argv[count - 1])
		return 0;
	errno = E2BIG;
	return -1;
}

int execl(const char *path, const char *argument, ...)
{
	const char *argv[ARGUMENTS_MAX];
	va_list arguments;

	va_start(arguments, argument);
	int collected = collect_arguments(argv, argument, arguments);
	va_end(arguments);
	return collected < 0 ? -1 : execv(path, (char *const *)argv);
}

int execlp(const char *file, const char *argument, ...)
{
	const char *argv[ARGUMENTS_MAX];
	va_list arguments;

	va_start(arguments, argument);
	int collected = collect_arguments(argv, argument, arguments);
	va_end(arguments);
	return collected < 0 ? -1 : execvp(file, (char *const *)argv);
}

pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage)
{
	return checked_call(SYS_wait4, pid, status, options, usage);
}

pid_t waitpid(pid_t pid, int *status, int options)
{
	return wait4(pid, status, options, NULL);
}

pid_t wait(int *status)
{
	return wait4(-1, status, 0, NULL);
}

int waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
	return checked_call(SYS_waitid, type, id, info, options, NULL);
}

pid_t getpid(void)
{
	return system_call(SYS_getpid);
}

pid_t getppid(void)
{
	return system_call(SYS_getppid);
}

pid_t gettid(void)
{
	return system_call(SYS_gettid);
}

pid_t getpgid(pid_t pid)
{
	return checked_call(SYS_getpgid, pid);
}

pid_t getpgrp(void)
{
	return getpgid(0);
}

int setpgid(pid_t pid, pid_t group)
{
	return checked_call(SYS_setpgid, pid, group);
}

pid_t getsid(pid_t pid)
{
	return checked_call(SYS_getsid, pid);
}

pid_t setsid(void)
{
	return checked_call(SYS_setsid);
}

uid_t getuid(void)
{
	return system_call(SYS_getuid);
}

uid_t geteuid(void)
{
	return system_call(SYS_geteuid);
}

gid_t getgid(void)
{
	return system_call(SYS_getgid);
}

gid_t getegid(void)
{
	return system_call(SYS_getegid);
}

int setuid(uid_t user)
{
	return checked_call(SYS_setuid, user);
}

int setgid(gid_t group)
{
	return checked_call(SYS_setgid, group);
}

int sched_yield(void)
{
	return checked_call(SYS_sched_yield);
}

int sched_setaffinity(pid_t pid, size_t size, const cpu_set_t *set)
{
	return checked_call(SYS_sched_setaffinity, pid, size, set);
}

/* The kernel returns how many bytes it wrote, and leaves the rest alone. */
int sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set)
{
	long written = checked_call(SYS_sched_getaffinity, pid, size, set);

	if (written < 0)
		return -1;
	memset((char *)set + written, 0, size - written);
	return 0;
}

int getcpu(unsigned int *cpu, unsigned int *node)
{
	return checked_call(SYS_getcpu, cpu, node, NULL);
}

int prlimit(pid_t pid, int resource, const struct rlimit *limit, struct rlimit *old)
{
	return checked_call(SYS_prlimit64, pid, resource, limit, old);
}

int getrlimit(int resource, struct rlimit *limit)
{
	return prlimit(0, resource, NULL, limit);
}

int setrlimit(int resource, const struct rlimit *limit)
{
	return prlimit(0, resource, limit, NULL);
}

int getrusage(int who, struct rusage *usage)
{
	return checked_call(SYS_getrusage, who, usage);
}

/* The kernel returns 20 - priority, so that no valid result looks like an error. */
int getpriority(int which, id_t who)
{
	long result = checked_call(SYS_getpriority, which, who);

	return result < 0 ? -1 : 20 - (int)result;
}

int setpriority(int which, id_t who, int priority)
{
	return checked_call(SYS_setpriority, which, who, priority);
}

clock_t times(struct tms *usage)
{
	return checked_call(SYS_times, usage);
}

int prctl(int operation, ...)
{
	unsigned long values[4];
	va_list arguments;

	va_start(arguments, operation);
	for (int i = 0; i < 4; i++)
		values[i] = va_arg(arguments, unsigned long);
	va_end(arguments);
	return checked_call(SYS_prctl, operation, values[0], values[1], values[2], values[3]);
}

ssize_t getrandom(void *buffer, size_t length, unsigned int flags)
{
	return checked_call(SYS_getrandom, buffer, length, flags);
}

int uname(struct utsname *name)
{
	return checked_call(SYS_uname, name);
}

int gethostname(char *buffer, size_t size)
{
	struct utsname name;

	if (uname(&name) < 0)
		return -1;
	strlcpy(buffer, name.nodename, size);
	return 0;
}

int sethostname(const char *name, size_t length)
{
	return checked_call(SYS_sethostname, name, length);
}

int sysinfo(struct sysinfo *info)
{
	return checked_call(SYS_sysinfo, info);
}

int reboot(unsigned int command)
{
	return checked_call(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, command, NULL);
}
