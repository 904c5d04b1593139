/*
 * System calls: each takes up to six u64 arguments as they came in the registers, and returns the
 * result or a negative errno. The table that leads to them is in trap/syscall.c.
 */
#pragma once

#include "lib/types.h"

/*
 * Files: trap/sys_file.c, sys_copy.c, sys_descriptor.c, sys_lock.c, sys_path.c, sys_attribute.c,
 * sys_mount.c, sys_poll.c
 */
s64 sys_openat(u64 directory, u64 address, u64 flags, u64 mode);
s64 sys_close(u64 fd);
s64 sys_close_range(u64 first, u64 last, u64 flags);
s64 sys_read(u64 fd, u64 buffer, u64 count);
s64 sys_write(u64 fd, u64 buffer, u64 count);
s64 sys_readv(u64 fd, u64 vector, u64 count);
s64 sys_writev(u64 fd, u64 vector, u64 count);
s64 sys_pread64(u64 fd, u64 buffer, u64 count, u64 offset);
s64 sys_pwrite64(u64 fd, u64 buffer, u64 count, u64 offset);
s64 sys_preadv(u64 fd, u64 vector, u64 count, u64 offset);
s64 sys_pwritev(u64 fd, u64 vector, u64 count, u64 offset);
s64 sys_sendfile(u64 out_fd, u64 in_fd, u64 offset_address, u64 count);
s64 sys_copy_file_range(u64 in_fd, u64 in_address, u64 out_fd, u64 out_address, u64 count,
	u64 flags);
s64 sys_memfd_create(u64 address, u64 flags);
s64 sys_readahead(u64 fd, u64 offset, u64 count);
s64 sys_sync_file_range(u64 fd, u64 offset, u64 length, u64 flags);
s64 sys_syncfs(u64 fd);
s64 sys_lseek(u64 fd, u64 offset, u64 whence);
s64 sys_ftruncate(u64 fd, u64 size);
s64 sys_truncate(u64 path, u64 size);
s64 sys_fallocate(u64 fd, u64 flags, u64 offset, u64 length);
s64 sys_fadvise64(u64 fd, u64 offset, u64 length, u64 advice);
s64 sys_fsync(u64 fd);
s64 sys_sync(void);
s64 sys_dup(u64 fd);
s64 sys_dup3(u64 from, u64 to, u64 flags);
s64 sys_fcntl(u64 fd, u64 command, u64 argument);
s64 sys_flock(u64 fd, u64 operation);
s64 sys_ioctl(u64 fd, u64 command, u64 argument);
s64 sys_pipe2(u64 address, u64 flags);
s64 sys_fstat(u64 fd, u64 address);
s64 sys_newfstatat(u64 directory, u64 path, u64 address, u64 flags);
s64 sys_statx(u64 directory, u64 path, u64 flags, u64 mask, u64 address);
s64 sys_no_attributes(void);
s64 sys_statfs(u64 path, u64 address);
s64 sys_fstatfs(u64 fd, u64 address);
s64 sys_faccessat(u64 directory, u64 path, u64 mode);
s64 sys_faccessat2(u64 directory, u64 path, u64 mode, u64 flags);
s64 sys_fchmod(u64 fd, u64 mode);
s64 sys_fchmodat(u64 directory, u64 path, u64 mode);
s64 sys_fchown(u64 fd, u64 uid, u64 gid);
s64 sys_fchownat(u64 directory, u64 path, u64 uid, u64 gid, u64 flags);
s64 sys_utimensat(u64 directory, u64 path, u64 times_address, u64 flags);
s64 sys_getdents64(u64 fd, u64 address, u64 size);
s64 sys_mkdirat(u64 directory, u64 address, u64 mode);
s64 sys_mknodat(u64 directory, u64 address, u64 mode, u64 device);
s64 sys_unlinkat(u64 directory, u64 address, u64 flags);
s64 sys_linkat(u64 old_directory, u64 old_address, u64 new_directory, u64 new_address, u64 flags);
s64 sys_symlinkat(u64 target_address, u64 directory, u64 address);
s64 sys_readlinkat(u64 directory, u64 address, u64 buffer, u64 size);
s64 sys_renameat2(u64 old_directory, u64 old_address, u64 new_directory, u64 new_address,
	u64 flags);
s64 sys_chdir(u64 address);
s64 sys_fchdir(u64 fd);
s64 sys_chroot(u64 address);
s64 sys_getcwd(u64 buffer, u64 size);
s64 sys_umask(u64 mask);
s64 sys_mount(u64 source_address, u64 target, u64 type_address, u64 flags, u64 data);
s64 sys_umount2(u64 target, u64 flags);
s64 sys_ppoll(u64 address, u64 count, u64 timeout, u64 mask, u64 mask_size);
s64 sys_pselect6(u64 count, u64 read, u64 write, u64 except, u64 timeout, u64 mask);

