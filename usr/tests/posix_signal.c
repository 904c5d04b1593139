/* Signals: bad arguments, which ones queue and which do not, and what parents are told. */
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "usr/tests/posixtest.h"

#define SET_BYTES   8l /* the kernel's set of 64 signals */
#define BIT(signal) (1ul << ((signal)-1))
#define NOBODY      0x3fffffff /* a number that no process has */
#define MILLISECOND 1000000l
#define KNOWN_FLAGS                                                                               \
	(SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_EXPOSE_TAGBITS | SA_ONSTACK | SA_RESTART | \
		SA_NODEFER | SA_RESETHAND)

static const struct timespec at_once;

static void block(unsigned long set)
{
	GIVES(0, rt_sigprocmask, SIG_BLOCK, &set, NULL, SET_BYTES);
}

static void signal_action_errors(void)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	GIVES(-EINVAL, rt_sigaction, 0, &action, NULL, SET_BYTES);
	GIVES(-EINVAL, rt_sigaction, 65, NULL, &action, SET_BYTES);
	GIVES(-EINVAL, rt_sigaction, SIGKILL, &action, NULL, SET_BYTES);
	GIVES(-EINVAL, rt_sigaction, SIGUSR1, &action, NULL, 16);
	GIVES(-EFAULT, rt_sigaction, SIGUSR1, BAD_POINTER, NULL, SET_BYTES);
	GIVES(-EFAULT, rt_sigaction, SIGUSR1, NULL, BAD_POINTER, SET_BYTES);
	GIVES(0, rt_sigaction, SIGKILL, NULL, &action, SET_BYTES);
	GIVES(0, rt_sigaction, SIGUSR1, NULL, NULL, SET_BYTES);
	action.sa_flags = ~0ul; /* unknown flags are dropped */
	GIVES(0, rt_sigaction, SIGUSR1, &action, NULL, SET_BYTES);
	GIVES(0, rt_sigaction, SIGUSR1, NULL, &action, SET_BYTES);
	CHECK_EQUAL(action.sa_flags, KNOWN_FLAGS);
}

static void signal_set_errors(void)
{
	unsigned long set = BIT(SIGUSR1);
	struct timespec bad = { 0, 1000000000 };

	GIVES(-EINVAL, rt_sigprocmask, SIG_BLOCK, &set, NULL, 4);
	GIVES(-EINVAL, rt_sigprocmask, 3, &set, NULL, SET_BYTES);
	GIVES(0, rt_sigprocmask, 3, NULL, &set, SET_BYTES); /* only reads the mask */
	GIVES(-EFAULT, rt_sigprocmask, SIG_BLOCK, BAD_POINTER, NULL, SET_BYTES);
	GIVES(-EFAULT, rt_sigprocmask, SIG_BLOCK, NULL, BAD_POINTER, SET_BYTES);
	GIVES(-EINVAL, rt_sigpending, &set, 16);
	GIVES(-EFAULT, rt_sigpending, BAD_POINTER, SET_BYTES);
	GIVES(0, rt_sigpending, &set, 4); /* part of it */
	GIVES(-EINVAL, rt_sigsuspend, &set, 4);
	GIVES(-EFAULT, rt_sigsuspend, BAD_POINTER, SET_BYTES);
	GIVES(-EINVAL, rt_sigtimedwait, &set, NULL, &at_once, 4);
	GIVES(-EINVAL, rt_sigtimedwait, &set, NULL, &bad, SET_BYTES);
	GIVES(-EFAULT, rt_sigtimedwait, BAD_POINTER, NULL, &at_once, SET_BYTES);
	GIVES(-EFAULT, rt_sigtimedwait, &set, NULL, BAD_POINTER, SET_BYTES);
	GIVES(-EAGAIN, rt_sigtimedwait, &set, NULL, &at_once, SET_BYTES);
}

