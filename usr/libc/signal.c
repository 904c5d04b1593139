/*
 * Signals: system calls, and sets of signals.
 */
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "usr/libc/syscall.h"

int kill(pid_t pid, int signal)
{
	return checked_call(SYS_kill, pid, signal);
}

int killpg(pid_t group, int signal)
{
	return kill(-group, signal);
}

int tgkill(pid_t process, pid_t thread, int signal)
{
	return checked_call(SYS_tgkill, process, thread, signal);
}

int raise(int signal)
{
	return tgkill(getpid(), gettid(), signal);
}

int sigaction(int signal, const struct sigaction *restrict action, struct sigaction *restrict old)
{
	return checked_call(SYS_rt_sigaction, signal, action, old, SIGSET_SIZE);
}

sighandler_t signal(int signal, sighandler_t handler)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART }, old;

	return sigaction(signal, &action, &old) < 0 ? SIG_ERR : old.sa_handler;
}

int sigprocmask(int how, const sigset_t *restrict set, sigset_t *restrict old)
{
	return checked_call(SYS_rt_sigprocmask, how, set, old, SIGSET_SIZE);
}

int sigpending(sigset_t *set)
{
	return checked_call(SYS_rt_sigpending, set, SIGSET_SIZE);
}

int sigsuspend(const sigset_t *mask)
{
	return checked_call(SYS_rt_sigsuspend, mask, SIGSET_SIZE);
}

int sigtimedwait(const sigset_t *restrict set, siginfo_t *restrict info,
	const struct timespec *restrict timeout)
{
	return checked_call(SYS_rt_sigtimedwait, set, info, timeout, SIGSET_SIZE);
}

int sigwaitinfo(const sigset_t *restrict set, siginfo_t *restrict info)
{
	return sigtimedwait(set, info, NULL);
}

int sigqueue(pid_t pid, int signal, union sigval value)
{
	siginfo_t info = { .si_signo = signal, .si_code = SI_QUEUE };

	info.si_pid = getpid();
	info.si_uid = getuid();
	info.si_value = value;
	return checked_call(SYS_rt_sigqueueinfo, pid, signal, &info);
}

int sigaltstack(const stack_t *restrict stack, stack_t *restrict old)
{
	return checked_call(SYS_sigaltstack, stack, old);
}

int pause(void)
{
	return ppoll(NULL, 0, NULL, NULL);
}

int sigemptyset(sigset_t *set)
{
	set->bits = 0;
	return 0;
}

int sigfillset(sigset_t *set)
{
	set->bits = ~0UL;
	return 0;
}

/* A valid number's bit, or 0 with EINVAL. */
static unsigned long signal_bit(int signal)
{
	if (signal >= 1 && signal <= SIGNAL_MAX)
		return 1UL << (signal - 1);
	errno = EINVAL;
	return 0;
}

int sigaddset(sigset_t *set, int signal)
{
	unsigned long bit = signal_bit(signal);

	set->bits |= bit;
	return bit ? 0 : -1;
}

int sigdelset(sigset_t *set, int signal)
{
	unsigned long bit = signal_bit(signal);

	set->bits &= ~bit;
	return bit ? 0 : -1;
}

int sigismember(const sigset_t *set, int signal)
{
	unsigned long bit = signal_bit(signal);

	return bit ? (set->bits & bit) != 0 : -1;
}