/* Memory: trap/sys_memory.c */
s64 sys_brk(u64 end);
s64 sys_mmap(u64 address, u64 length, u64 protection, u64 flags, u64 fd, u64 offset);
s64 sys_munmap(u64 address, u64 length);
s64 sys_mremap(u64 address, u64 old_length, u64 new_length, u64 flags, u64 to);
s64 sys_mprotect(u64 address, u64 length, u64 protection);
s64 sys_madvise(u64 address, u64 length, u64 advice);
s64 sys_msync(u64 address, u64 length, u64 flags);
s64 sys_mincore(u64 address, u64 length, u64 vector);
s64 sys_mlock(u64 address, u64 length);
s64 sys_mlock2(u64 address, u64 length, u64 flags);
s64 sys_munlock(u64 address, u64 length);
s64 sys_mlockall(u64 flags);
s64 sys_munlockall(void);

/* Processes: trap/sys_process.c */
s64 sys_clone(u64 flags, u64 stack, u64 parent_tid, u64 tls, u64 child_tid);
s64 sys_clone3(u64 address, u64 size);
s64 sys_execveat(u64 directory, u64 path, u64 arguments, u64 environment, u64 flags);
s64 sys_execve(u64 path, u64 arguments, u64 environment);
s64 sys_exit(u64 code);
s64 sys_exit_group(u64 code);
s64 sys_wait4(u64 pid, u64 status, u64 options, u64 usage);
s64 sys_waitid(u64 type, u64 id, u64 info_address, u64 options, u64 usage);
s64 sys_getpid(void);
s64 sys_gettid(void);
s64 sys_getppid(void);
s64 sys_set_tid_address(u64 address);
s64 sys_set_robust_list(u64 head, u64 size);
s64 sys_setpgid(u64 pid, u64 group);
s64 sys_getpgid(u64 pid);
s64 sys_getsid(u64 pid);
s64 sys_setsid(void);

/* Credentials: trap/sys_credentials.c */
s64 sys_getuid(void);
s64 sys_geteuid(void);
s64 sys_getgid(void);
s64 sys_getegid(void);
s64 sys_setuid(u64 id);
s64 sys_setgid(u64 id);
s64 sys_setreuid(u64 real, u64 effective);
s64 sys_setregid(u64 real, u64 effective);
s64 sys_setresuid(u64 real, u64 effective, u64 saved);
s64 sys_setresgid(u64 real, u64 effective, u64 saved);
s64 sys_setfsuid(u64 id);
s64 sys_setfsgid(u64 id);
s64 sys_getresuid(u64 real, u64 effective, u64 saved);
s64 sys_getresgid(u64 real, u64 effective, u64 saved);
s64 sys_getgroups(u64 size, u64 list);
s64 sys_setgroups(u64 size, u64 list);
s64 sys_capget(u64 header_address, u64 data_address);
s64 sys_capset(u64 header_address, u64 data_address);

/* Signals: trap/sys_signal.c */
s64 sys_kill(u64 pid, u64 signal);
s64 sys_tgkill(u64 pid, u64 tid, u64 signal);
s64 sys_tkill(u64 tid, u64 signal);
s64 sys_rt_sigqueueinfo(u64 pid, u64 signal, u64 address);
s64 sys_rt_tgsigqueueinfo(u64 pid, u64 tid, u64 signal, u64 address);
s64 sys_rt_sigaction(u64 signal, u64 new_address, u64 old_address, u64 size);
s64 sys_rt_sigprocmask(u64 how, u64 new_address, u64 old_address, u64 size);
s64 sys_rt_sigpending(u64 address, u64 size);
s64 sys_rt_sigsuspend(u64 address, u64 size);
s64 sys_rt_sigtimedwait(u64 set_address, u64 info_address, u64 timeout_address, u64 size);
s64 sys_sigaltstack(u64 new_address, u64 old_address);
s64 sys_rt_sigreturn(void);

/* Time: trap/sys_time.c, sys_timer.c */
s64 sys_clock_gettime(u64 clock, u64 address);
s64 sys_clock_settime(u64 clock, u64 address);
s64 sys_clock_getres(u64 clock, u64 address);
s64 sys_gettimeofday(u64 address, u64 zone_address);
s64 sys_timer_create(u64 clock, u64 event_address, u64 id_address);
s64 sys_timer_settime(u64 id, u64 flags, u64 new_address, u64 old_address);
s64 sys_timer_gettime(u64 id, u64 address);
s64 sys_timer_getoverrun(u64 id);
s64 sys_timer_delete(u64 id);
s64 sys_nanosleep(u64 address, u64 remaining);
s64 sys_clock_nanosleep(u64 clock, u64 flags, u64 address, u64 remaining);
s64 sys_setitimer(u64 timer, u64 new_address, u64 old_address);
s64 sys_getitimer(u64 timer, u64 address);
s64 sys_getrusage(u64 who, u64 address);
s64 sys_times(u64 address);