static void signal_sending_errors(void)
{
	siginfo_t info = { .si_signo = SIGUSR1, .si_code = SI_QUEUE };
	int self = getpid();

	GIVES(-ESRCH, kill, NOBODY, SIGUSR1);
	GIVES(-ESRCH, kill, -NOBODY, SIGUSR1);
	GIVES(-EINVAL, kill, self, 65);
	GIVES(-EINVAL, kill, self, -1);
	GIVES(0, kill, self, 0);
	GIVES(-EINVAL, tgkill, self, -1, SIGUSR1);
	GIVES(-EINVAL, tgkill, 0, self, SIGUSR1);
	GIVES(-EINVAL, tgkill, self, self, 65);
	GIVES(-ESRCH, tgkill, 1, self, SIGUSR1); /* not a thread of that process */
	GIVES(-ESRCH, tgkill, self, NOBODY, 0);
	GIVES(0, tgkill, self, self, 0);
	GIVES(-EINVAL, tkill, 0, SIGUSR1);
	GIVES(-ESRCH, tkill, NOBODY, SIGUSR1);
	GIVES(-EFAULT, rt_sigqueueinfo, self, SIGUSR1, BAD_POINTER);
	GIVES(-ESRCH, rt_sigqueueinfo, NOBODY, SIGUSR1, &info);
	GIVES(-EINVAL, rt_sigqueueinfo, self, 65, &info);
	GIVES(-EINVAL, rt_tgsigqueueinfo, 0, self, SIGUSR1, &info);
	info.si_code = SI_USER;
	GIVES(-EPERM, rt_sigqueueinfo, getppid(), SIGUSR1, &info); /* must not look like kill's */
	info.si_code = SI_TKILL;
	GIVES(-EPERM, rt_sigqueueinfo, getppid(), 0, &info);
}

/* The order of checks: readable information, valid ids, forged information, receiver, signal. */
static void signal_sending_order(void)
{
	siginfo_t info = { .si_code = SI_QUEUE };
	int self = getpid();

	GIVES(-ESRCH, kill, NOBODY, 65);
	GIVES(-ESRCH, kill, -NOBODY, 65);
	GIVES(-EINVAL, kill, 0, 65);
	GIVES(-EINVAL, kill, -1, 65);
	GIVES(-ESRCH, tkill, NOBODY, 65);
	GIVES(-ESRCH, tgkill, 1, self, 65);
	GIVES(-ESRCH, rt_sigqueueinfo, NOBODY, 65, &info);
	GIVES(-ESRCH, rt_sigqueueinfo, -1, SIGUSR1, &info);
	GIVES(-ESRCH, rt_tgsigqueueinfo, self, NOBODY, 65, &info);
	GIVES(-EINVAL, rt_tgsigqueueinfo, self, self, 65, &info);
	GIVES(-EFAULT, rt_tgsigqueueinfo, 0, 0, 65, BAD_POINTER);
	info.si_code = SI_USER;
	GIVES(-EPERM, rt_sigqueueinfo, NOBODY, 65, &info);
	GIVES(-EPERM, rt_sigqueueinfo, -1, 65, &info);
	GIVES(-EINVAL, rt_tgsigqueueinfo, self, 0, 65, &info);
	GIVES(-EINVAL, rt_tgsigqueueinfo, 0, self, 65, &info);
	GIVES(-EPERM, rt_tgsigqueueinfo, self, NOBODY, 65, &info);
	GIVES(-ESRCH, rt_tgsigqueueinfo, NOBODY, self, 65, &info);
	GIVES(0, rt_tgsigqueueinfo, self, self, 0, &info);
	GIVES(0, rt_sigqueueinfo, self, 0, &info);
}

/* Sends a blocked signal to the caller, which stays pending, and takes it. */
static void send_and_take(int signal, const siginfo_t *sent, siginfo_t *got)
{
	const unsigned long set = BIT(signal);

	GIVES(0, rt_sigqueueinfo, getpid(), signal, sent);
	GIVES(0, rt_sigqueueinfo, getpid(), signal, sent); /* pending already: nothing is added */
	memset(got, -1, sizeof(*got));
	GIVES(signal, rt_sigtimedwait, &set, got, &at_once, SET_BYTES);
	GIVES(-EAGAIN, rt_sigtimedwait, &set, got, &at_once, SET_BYTES);
	CHECK_EQUAL(got->si_signo, signal);
	CHECK_EQUAL(got->si_code, sent->si_code);
}

