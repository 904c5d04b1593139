/*
 * The calls that sysfuzz makes. Whatever reaches beyond the fuzzer's own processes and folder is
 * left out: arguments of kind 'p' allow no signals to other processes, and reboot and pivot_root
 * are not made at all.
 */
#include <stdbool.h>
#include <sys/syscall.h>

#include "usr/tests/fuzz.h"
#include "usr/tests/tap.h"

#define UNKNOWN_SHARE 64  /* one call in so many has a number from the whole range */
#define LAST_SHARE    256 /* one in so many may be the process's last one */

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#define CALL(name, arguments)                \
	{                                    \
		SYS_##name, #name, arguments \
	}

/* Those that matter most, or do many different things, are listed several times. */
static const struct fuzz_call calls[] = {
	/* memory */
	CALL(brk, "B"),
	CALL(mmap, "Mnumfo"),
	CALL(mmap, "Mnumfo"),
	CALL(munmap, "Mn"),
	CALL(mremap, "MnniM"),
	CALL(mprotect, "Mnu"),
	CALL(mprotect, "Mnu"),
	CALL(madvise, "Mni"),
	CALL(msync, "Mni"),
	CALL(mincore, "MnP"),
	CALL(mlock, "Mn"),
	CALL(mlock2, "Mni"),
	CALL(munlock, "Mn"),
	CALL(mlockall, "i"),
	CALL(munlockall, ""),
	CALL(membarrier, "i0i"),
	CALL(memfd_create, "Ni"),
	CALL(riscv_flush_icache, "Mni"),
	/* files by descriptor */
	CALL(dup, "f"),
	CALL(dup3, "ffr"),
	CALL(fcntl, "fvP"),
	CALL(fcntl, "fvi"),
	CALL(ioctl, "yzP"),
	CALL(ioctl, "yzi"),
	CALL(ioctl, "fzP"),
	CALL(flock, "fi"),
	CALL(ftruncate, "fo"),
	CALL(fallocate, "fioo"),
	CALL(close, "f"),
	CALL(pipe2, "Pr"),
	CALL(lseek, "foi"),
	CALL(read, "fPl"),
	CALL(read, "fMl"),
	CALL(read, "yPl"),
	CALL(write, "fPl"),
	CALL(write, "fMl"),
	CALL(write, "yPl"),
	CALL(readv, "fWi"),
	CALL(writev, "fWi"),
	CALL(pread64, "fPlo"),
	CALL(pwrite64, "fPlo"),
	CALL(preadv, "fWio"),
	CALL(pwritev, "fWio"),
	CALL(sendfile, "ffPl"),
	CALL(copy_file_range, "f0f0l0"),
	CALL(copy_file_range, "fPfPli"),
	CALL(fsync, "f"),
	CALL(fdatasync, "f"),
	CALL(sync, ""),
	CALL(syncfs, "f"),
	CALL(sync_file_range, "fooi"),
	CALL(readahead, "fol"),
	CALL(fadvise64, "fooi"),
	/* files by name */
	CALL(getcwd, "Pl"),
	CALL(mknodat, "dNr0"),
	CALL(mkdirat, "dNr"),
	CALL(unlinkat, "dN0"),
	CALL(unlinkat, "dNr"),
	CALL(symlinkat, "NdN"),
	CALL(linkat, "dNdN0"),
	CALL(linkat, "dNdNr"),
	CALL(renameat2, "dNdN0"),
	CALL(renameat2, "dNdNi"),
	CALL(truncate, "No"),
	CALL(faccessat, "dRi"),
	CALL(faccessat2, "dRir"),
	CALL(chdir, "N"),
	CALL(fchdir, "d"),
	CALL(openat, "dRrr"),
	CALL(openat, "dRrr"),
	CALL(getdents64, "fPl"),
	CALL(readlinkat, "dRPl"),
	CALL(umask, "r"),
	CALL(mount, "NNF0O"),
	CALL(mount, "NNFrO"),
	CALL(umount2, "Ni"),
	/* attributes */
	CALL(setxattr, "s"),
	CALL(lsetxattr, "s"),
	CALL(getxattr, "s"),
	CALL(lgetxattr, "s"),
	CALL(listxattr, "s"),
	CALL(llistxattr, "s"),
	CALL(removexattr, "s"),
	CALL(lremovexattr, "s"),
	CALL(fsetxattr, "f"),
	CALL(fgetxattr, "f"),
	CALL(flistxattr, "f"),
	CALL(fremovexattr, "f"),
	CALL(statfs, "RP"),
	CALL(fstatfs, "fP"),
	CALL(fchmod, "fr"),
	CALL(fchmodat, "dNr"),
	CALL(fchownat, "dNii0"),
	CALL(fchown, "fii"),
	CALL(newfstatat, "dRP0"),
	CALL(newfstatat, "dRPr"),
	CALL(fstat, "fP"),
	CALL(utimensat, "dNT0"),
	CALL(statx, "dR0rP"),
	CALL(statx, "dRrrP"),
	/* events */
	CALL(eventfd2, "ir"),
	CALL(epoll_create1, "r"),
	CALL(epoll_ctl, "eifP"),
	CALL(epoll_ctl, "e1sP"),
	CALL(epoll_pwait, "ePiiSI"),
	CALL(epoll_pwait2, "ePiTSI"),
	CALL(pselect6, "iPPPTP"),
	CALL(ppoll, "PiTSI"),
	CALL(signalfd4, "fSI0"),
	CALL(timerfd_create, "ir"),
	CALL(timerfd_settime, "tiTP"),
	CALL(timerfd_gettime, "tP"),
	/* processes and threads */
	CALL(clone, "c0PP0"),
	CALL(clone3, "Cj"),
	CALL(clone3, "Cj"),
	CALL(personality, "r"),
	CALL(waitid, "ipPiP"),
	CALL(wait4, "pPiP"),
	CALL(set_tid_address, "P"),
	CALL(futex, "PiiTPi"),
	CALL(futex, "MiiTMi"),
	CALL(set_robust_list, "Pl"),
	CALL(prctl, "iPPPP"),
	CALL(prctl, "iiiii"),
	CALL(getpid, ""),
	CALL(getppid, ""),
	CALL(gettid, ""),
	CALL(sched_setscheduler, "piP"),
	CALL(sched_getscheduler, "p"),
	CALL(sched_setparam, "pP"),
	CALL(sched_getparam, "pP"),
	CALL(sched_setattr, "pPi"),
	CALL(sched_getattr, "pPli"),
	CALL(sched_get_priority_max, "i"),
	CALL(sched_get_priority_min, "i"),
	CALL(sched_rr_get_interval, "pP"),
	CALL(sched_setaffinity, "plP"),
	CALL(sched_getaffinity, "plP"),
	CALL(sched_yield, ""),
	CALL(setpriority, "ipi"),
	CALL(getpriority, "ip"),
	CALL(getcpu, "PPP"),
	/* signals */
	CALL(kill, "ph"),
	CALL(tkill, "ph"),
	CALL(tgkill, "pph"),
	CALL(sigaltstack, "JP"),
	CALL(rt_sigsuspend, "SI"),
	CALL(rt_sigaction, "gKPI"),
	CALL(rt_sigprocmask, "iSPI"),
	CALL(rt_sigpending, "Pi"),
	CALL(rt_sigtimedwait, "SPTI"),
	CALL(rt_sigqueueinfo, "phP"),
	CALL(rt_tgsigqueueinfo, "pphP"),
	/* time */
	CALL(nanosleep, "TP"),
	CALL(getitimer, "iP"),
	CALL(setitimer, "iTP"),
	CALL(timer_create, "iPP"),
	CALL(timer_create, "i0P"),
	CALL(timer_settime, "iiTP"),
	CALL(timer_gettime, "iP"),
	CALL(timer_getoverrun, "i"),
	CALL(timer_delete, "i"),
	CALL(clock_gettime, "iP"),
	CALL(clock_settime, "iT"),
	CALL(clock_getres, "iP"),
	CALL(clock_nanosleep, "iiTP"),
	CALL(times, "P"),
	CALL(gettimeofday, "PP"),
	/* users, groups, sessions */
	CALL(capget, "GP"),
	CALL(getuid, ""),
	CALL(geteuid, ""),
	CALL(getgid, ""),
	CALL(getegid, ""),
	CALL(getresuid, "PPP"),
	CALL(getresgid, "PPP"),
	CALL(setpgid, "pp"),
	CALL(getpgid, "p"),
	CALL(getsid, "p"),
	CALL(setsid, ""),
	CALL(getgroups, "iP"),
	CALL(setgroups, "iP"),
	/* limits and the system */
	CALL(uname, "P"),
	CALL(getrusage, "iP"),
	CALL(sysinfo, "P"),
	CALL(getrlimit, "iP"),
	CALL(prlimit64, "pi0P"),
	CALL(getrandom, "Pli"),
	CALL(riscv_hwprobe, "PlIP0"),
	CALL(syslog, "iPl"),
	CALL(sethostname, "Pl"),
	/* sockets */
	CALL(socket, "kq0"),
	CALL(socketpair, "kq0P"),
	CALL(bind, "sAL"),
	CALL(listen, "si"),
	CALL(accept, "sPP"),
	CALL(accept4, "sPPr"),
	CALL(connect, "sAL"),
	CALL(getsockname, "sPP"),
	CALL(getpeername, "sPP"),
	CALL(sendto, "sPlwAL"),
	CALL(sendto, "sPlw00"),
	CALL(recvfrom, "sPlwPP"),
	CALL(setsockopt, "s1iPi"),
	CALL(getsockopt, "s1iPP"),
	CALL(shutdown, "si"),
	CALL(sendmsg, "sHw"),
	CALL(sendmsg, "sHw"),
	CALL(recvmsg, "sHw"),
	CALL(recvmsg, "sHw"),
};