/* Futexes: trap/sys_futex.c */
s64 sys_futex(u64 address, u64 operation, u64 value, u64 timeout, u64 second, u64 value_3);

/* The system: trap/sys_system.c */
s64 sys_uname(u64 address);
s64 sys_sethostname(u64 address, u64 size);
s64 sys_sysinfo(u64 address);
s64 sys_getrandom(u64 address, u64 size, u64 flags);
s64 sys_syslog(u64 action, u64 address, u64 size);
s64 sys_reboot(u64 magic, u64 magic_2, u64 command);
s64 sys_prctl(u64 operation, u64 argument, u64 third, u64 fourth, u64 fifth);
s64 sys_prlimit64(u64 pid, u64 resource, u64 new_address, u64 old_address);
s64 sys_getrlimit(u64 resource, u64 address);
s64 sys_setrlimit(u64 resource, u64 address);

/* How harts are shared: trap/sys_schedule.c */
s64 sys_sched_yield(void);
s64 sys_getcpu(u64 cpu_address, u64 node_address);
s64 sys_sched_getaffinity(u64 tid, u64 size, u64 address);
s64 sys_sched_setaffinity(u64 tid, u64 size, u64 address);
s64 sys_getpriority(u64 which, u64 who);
s64 sys_setpriority(u64 which, u64 who, u64 nice);
s64 sys_sched_getscheduler(u64 tid);
s64 sys_sched_setscheduler(u64 tid, u64 policy, u64 address);
s64 sys_sched_getparam(u64 tid, u64 address);
s64 sys_sched_setattr(u64 tid, u64 address, u64 flags);
s64 sys_sched_getattr(u64 tid, u64 address, u64 size, u64 flags);
s64 sys_sched_setparam(u64 tid, u64 address);
s64 sys_sched_get_priority(u64 policy);
s64 sys_sched_rr_get_interval(u64 tid, u64 address);

/* Files made for waiting on: trap/sys_event.c */
s64 sys_eventfd2(u64 count, u64 flags);
s64 sys_signalfd4(u64 fd, u64 mask_address, u64 size, u64 flags);
s64 sys_timerfd_create(u64 clock, u64 flags);
s64 sys_timerfd_settime(u64 fd, u64 flags, u64 new_address, u64 old_address);
s64 sys_timerfd_gettime(u64 fd, u64 address);
s64 sys_epoll_create1(u64 flags);
s64 sys_epoll_ctl(u64 set_fd, u64 operation, u64 fd, u64 address);
s64 sys_epoll_pwait(u64 fd, u64 events, u64 limit, u64 timeout, u64 mask, u64 mask_size);
s64 sys_epoll_pwait2(u64 fd, u64 events, u64 limit, u64 timeout, u64 mask, u64 mask_size);

/* Sockets: trap/sys_socket.c, sys_message.c */
s64 sys_socket(u64 family, u64 type, u64 protocol);
s64 sys_socketpair(u64 family, u64 type, u64 protocol, u64 address);
s64 sys_bind(u64 fd, u64 address, u64 size);
s64 sys_listen(u64 fd, u64 backlog);
s64 sys_accept(u64 fd, u64 address, u64 size_address);
s64 sys_accept4(u64 fd, u64 address, u64 size_address, u64 flags);
s64 sys_connect(u64 fd, u64 address, u64 size);
s64 sys_getsockname(u64 fd, u64 address, u64 size_address);
s64 sys_getpeername(u64 fd, u64 address, u64 size_address);
s64 sys_shutdown(u64 fd, u64 how);
s64 sys_setsockopt(u64 fd, u64 level, u64 option, u64 value, u64 size);
s64 sys_getsockopt(u64 fd, u64 level, u64 option, u64 value, u64 size_address);
s64 sys_sendto(u64 fd, u64 buffer, u64 size, u64 flags, u64 address, u64 address_size);
s64 sys_sendmsg(u64 fd, u64 address, u64 flags);
s64 sys_recvfrom(u64 fd, u64 buffer, u64 size, u64 flags, u64 address, u64 size_address);
s64 sys_recvmsg(u64 fd, u64 address, u64 flags);

/* What programs may rely on: trap/sys_machine.c */
s64 sys_personality(u64 persona);
s64 sys_riscv_hwprobe(u64 pairs, u64 count, u64 mask_size, u64 mask_address, u64 flags);
s64 sys_riscv_flush_icache(u64 start, u64 end, u64 flags);
s64 sys_membarrier(u64 command, u64 flags);