/* A process may send itself any information, which arrives unchanged. */
static void signals_forged(void)
{
	siginfo_t sent = { .si_code = SI_TIMER }, got;
	int timer;

	block(BIT(SIGUSR1) | BIT(SIGSEGV) | BIT(SIGCHLD));
	GIVES(0, timer_create, CLOCK_MONOTONIC, NULL, &timer);
	sent.si_timerid = timer;
	sent.si_overrun = 7;
	sent.si_int = 4711;
	send_and_take(SIGUSR1, &sent, &got);
	CHECK_EQUAL(got.si_timerid, timer);
	CHECK_EQUAL(got.si_overrun, 7);
	CHECK_EQUAL(got.si_int, 4711);
	sent.si_code = -60; /* SI_ASYNCNL */
	send_and_take(SIGUSR1, &sent, &got);
	CHECK_EQUAL(got.si_int, 4711);
	sent = (siginfo_t){ .si_code = SEGV_MAPERR };
	sent.si_addr = &sent;
	send_and_take(SIGSEGV, &sent, &got);
	CHECK(got.si_addr == &sent);
	sent = (siginfo_t){ .si_code = CLD_EXITED };
	sent.si_pid = 12;
	sent.si_uid = 34;
	sent.si_status = 56;
	send_and_take(SIGCHLD, &sent, &got);
	CHECK(got.si_pid == 12 && got.si_uid == 34 && got.si_status == 56);
}

/* Signals 1 to 31 are pending once, the others queue in order; the lowest one comes first. */
static void signals_queue(void)
{
	siginfo_t info = { .si_code = SI_QUEUE };
	unsigned long set = BIT(SIGUSR1) | BIT(SIGRTMIN + 1) | BIT(SIGRTMIN), pending;

	block(set);
	for (int i = 0; i < 3; i++) {
		info.si_int = i;
		GIVES(0, rt_sigqueueinfo, getpid(), SIGRTMIN + 1, &info);
		GIVES(0, rt_sigqueueinfo, getpid(), SIGRTMIN, &info);
		GIVES(0, rt_sigqueueinfo, getpid(), SIGUSR1, &info);
	}
	GIVES(0, rt_sigpending, &pending, SET_BYTES);
	CHECK_EQUAL(pending, set);
	GIVES(SIGUSR1, rt_sigtimedwait, &set, &info, &at_once, SET_BYTES);
	CHECK(info.si_int == 0 && info.si_code == SI_QUEUE && info.si_signo == SIGUSR1);
	for (int i = 0; i < 3; i++) {
		GIVES(SIGRTMIN, rt_sigtimedwait, &set, &info, &at_once, SET_BYTES);
		CHECK_EQUAL(info.si_int, i);
	}
	for (int i = 0; i < 3; i++) {
		GIVES(SIGRTMIN + 1, rt_sigtimedwait, &set, &info, &at_once, SET_BYTES);
		CHECK_EQUAL(info.si_int, i);
	}
	GIVES(-EAGAIN, rt_sigtimedwait, &set, &info, &at_once, SET_BYTES);
}

static void signal_senders_are_told(void)
{
	unsigned long set = BIT(SIGUSR1);
	siginfo_t info;

	block(set);
	GIVES(0, kill, getpid(), SIGUSR1);
	GIVES(SIGUSR1, rt_sigtimedwait, &set, &info, &at_once, SET_BYTES);
	CHECK(info.si_code == SI_USER && info.si_pid == getpid() && info.si_uid == getuid());
	GIVES(0, tgkill, getpid(), gettid(), SIGUSR1);
	GIVES(SIGUSR1, rt_sigtimedwait, &set, &info, &at_once, SET_BYTES);
	CHECK(info.si_code == SI_TKILL && info.si_pid == getpid());
	GIVES(0, kill, getpid(), SIGUSR1);
	GIVES(-EFAULT, rt_sigtimedwait, &set, BAD_POINTER, &at_once, SET_BYTES);
}

