/*
 * The calls that sysfuzz makes. Left out is what reaches beyond the fuzzer's own processes and
 * folder: signals to others are kept in by the kind 'P' of argument, reboot and pivot_root are not
 * made at all.
 */
#include <stdbool.h>
#include <sys/syscall.h>

#include "usr/tests/fuzz.h"

#define UNKNOWN_SHARE 64  /* one call in so many has a number from the whole range */
#define NUMBERS       512 /* of that range */

#define CALL(name, arguments)                \
	{                                    \
		SYS_##name, #name, arguments \
	}

static const struct fuzz_call calls[] = {
	/* memory */
	CALL(brk, "b"),
	CALL(mmap, "mnuMfo"),
	CALL(mmap, "mnuMfo"),
	CALL(munmap, "mn"),
	CALL(mremap, "mnnim"),
	CALL(mprotect, "mnu"),
	CALL(mprotect, "mnu"),
	CALL(madvise, "mni"),
	CALL(msync, "mni"),
	CALL(mincore, "mnp"),
	CALL(mlock, "mn"),
	CALL(munlock, "mn"),
	CALL(membarrier, "iii"),
	CALL(memfd_create, "si"),
	CALL(riscv_flush_icache, "mni"),
	CALL(process_vm_readv, "PvivII"),
	/* files by descriptor */
	CALL(dup, "f"),
	CALL(dup3, "ffr"),
	CALL(fcntl, "fip"),
	CALL(fcntl, "fii"),
	CALL(ioctl, "ftp"),
	CALL(flock, "fi"),
	CALL(ftruncate, "fo"),
	CALL(fallocate, "fioo"),
	CALL(close, "f"),
	CALL(pipe2, "pr"),
	CALL(lseek, "foi"),
	CALL(read, "fpl"),
	CALL(read, "fml"),
	CALL(write, "fpl"),
	CALL(write, "fml"),
	CALL(readv, "fvi"),
	CALL(writev, "fvi"),
	CALL(pread64, "fplo"),
	CALL(pwrite64, "fplo"),
	CALL(preadv, "fvio"),
	CALL(pwritev, "fvio"),
	CALL(preadv2, "fvioii"),
	CALL(sendfile, "ffpl"),
	CALL(splice, "fpfpli"),
	CALL(copy_file_range, "fpfpli"),
	CALL(fsync, "f"),
	CALL(sync_file_range, "fooi"),
	CALL(readahead, "fol"),
	CALL(fadvise64, "fooi"),
	CALL(close_range, "ffi"),
	/* files by name */
	CALL(getcwd, "pl"),
	CALL(mknodat, "dsri"),
	CALL(mkdirat, "dsr"),
	CALL(unlinkat, "dsr"),
	CALL(symlinkat, "sds"),
	CALL(linkat, "dsdsr"),
	CALL(renameat2, "dsdsi"),
	CALL(truncate, "so"),
	CALL(faccessat, "dSi"),
	CALL(faccessat2, "dSir"),
	CALL(chdir, "s"),
	CALL(fchdir, "f"),
	CALL(chroot, "s"),
	CALL(openat, "dSrr"),
	CALL(openat, "dSrr"),
	CALL(getdents64, "fpl"),
	CALL(readlinkat, "dSpl"),
	CALL(umask, "r"),
	CALL(openat2, "dSpl"),
	CALL(mount, "sssrs"),
	CALL(umount2, "si"),

	/* attributes */
	CALL(statfs, "Sp"),
	CALL(fstatfs, "fp"),
	CALL(fchmod, "fr"),
	CALL(fchmodat, "dsr"),
	CALL(fchownat, "dsiir"),
	CALL(fchown, "fii"),
	CALL(newfstatat, "dSpr"),
	CALL(fstat, "fp"),
	CALL(utimensat, "dspr"),
	CALL(statx, "dSrrp"),
	CALL(getxattr, "SSpl"),
	/* events */
	CALL(eventfd2, "ir"),
	CALL(epoll_create1, "r"),
	CALL(epoll_ctl, "fifp"),
	CALL(epoll_pwait, "fpiipi"),
	CALL(pselect6, "ippptp"),
	CALL(ppoll, "pitpI"),
	CALL(signalfd4, "fpir"),
	CALL(timerfd_create, "ir"),
	CALL(timerfd_settime, "fitp"),
	CALL(timerfd_gettime, "fp"),
	/* processes and threads */
	CALL(clone, "c0pp0"),
	CALL(clone3, "pl"),
	CALL(personality, "r"),
	CALL(exit, "i"),
	CALL(waitid, "iPpip"),
	CALL(wait4, "Ppip"),
	CALL(set_tid_address, "p"),
	CALL(futex, "pivtpi"),
	CALL(futex, "miItmi"),
	CALL(set_robust_list, "pl"),
	CALL(get_robust_list, "Ppp"),
	CALL(prctl, "ipppp"),
	CALL(prctl, "iiiii"),
	CALL(execve, "spp"),
	CALL(execveat, "dsppr"),
	CALL(unshare, "r"),
	CALL(getpid, ""),
	CALL(getppid, ""),
	CALL(sched_setscheduler, "Pip"),
	CALL(sched_getparam, "Pp"),
	CALL(sched_setaffinity, "Plp"),
	CALL(sched_getaffinity, "Plp"),
	CALL(sched_yield, ""),
	CALL(setpriority, "iPi"),
	CALL(getpriority, "iP"),
	CALL(getcpu, "ppp"),
	/* signals */
	CALL(kill, "Pg"),
	CALL(tkill, "Pg"),
	CALL(tgkill, "PPg"),
	CALL(sigaltstack, "pp"),
	CALL(rt_sigsuspend, "pi"),
	CALL(rt_sigaction, "gppi"),
	CALL(rt_sigprocmask, "ippi"),
	CALL(rt_sigpending, "pi"),
	CALL(rt_sigtimedwait, "pptI"),
	CALL(rt_sigqueueinfo, "Pgp"),
	CALL(rt_sigreturn, ""),
	/* time */
	CALL(nanosleep, "tp"),
	CALL(getitimer, "ip"),
	CALL(setitimer, "ipp"),
	CALL(timer_create, "ipp"),
	CALL(timer_settime, "iipp"),
	CALL(timer_gettime, "ip"),
	CALL(timer_getoverrun, "i"),
	CALL(timer_delete, "i"),
	CALL(clock_gettime, "ip"),
	CALL(clock_getres, "ip"),
	CALL(clock_nanosleep, "iitp"),
	CALL(times, "p"),
	CALL(gettimeofday, "pp"),
	/* users, groups, sessions */
	CALL(capget, "pp"),
	CALL(capset, "pp"),
	CALL(setreuid, "ii"),
	CALL(setresuid, "iii"),
	CALL(setresgid, "iii"),
	CALL(getresuid, "ppp"),
	CALL(setpgid, "PP"),
	CALL(getpgid, "P"),
	CALL(getsid, "P"),
	CALL(setsid, ""),
	CALL(getgroups, "ip"),
	CALL(setgroups, "ip"),
	/* limits and the system */
	CALL(uname, "p"),
	CALL(getrusage, "ip"),
	CALL(sysinfo, "p"),
	CALL(prlimit64, "Pipp"),
	CALL(getrandom, "pli"),
	CALL(riscv_hwprobe, "plipi"),
	CALL(syslog, "ipl"),
	/* sockets */
	CALL(socket, "kir"),
	CALL(socketpair, "kirp"),
	CALL(bind, "fai"),
	CALL(listen, "fi"),
	CALL(accept4, "fppr"),
	CALL(connect, "fai"),
	CALL(getsockname, "fpp"),
	CALL(getpeername, "fpp"),
	CALL(sendto, "fplrai"),
	CALL(recvfrom, "fplrpp"),
	CALL(setsockopt, "fiipi"),
	CALL(getsockopt, "fiipp"),
	CALL(shutdown, "fi"),
	CALL(sendmsg, "fhr"),
	CALL(recvmsg, "fhr"),
};

static bool is_forbidden(int number)
{
	switch (number) {
	case SYS_reboot:
	case SYS_pivot_root:
	case SYS_kill: /* and the like, with a pid that is not 'P' */
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
	*call = calls[fuzz_below(fuzz, sizeof(calls) / sizeof(calls[0]))];
	if (fuzz_below(fuzz, UNKNOWN_SHARE) != 0)
		return;
	do {
		call->number = (int)fuzz_below(fuzz, NUMBERS);
	} while (is_forbidden(call->number));
	call->name = "number";
	call->arguments = "xxxxxx";
}
