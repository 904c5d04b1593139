/*
 * Signals: numbers, struct sigaction, siginfo_t and alternate stacks as the kernel sees them.
 * riscv64 has no sa_restorer: the kernel supplies the code that a handler returns to.
 */
#pragma once

#include <stddef.h>

#define SIGHUP    1
#define SIGINT    2
#define SIGQUIT   3
#define SIGILL    4
#define SIGTRAP   5
#define SIGABRT   6
#define SIGIOT    SIGABRT
#define SIGBUS    7
#define SIGFPE    8
#define SIGKILL   9
#define SIGUSR1   10
#define SIGSEGV   11
#define SIGUSR2   12
#define SIGPIPE   13
#define SIGALRM   14
#define SIGTERM   15
#define SIGSTKFLT 16
#define SIGCHLD   17
#define SIGCONT   18
#define SIGSTOP   19
#define SIGTSTP   20
#define SIGTTIN   21
#define SIGTTOU   22
#define SIGURG    23
#define SIGXCPU   24
#define SIGXFSZ   25
#define SIGVTALRM 26
#define SIGPROF   27
#define SIGWINCH  28
#define SIGIO     29
#define SIGPOLL   SIGIO
#define SIGPWR    30
#define SIGSYS    31
#define SIGRTMIN  32
#define SIGRTMAX  64

/* Signal numbers run from 1 to this. */
#define SIGNAL_MAX 64

/* Bit n - 1 stands for signal n. */
typedef struct {
	unsigned long bits;
} sigset_t;

typedef union sigval {
	int sival_int;
	void *sival_ptr;
} sigval_t;

typedef struct siginfo {
	int si_signo;
	int si_errno;
	int si_code;
	int si_reserved;
	union {
		struct { /* kill, tkill, sigqueue */
			int pid;
			unsigned int uid;
			sigval_t value;
		} sender;
		struct { /* SIGCHLD */
			int pid;
			unsigned int uid;
			int status;
			int reserved;
			long utime; /* clock ticks */
			long stime;
		} child;
		struct { /* SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP */
			void *address;
			short lsb;
		} fault;
		struct { /* POSIX timers */
			int id;
			int overrun;
			sigval_t value;
		} timer;
		struct { /* SIGIO */
			long band;
			int fd;
		} poll;
		struct { /* SIGSYS */
			void *address;
			int number;
			unsigned int arch;
		} syscall;
		char size[112];
	} si_fields;
} siginfo_t;

#define si_pid      si_fields.sender.pid
#define si_uid      si_fields.sender.uid
#define si_value    si_fields.sender.value
#define si_int      si_fields.sender.value.sival_int
#define si_ptr      si_fields.sender.value.sival_ptr
#define si_status   si_fields.child.status
#define si_utime    si_fields.child.utime
#define si_stime    si_fields.child.stime
#define si_addr     si_fields.fault.address
#define si_addr_lsb si_fields.fault.lsb
#define si_timerid  si_fields.timer.id
#define si_overrun  si_fields.timer.overrun
#define si_band     si_fields.poll.band
#define si_fd       si_fields.poll.fd

_Static_assert(sizeof(siginfo_t) == 128, "siginfo_t has Linux's size");

/* si_code: who sent it. Above zero, the kernel did. */
#define SI_USER   0
#define SI_KERNEL 0x80
#define SI_QUEUE  (-1)
#define SI_TIMER  (-2)
#define SI_TKILL  (-6)

#define ILL_ILLOPC 1
#define ILL_ILLOPN 2
#define ILL_ILLADR 3
#define ILL_ILLTRP 4
#define ILL_PRVOPC 5

#define FPE_INTDIV 1
#define FPE_FLTDIV 3

#define SEGV_MAPERR 1
#define SEGV_ACCERR 2

#define BUS_ADRALN 1
#define BUS_ADRERR 2
#define BUS_OBJERR 3

#define TRAP_BRKPT 1
#define TRAP_TRACE 2

#define CLD_EXITED    1
#define CLD_KILLED    2
#define CLD_DUMPED    3
#define CLD_TRAPPED   4
#define CLD_STOPPED   5
#define CLD_CONTINUED 6

struct sigaction {
	union {
		void (*sa_handler)(int);
		void (*sa_sigaction)(int, siginfo_t *, void *);
	};
	unsigned long sa_flags;
	sigset_t sa_mask;
};

#define SIG_DFL ((void (*)(int))0)
#define SIG_IGN ((void (*)(int))1)
#define SIG_ERR ((void (*)(int)) - 1)

#define SA_NOCLDSTOP      0x00000001UL
#define SA_NOCLDWAIT      0x00000002UL
#define SA_SIGINFO        0x00000004UL
#define SA_UNSUPPORTED    0x00000400UL /* never kept: so programs learn which flags are known */
#define SA_EXPOSE_TAGBITS 0x00000800UL
#define SA_ONSTACK        0x08000000UL
#define SA_RESTART        0x10000000UL
#define SA_NODEFER        0x40000000UL
#define SA_RESETHAND      0x80000000UL

/* rt_sigprocmask. */
#define SIG_BLOCK   0
#define SIG_UNBLOCK 1
#define SIG_SETMASK 2

typedef struct sigaltstack {
	void *ss_sp;
	int ss_flags;
	size_t ss_size;
} stack_t;

#define SS_ONSTACK    1
#define SS_DISABLE    2
#define SS_AUTODISARM (1U << 31)
#define MINSIGSTKSZ   2048
#define SIGSTKSZ      8192

struct sigevent {
	sigval_t sigev_value;
	int sigev_signo;
	int sigev_notify;
	int sigev_notify_thread_id;
	int sigev_reserved[11];
};

_Static_assert(sizeof(struct sigevent) == 64, "struct sigevent has Linux's size");

#define SIGEV_SIGNAL    0
#define SIGEV_NONE      1
#define SIGEV_THREAD    2
#define SIGEV_THREAD_ID 4