static void no_operation(int signal)
{
	(void)signal;
}

static unsigned long pending_now(void)
{
	unsigned long pending;

	GIVES(0, rt_sigpending, &pending, SET_BYTES);
	return pending;
}

/* Stop signals and SIGCONT discard each other; ignoring a signal discards a pending one. */
static void signals_cancel(void)
{
	block(BIT(SIGCONT) | BIT(SIGTSTP) | BIT(SIGTTIN) | BIT(SIGUSR1) | BIT(SIGCHLD));
	GIVES(0, kill, getpid(), SIGTSTP);
	GIVES(0, kill, getpid(), SIGTTIN);
	CHECK_EQUAL(pending_now(), BIT(SIGTSTP) | BIT(SIGTTIN));
	GIVES(0, kill, getpid(), SIGCONT);
	CHECK_EQUAL(pending_now(), BIT(SIGCONT));
	GIVES(0, kill, getpid(), SIGTSTP);
	CHECK_EQUAL(pending_now(), BIT(SIGTSTP));
	signal(SIGTSTP, SIG_IGN);
	CHECK_EQUAL(pending_now(), 0);
	GIVES(0, kill, getpid(), SIGUSR1);
	signal(SIGUSR1, SIG_IGN);
	CHECK_EQUAL(pending_now(), 0);
	GIVES(0, kill, getpid(), SIGUSR1); /* ignored but blocked: pending */
	CHECK_EQUAL(pending_now(), BIT(SIGUSR1));
	GIVES(0, kill, getpid(), SIGCHLD); /* ignored by default: the same */
	CHECK_EQUAL(pending_now(), BIT(SIGUSR1) | BIT(SIGCHLD));
}

static siginfo_t told;

static void note(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	told = *info;
}

/* SIGPIPE says that it comes from the caller. */
static void broken_pipe_tells(void)
{
	struct sigaction action = { .sa_sigaction = note, .sa_flags = SA_SIGINFO };
	int ends[2];

	CHECK(sigaction(SIGPIPE, &action, NULL) == 0 && pipe(ends) == 0 && close(ends[0]) == 0);
	GIVES(0, setresuid, 5, 5, 5);
	GIVES(-EPIPE, write, ends[1], "x", 1);
	CHECK_EQUAL(told.si_code, SI_USER);
	CHECK_EQUAL(told.si_pid, getpid());
	CHECK_EQUAL(told.si_uid, 5);
}

/* So does SIGXFSZ. */
static void large_file_tells(void)
{
	struct sigaction action = { .sa_sigaction = note, .sa_flags = SA_SIGINFO };
	const struct rlimit limit = { 0, 0 };

	CHECK(sigaction(SIGXFSZ, &action, NULL) == 0);
	GIVES(0, prlimit64, 0, RLIMIT_FSIZE, &limit, NULL);
	GIVES(-EFBIG, write, posix_file("file", ""), "x", 1);
	CHECK_EQUAL(told.si_code, SI_USER);
	CHECK_EQUAL(told.si_pid, getpid());
}

/* The signal sent when a parent ends names the parent as its sender. */
static void dead_parent_tells(void)
{
	unsigned long set = BIT(SIGUSR1);
	int middle, child, ends[2];
	siginfo_t info;
	char byte;

	block(set);
	CHECK(pipe(ends) == 0);
	middle = tap_fork();
	if (middle == 0) {
		GIVES(0, setresuid, 5, 5, 5);
		middle = getpid();
		child = tap_fork();
		if (child > 0)
			_exit(read(ends[0], &byte, 1) != 1);
		GIVES(0, prctl, PR_SET_PDEATHSIG, SIGUSR1, 0, 0, 0);
		CHECK_EQUAL(write(ends[1], "x", 1), 1);
		GIVES(SIGUSR1, rt_sigtimedwait, &set, &info, NULL, SET_BYTES);
		CHECK(info.si_code == SI_USER && info.si_pid == middle);
		CHECK_EQUAL(info.si_uid, 5);
		CHECK_EQUAL(write(ends[1], "x", 1), 1);
		_exit(0);
	}
	tap_join(middle);
	CHECK(close(ends[1]) == 0);
	CHECK_EQUAL(read(ends[0], &byte, 1), 1);
}