/* Calls that may end a process, or leave it little to do: made rarely. */
static const struct fuzz_call last_calls[] = {
	CALL(exit, "i"),
	CALL(exit_group, "i"),
	CALL(execve, "EXX"),
	CALL(execveat, "dEXXr"),
	CALL(kill, "pg"),
	CALL(tkill, "pg"),
	CALL(tgkill, "ppg"),
	CALL(rt_sigqueueinfo, "pgP"),
	CALL(rt_tgsigqueueinfo, "ppgP"),
	CALL(rt_sigreturn, ""),
	CALL(close_range, "ffi"),
	CALL(chroot, "N"),
	CALL(capset, "GP"),
	CALL(setuid, "i"),
	CALL(setreuid, "ii"),
	CALL(setresuid, "iii"),
	CALL(setregid, "ii"),
	CALL(setresgid, "iii"),
	CALL(setgid, "i"),
	CALL(setfsuid, "i"),
	CALL(setfsgid, "i"),
	CALL(setrlimit, "iP"),
	CALL(prlimit64, "piPP"),
	CALL(clone, "xMPP0"),
};

static bool is_forbidden(int number)
{
	switch (number) {
	case SYS_reboot:
	case SYS_pivot_root:
	case SYS_kill: /* and others with a pid that is not of kind 'p' */
	case SYS_tkill:
	case SYS_tgkill:
	case SYS_rt_sigqueueinfo:
	case SYS_rt_tgsigqueueinfo:
	case SYS_pidfd_send_signal:
		return true;
	default:
		return false;
	}
}

