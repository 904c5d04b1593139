#ifndef COWSLIP_LIBC_SIGNAL_H
#define COWSLIP_LIBC_SIGNAL_H

#include <sys/types.h>

#include "lib/abi/signal.h"
#include "lib/abi/time.h"
#include "lib/abi/ucontext.h"

#define NSIG (SIGNAL_MAX + 1)

typedef int sig_atomic_t;
typedef void (*sighandler_t)(int);

int kill(pid_t pid, int signal);
int killpg(pid_t group, int signal);
int tgkill(pid_t process, pid_t thread, int signal);
int raise(int signal);
sighandler_t signal(int signal, sighandler_t handler);
int sigaction(int signal, const struct sigaction *restrict action, struct sigaction *restrict old);
int sigprocmask(int how, const sigset_t *restrict set, sigset_t *restrict old);
int sigpending(sigset_t *set);
int sigsuspend(const sigset_t *mask);
int sigwaitinfo(const sigset_t *restrict set, siginfo_t *restrict info);
int sigtimedwait(const sigset_t *restrict set, siginfo_t *restrict info,
	const struct timespec *restrict timeout);
int sigqueue(pid_t pid, int signal, union sigval value);
int sigaltstack(const stack_t *restrict stack, stack_t *restrict old);

int sigemptyset(sigset_t *set);
int sigfillset(sigset_t *set);
int sigaddset(sigset_t *set, int signal);
int sigdelset(sigset_t *set, int signal);
int sigismember(const sigset_t *set, int signal);

#endif