static void alternate_stack_errors(void)
{
	static char memory[8 * SIGSTKSZ];
	stack_t stack = { .ss_sp = memory, .ss_size = sizeof(memory) }, old;

	GIVES(0, sigaltstack, NULL, &old);
	CHECK_EQUAL(old.ss_flags, SS_DISABLE);
	GIVES(0, sigaltstack, &stack, NULL);
	GIVES(0, sigaltstack, NULL, &old);
	CHECK(old.ss_sp == memory && old.ss_size == sizeof(memory) && old.ss_flags == 0);
	stack.ss_size = 64;
	GIVES(-ENOMEM, sigaltstack, &stack, NULL);
	stack.ss_flags = 77;
	GIVES(-EINVAL, sigaltstack, &stack, NULL);
	stack.ss_flags = SS_ONSTACK; /* has no effect */
	stack.ss_size = sizeof(memory);
	GIVES(0, sigaltstack, &stack, NULL);
	stack.ss_flags = SS_DISABLE;
	GIVES(0, sigaltstack, &stack, &old);
	CHECK(old.ss_sp == memory && old.ss_flags == 0);
	GIVES(0, sigaltstack, NULL, &old);
	CHECK(old.ss_sp == NULL && old.ss_size == 0 && old.ss_flags == SS_DISABLE);
	GIVES(-EFAULT, sigaltstack, BAD_POINTER, NULL);
	GIVES(-EFAULT, sigaltstack, NULL, BAD_POINTER);
}

/* sigaltstack(NULL, old), called with this stack pointer. */
static long ask_stack(char *pointer, stack_t *old)
{
	register long a0 __asm__("a0") = 0;
	register long a1 __asm__("a1") = (long)old;
	register long a7 __asm__("a7") = SYS_sigaltstack;
	long kept;

	__asm__ volatile("mv %1, sp\n\t"
			 "mv sp, %2\n\t"
			 "ecall\n\t"
			 "mv sp, %1"
			 : "+r"(a0), "=&r"(kept)
			 : "r"(pointer), "r"(a1), "r"(a7)
			 : "memory");
	return a0;
}

/* A stack pointer at the stack's end (empty) is on the stack, one at its lowest address is not. */
static void alternate_stack_bounds(void)
{
	static char memory[8 * SIGSTKSZ] __attribute__((aligned(16)));
	const stack_t stack = { .ss_sp = memory, .ss_size = sizeof(memory) };
	char *end = memory + sizeof(memory);
	stack_t old;

	GIVES(0, sigaltstack, &stack, NULL);
	CHECK(ask_stack(memory - 16, &old) == 0 && old.ss_flags == 0);
	CHECK(ask_stack(memory, &old) == 0 && old.ss_flags == 0);
	CHECK(ask_stack(memory + 16, &old) == 0 && old.ss_flags == SS_ONSTACK);
	CHECK(ask_stack(end, &old) == 0 && old.ss_flags == SS_ONSTACK);
	CHECK(ask_stack(end + 16, &old) == 0 && old.ss_flags == 0);
}

static stack_t left_stack;

static void leave_stack(int signal, siginfo_t *info, void *context)
{
	ucontext_t *frame = context;

	(void)signal;
	(void)info;
	frame->uc_stack = left_stack;
}