void fuzz_draw_call(struct fuzz *fuzz, struct fuzz_call *call)
{
	*call = fuzz_below(fuzz, LAST_SHARE) ? calls[fuzz_below(fuzz, LENGTH(calls))]
					     : last_calls[fuzz_below(fuzz, LENGTH(last_calls))];
	if (fuzz_below(fuzz, UNKNOWN_SHARE) != 0)
		return;
	do {
		call->number = (int)fuzz_below(fuzz, FUZZ_NUMBERS);
	} while (is_forbidden(call->number));
	call->name = "number";
	call->arguments = "xxxxxx";
}

static const struct fuzz_call *call_at(size_t i)
{
	return i < LENGTH(calls) ? &calls[i] : &last_calls[i - LENGTH(calls)];
}

/* Each number counts where it comes first. */
static bool is_first(size_t i)
{
	for (size_t before = 0; before < i; before++)
		if (call_at(before)->number == call_at(i)->number)
			return false;
	return true;
}

void fuzz_report(const int *results)
{
	unsigned int all = 0, good = 0;

	for (size_t i = 0; i < LENGTH(calls) + LENGTH(last_calls); i++) {
		if (!is_first(i))
			continue;
		all++;
		if (results[call_at(i)->number] == FUZZ_SUCCEEDED)
			good++;
		else
			tap_note("never succeeded: %s, last errno %d", call_at(i)->name,
				results[call_at(i)->number]);
	}
	tap_note("%u of %u calls succeeded", good, all);
}
