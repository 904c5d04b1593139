/*
 * The table of system calls, by Linux/riscv64's numbers (lib/abi/syscall.h). arch/riscv/trap.S calls
 * through it, with interrupts enabled. docs/abi.md says how far each goes.
 */
#include "lib/abi/syscall.h"
#include "arch/riscv/trap.h"
#include "lib/abi/errno.h"
#include "lib/log.h"
#include "proc/task.h"
#include "trap/sys.h"

s64 syscall_unknown(u64 number)
{
	log_debug("%s[%u]: system call %lu is unknown", current->name, current->id, number);
	return -ENOSYS;
}

const union syscall_handler syscall_table[SYSCALL_TABLE_SIZE] = {
	/* Memory */
	[SYS_brk] = { .one = sys_brk },
	[SYS_mmap] = { .six = sys_mmap },
	[SYS_munmap] = { .two = sys_munmap },
	[SYS_mremap] = { .five = sys_mremap },
	[SYS_mprotect] = { .three = sys_mprotect },
	[SYS_madvise] = { .three = sys_madvise },
	[SYS_msync] = { .three = sys_msync },
	[SYS_mincore] = { .three = sys_mincore },
	[SYS_mlock] = { .two = sys_mlock },
	[SYS_mlock2] = { .three = sys_mlock2 },
	[SYS_munlock] = { .two = sys_munlock },

	/* Files */
	[SYS_openat] = { .four = sys_openat },
	[SYS_close] = { .one = sys_close },
	[SYS_close_range] = { .three = sys_close_range },
	[SYS_read] = { .three = sys_read },
	[SYS_write] = { .three = sys_write },
	[SYS_readv] = { .three = sys_readv },
	[SYS_writev] = { .three = sys_writev },
	[SYS_pread64] = { .four = sys_pread64 },
	[SYS_pwrite64] = { .four = sys_pwrite64 },
	[SYS_preadv] = { .four = sys_preadv },
	[SYS_pwritev] = { .four = sys_pwritev },
	[SYS_sendfile] = { .four = sys_sendfile },
	[SYS_lseek] = { .three = sys_lseek },
	[SYS_ftruncate] = { .two = sys_ftruncate },
	[SYS_truncate] = { .two = sys_truncate },
	[SYS_fsync] = { .one = sys_fsync },
	[SYS_fallocate] = { .four = sys_fallocate },
	[SYS_fadvise64] = { .four = sys_fadvise64 },
	[SYS_fdatasync] = { .one = sys_fsync },
	[SYS_sync] = { .none = sys_sync },
	[SYS_dup] = { .one = sys_dup },
	[SYS_dup3] = { .three = sys_dup3 },
	[SYS_fcntl] = { .three = sys_fcntl },
	[SYS_flock] = { .two = sys_flock },
	[SYS_ioctl] = { .three = sys_ioctl },
	[SYS_pipe2] = { .two = sys_pipe2 },

	/* Attributes */
	[SYS_fstat] = { .two = sys_fstat },
	[SYS_newfstatat] = { .four = sys_newfstatat },
	[SYS_statx] = { .five = sys_statx },
	[SYS_statfs] = { .two = sys_statfs },
	[SYS_fstatfs] = { .two = sys_fstatfs },
	[SYS_faccessat] = { .three = sys_faccessat },
	[SYS_faccessat2] = { .four = sys_faccessat2 },
	[SYS_fchmod] = { .two = sys_fchmod },
	[SYS_fchmodat] = { .three = sys_fchmodat },
	[SYS_fchown] = { .three = sys_fchown },
	[SYS_fchownat] = { .five = sys_fchownat },
	[SYS_utimensat] = { .four = sys_utimensat },

	/* Names and directories */
	[SYS_getdents64] = { .three = sys_getdents64 },
	[SYS_mkdirat] = { .three = sys_mkdirat },
	[SYS_mknodat] = { .four = sys_mknodat },
	[SYS_unlinkat] = { .three = sys_unlinkat },
	[SYS_linkat] = { .five = sys_linkat },
	[SYS_symlinkat] = { .three = sys_symlinkat },
	[SYS_readlinkat] = { .four = sys_readlinkat },
	[SYS_renameat2] = { .five = sys_renameat2 },
	[SYS_chdir] = { .one = sys_chdir },
	[SYS_fchdir] = { .one = sys_fchdir },
	[SYS_chroot] = { .one = sys_chroot },
	[SYS_getcwd] = { .two = sys_getcwd },
	[SYS_umask] = { .one = sys_umask },

	/* Mounts */
	[SYS_mount] = { .five = sys_mount },
	[SYS_umount2] = { .two = sys_umount2 },

	/* Waiting for files */
	[SYS_eventfd2] = { .two = sys_eventfd2 },
	[SYS_signalfd4] = { .four = sys_signalfd4 },
	[SYS_timerfd_create] = { .two = sys_timerfd_create },
	[SYS_timerfd_settime] = { .four = sys_timerfd_settime },
	[SYS_timerfd_gettime] = { .two = sys_timerfd_gettime },
	[SYS_epoll_create1] = { .one = sys_epoll_create1 },
	[SYS_epoll_ctl] = { .four = sys_epoll_ctl },
	[SYS_epoll_pwait] = { .six = sys_epoll_pwait },
	[SYS_epoll_pwait2] = { .six = sys_epoll_pwait2 },
	[SYS_ppoll] = { .five = sys_ppoll },
	[SYS_pselect6] = { .six = sys_pselect6 },

	/* Sockets */
	[SYS_socket] = { .three = sys_socket },
	[SYS_socketpair] = { .four = sys_socketpair },
	[SYS_bind] = { .three = sys_bind },
	[SYS_listen] = { .two = sys_listen },
	[SYS_accept] = { .three = sys_accept },
	[SYS_accept4] = { .four = sys_accept4 },
	[SYS_connect] = { .three = sys_connect },
	[SYS_getsockname] = { .three = sys_getsockname },
	[SYS_getpeername] = { .three = sys_getpeername },
	[SYS_shutdown] = { .two = sys_shutdown },
	[SYS_setsockopt] = { .five = sys_setsockopt },
	[SYS_getsockopt] = { .five = sys_getsockopt },
	[SYS_sendto] = { .six = sys_sendto },
	[SYS_sendmsg] = { .three = sys_sendmsg },
	[SYS_recvfrom] = { .six = sys_recvfrom },
	[SYS_recvmsg] = { .three = sys_recvmsg },

	/* Processes */
	[SYS_clone] = { .five = sys_clone },
	[SYS_clone3] = { .two = sys_clone3 },
	[SYS_execve] = { .three = sys_execve },
	[SYS_exit] = { .one = sys_exit },
	[SYS_exit_group] = { .one = sys_exit_group },
	[SYS_wait4] = { .four = sys_wait4 },
	[SYS_waitid] = { .five = sys_waitid },
	[SYS_getpid] = { .none = sys_getpid },
	[SYS_gettid] = { .none = sys_gettid },
	[SYS_getppid] = { .none = sys_getppid },
	[SYS_set_tid_address] = { .one = sys_set_tid_address },
	[SYS_set_robust_list] = { .two = sys_set_robust_list },
	[SYS_setpgid] = { .two = sys_setpgid },
	[SYS_getpgid] = { .one = sys_getpgid },
	[SYS_getsid] = { .one = sys_getsid },
	[SYS_setsid] = { .none = sys_setsid },

	/* Credentials */
	[SYS_getuid] = { .none = sys_getuid },
	[SYS_geteuid] = { .none = sys_geteuid },
	[SYS_getgid] = { .none = sys_getgid },
	[SYS_getegid] = { .none = sys_getegid },
	[SYS_setuid] = { .one = sys_setuid },
	[SYS_setgid] = { .one = sys_setgid },
	[SYS_setreuid] = { .two = sys_setreuid },
	[SYS_setregid] = { .two = sys_setregid },
	[SYS_setresuid] = { .three = sys_setresuid },
	[SYS_setresgid] = { .three = sys_setresgid },
	[SYS_setfsuid] = { .one = sys_setfsuid },
	[SYS_setfsgid] = { .one = sys_setfsgid },
	[SYS_getresuid] = { .three = sys_getresuid },
	[SYS_getresgid] = { .three = sys_getresgid },
	[SYS_getgroups] = { .two = sys_getgroups },
	[SYS_setgroups] = { .two = sys_setgroups },
	[SYS_capget] = { .two = sys_capget },
	[SYS_capset] = { .two = sys_capset },

	/* Signals */
	[SYS_kill] = { .two = sys_kill },
	[SYS_tgkill] = { .three = sys_tgkill },
	[SYS_tkill] = { .two = sys_tkill },
	[SYS_rt_sigqueueinfo] = { .three = sys_rt_sigqueueinfo },
	[SYS_rt_tgsigqueueinfo] = { .four = sys_rt_tgsigqueueinfo },
	[SYS_rt_sigaction] = { .four = sys_rt_sigaction },
	[SYS_rt_sigprocmask] = { .four = sys_rt_sigprocmask },
	[SYS_rt_sigpending] = { .two = sys_rt_sigpending },
	[SYS_rt_sigsuspend] = { .two = sys_rt_sigsuspend },
	[SYS_rt_sigtimedwait] = { .four = sys_rt_sigtimedwait },
	[SYS_sigaltstack] = { .two = sys_sigaltstack },
	[SYS_rt_sigreturn] = { .none = sys_rt_sigreturn },

	/* Time */
	[SYS_clock_gettime] = { .two = sys_clock_gettime },
	[SYS_clock_settime] = { .two = sys_clock_settime },
	[SYS_clock_getres] = { .two = sys_clock_getres },
	[SYS_gettimeofday] = { .two = sys_gettimeofday },
	[SYS_nanosleep] = { .two = sys_nanosleep },
	[SYS_clock_nanosleep] = { .four = sys_clock_nanosleep },
	[SYS_setitimer] = { .three = sys_setitimer },
	[SYS_getitimer] = { .two = sys_getitimer },
	[SYS_timer_create] = { .three = sys_timer_create },
	[SYS_timer_settime] = { .four = sys_timer_settime },
	[SYS_timer_gettime] = { .two = sys_timer_gettime },
	[SYS_timer_getoverrun] = { .one = sys_timer_getoverrun },
	[SYS_timer_delete] = { .one = sys_timer_delete },
	[SYS_getrusage] = { .two = sys_getrusage },
	[SYS_times] = { .one = sys_times },

	/* Futexes */
	[SYS_futex] = { .six = sys_futex },

	/* The system */
	[SYS_uname] = { .one = sys_uname },
	[SYS_sethostname] = { .two = sys_sethostname },
	[SYS_sysinfo] = { .one = sys_sysinfo },
	[SYS_getrandom] = { .three = sys_getrandom },
	[SYS_syslog] = { .three = sys_syslog },
	[SYS_reboot] = { .three = sys_reboot },
	[SYS_prctl] = { .five = sys_prctl },
	[SYS_prlimit64] = { .four = sys_prlimit64 },
	[SYS_getrlimit] = { .two = sys_getrlimit },
	[SYS_setrlimit] = { .two = sys_setrlimit },
	[SYS_sched_yield] = { .none = sys_sched_yield },
	[SYS_getcpu] = { .two = sys_getcpu },
	[SYS_sched_getaffinity] = { .three = sys_sched_getaffinity },
	[SYS_sched_setaffinity] = { .three = sys_sched_setaffinity },
	[SYS_sched_getscheduler] = { .one = sys_sched_getscheduler },
	[SYS_sched_setscheduler] = { .three = sys_sched_setscheduler },
	[SYS_sched_getparam] = { .two = sys_sched_getparam },
	[SYS_getpriority] = { .two = sys_getpriority },
	[SYS_setpriority] = { .three = sys_setpriority },
	[SYS_sched_setparam] = { .two = sys_sched_setparam },
	[SYS_sched_rr_get_interval] = { .two = sys_sched_rr_get_interval },
	[SYS_sched_get_priority_max] = { .one = sys_sched_get_priority },
	[SYS_sched_get_priority_min] = { .one = sys_sched_get_priority },
	[SYS_personality] = { .one = sys_personality },
	[SYS_riscv_hwprobe] = { .five = sys_riscv_hwprobe },
	[SYS_riscv_flush_icache] = { .three = sys_riscv_flush_icache },
	[SYS_membarrier] = { .two = sys_membarrier },
};