/* Returns from a handler that stores these in its frame; the alternative stack after that. */
static stack_t stack_after(void *start, unsigned long size, int flags)
{
	stack_t stack;

	left_stack = (stack_t){ .ss_sp = start, .ss_flags = flags, .ss_size = size };
	GIVES(0, kill, getpid(), SIGUSR1);
	GIVES(0, sigaltstack, NULL, &stack);
	return stack;
}

/* The stack that a handler leaves in its frame is used only if sigaltstack() would accept it. */
static void alternate_stack_in_frame(void)
{
	struct sigaction action = { .sa_sigaction = leave_stack, .sa_flags = SA_SIGINFO };
	static char memory[8 * SIGSTKSZ];
	stack_t stack;

	CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
	stack = stack_after(memory, sizeof(memory), 0);
	CHECK(stack.ss_sp == memory && stack.ss_size == sizeof(memory) && stack.ss_flags == 0);
	stack = stack_after(memory, 64, 0);
	CHECK(stack.ss_sp == memory && stack.ss_size == sizeof(memory) && stack.ss_flags == 0);
	stack = stack_after(NULL, sizeof(memory), 77);
	CHECK(stack.ss_sp == memory && stack.ss_size == sizeof(memory) && stack.ss_flags == 0);
	stack = stack_after(memory + SIGSTKSZ, sizeof(memory) - SIGSTKSZ, SS_ONSTACK);
	CHECK(stack.ss_sp == memory + SIGSTKSZ && stack.ss_flags == 0);
	stack = stack_after(memory, sizeof(memory), SS_DISABLE);
	CHECK(stack.ss_sp == NULL && stack.ss_size == 0 && stack.ss_flags == SS_DISABLE);
}

/* What SIGCHLD tells about everything that can happen to a child. */
static void child_signal_tells(void)
{
	unsigned long set = BIT(SIGCHLD);
	siginfo_t info;
	int pid;

	block(set);
	pid = tap_fork();
	if (pid == 0) {
		for (;;)
			sleep_milliseconds(1000);
	}
	GIVES(0, kill, pid, SIGSTOP);
	GIVES(SIGCHLD, rt_sigtimedwait, &set, &info, NULL, SET_BYTES);
	CHECK(info.si_code == CLD_STOPPED && info.si_status == SIGSTOP && info.si_pid == pid);
	GIVES(0, kill, pid, SIGCONT);
	GIVES(SIGCHLD, rt_sigtimedwait, &set, &info, NULL, SET_BYTES);
	CHECK(info.si_code == CLD_CONTINUED && info.si_status == SIGCONT && info.si_pid == pid);
	GIVES(0, kill, pid, SIGKILL);
	GIVES(SIGCHLD, rt_sigtimedwait, &set, &info, NULL, SET_BYTES);
	CHECK(info.si_code == CLD_KILLED && info.si_status == SIGKILL && info.si_pid == pid);
	tap_join_killed(pid, SIGKILL);
}

/* SA_NOCLDSTOP: stops are not reported. SA_NOCLDWAIT: nothing is left to wait for. */
static void child_signal_flags(void)
{
	struct sigaction action = { .sa_handler = no_operation, .sa_flags = SA_NOCLDSTOP };
	unsigned long set = BIT(SIGCHLD);
	int pid;

	block(set);
	CHECK(sigaction(SIGCHLD, &action, NULL) == 0);
	pid = tap_fork();
	if (pid == 0) {
		for (;;)
			sleep_milliseconds(1000);
	}
	GIVES(0, kill, pid, SIGSTOP);
	GIVES(pid, wait4, pid, NULL, WUNTRACED, NULL);
	CHECK_EQUAL(pending_now(), 0);
	action.sa_flags = SA_NOCLDWAIT;
	CHECK(sigaction(SIGCHLD, &action, NULL) == 0);
	GIVES(0, kill, pid, SIGKILL);
	GIVES(-ECHILD, wait4, pid, NULL, 0, NULL);
	CHECK_EQUAL(pending_now(), BIT(SIGCHLD)); /* sent all the same */
}

static volatile int alarms;

static void count_alarm(int signal)
{
	(void)signal;
	alarms++;
}

static void interval_timer(void)
{
	const struct itimerval often = { { 0, 20000 }, { 0, 20000 } },
			       none = { { 0, 0 }, { 0, 0 } };
	struct itimerval bad = { { 0, 0 }, { 0, 1000000 } }, old;

	signal(SIGALRM, count_alarm);
	GIVES(0, setitimer, ITIMER_REAL, &often, NULL);
	while (alarms < 3)
		pause();
	GIVES(0, getitimer, ITIMER_REAL, &old);
	CHECK(old.it_interval.tv_usec == 20000 && old.it_value.tv_usec <= 20000);
	GIVES(0, setitimer, ITIMER_REAL, &none, &old);
	CHECK_EQUAL(old.it_interval.tv_usec, 20000);
	GIVES(0, getitimer, ITIMER_REAL, &old);
	CHECK(old.it_value.tv_sec == 0 && old.it_value.tv_usec == 0);
	GIVES(-EINVAL, setitimer, ITIMER_REAL, &bad, NULL);
	bad.it_value = (struct timeval){ -1, 0 };
	GIVES(-EINVAL, setitimer, ITIMER_REAL, &bad, NULL);
	GIVES(-EINVAL, setitimer, 9, &often, NULL);
	GIVES(-EINVAL, getitimer, 9, &old);
	GIVES(-EFAULT, setitimer, ITIMER_REAL, BAD_POINTER, NULL);
	GIVES(-EFAULT, getitimer, ITIMER_REAL, BAD_POINTER);
}

static void sleep_errors(void)
{
	struct timespec bad = { 0, -1 }, soon = { 0, MILLISECOND }, past = { 1, 0 };

	GIVES(-EINVAL, nanosleep, &bad, NULL);
	bad = (struct timespec){ -1, 0 };
	GIVES(-EINVAL, nanosleep, &bad, NULL);
	GIVES(-EFAULT, nanosleep, BAD_POINTER, NULL);
	GIVES(-EINVAL, clock_nanosleep, CLOCK_MONOTONIC, 0, &bad, NULL);
	GIVES(-EINVAL, clock_nanosleep, 77, 0, &soon, NULL);
	GIVES(-EOPNOTSUPP, clock_nanosleep, CLOCK_THREAD_CPUTIME_ID, 0, &soon, NULL);
	GIVES(0, clock_nanosleep, CLOCK_MONOTONIC, 0, &soon, BAD_POINTER); /* nothing is left */
	GIVES(0, clock_nanosleep, CLOCK_REALTIME, TIMER_ABSTIME, &past, NULL);
	GIVES(0, clock_nanosleep, CLOCK_BOOTTIME, TIMER_ABSTIME, &soon, NULL);
}

static const struct tap_case cases[] = {
	{ "signal-action-errors", signal_action_errors, 0 },
	{ "signal-set-errors", signal_set_errors, 0 },
	{ "signal-sending-errors", signal_sending_errors, 0 },
	{ "signal-sending-order", signal_sending_order, 0 },
	{ "signals-forged", signals_forged, 0 },
	{ "signals-queue", signals_queue, 0 },
	{ "signal-senders-are-told", signal_senders_are_told, 0 },
	{ "signals-cancel", signals_cancel, 0 },
	{ "broken-pipe-tells", broken_pipe_tells, 0 },
	{ "large-file-tells", large_file_tells, 0 },
	{ "dead-parent-tells", dead_parent_tells, 0 },
	{ "alternate-stack-errors", alternate_stack_errors, 0 },
	{ "alternate-stack-bounds", alternate_stack_bounds, 0 },
	{ "alternate-stack-in-frame", alternate_stack_in_frame, 0 },
	{ "child-signal-tells", child_signal_tells, 0 },
	{ "child-signal-flags", child_signal_flags, 0 },
	{ "interval-timer", interval_timer, 0 },
	{ "sleep-errors", sleep_errors, 0 },
};

const struct tap_group posix_signal_group = TAP_GROUP(cases);
