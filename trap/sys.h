/*
 * System calls: each takes up to six u64 arguments as they came in the registers, and returns the
 * result or a negative errno. The table that leads to them is in trap/syscall.c.
 */
#ifndef COWSLIP_TRAP_SYS_H
#define COWSLIP_TRAP_SYS_H

#include "lib/types.h"

/* Files: trap/sys_file.c, sys_descriptor.c, sys_path.c, sys_attribute.c, sys_mount.c, sys_poll.c */
s64 sys_openat(u64 directory, u64 path, u64 flags, u64 mode);
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
s64 sys_sendfile(u64 out, u64 in, u64 offset, u64 count);
s64 sys_lseek(u64 fd, u64 offset, u64 whence);
s64 sys_ftruncate(u64 fd, u64 size);
s64 sys_truncate(u64 path, u64 size);
s64 sys_fsync(u64 fd);
s64 sys_sync(void);
s64 sys_dup(u64 fd);
s64 sys_dup3(u64 from, u64 to, u64 flags);
s64 sys_fcntl(u64 fd, u64 command, u64 argument);
s64 sys_ioctl(u64 fd, u64 command, u64 argument);
s64 sys_pipe2(u64 fds, u64 flags);
s64 sys_fstat(u64 fd, u64 stat);
s64 sys_newfstatat(u64 directory, u64 path, u64 stat, u64 flags);
s64 sys_statx(u64 directory, u64 path, u64 flags, u64 mask, u64 statx);
s64 sys_statfs(u64 path, u64 statfs);
s64 sys_fstatfs(u64 fd, u64 statfs);
s64 sys_faccessat(u64 directory, u64 path, u64 mode);
s64 sys_faccessat2(u64 directory, u64 path, u64 mode, u64 flags);
s64 sys_fchmod(u64 fd, u64 mode);
s64 sys_fchmodat(u64 directory, u64 path, u64 mode);
s64 sys_fchown(u64 fd, u64 uid, u64 gid);
s64 sys_fchownat(u64 directory, u64 path, u64 uid, u64 gid, u64 flags);
s64 sys_utimensat(u64 directory, u64 path, u64 times, u64 flags);
s64 sys_getdents64(u64 fd, u64 buffer, u64 size);
s64 sys_mkdirat(u64 directory, u64 path, u64 mode);
s64 sys_mknodat(u64 directory, u64 path, u64 mode, u64 device);
s64 sys_unlinkat(u64 directory, u64 path, u64 flags);
s64 sys_linkat(u64 old_directory, u64 old_path, u64 new_directory, u64 new_path, u64 flags);
s64 sys_symlinkat(u64 target, u64 directory, u64 path);
s64 sys_readlinkat(u64 directory, u64 path, u64 buffer, u64 size);
s64 sys_renameat2(u64 old_directory, u64 old_path, u64 new_directory, u64 new_path, u64 flags);
s64 sys_chdir(u64 path);
s64 sys_fchdir(u64 fd);
s64 sys_chroot(u64 path);
s64 sys_getcwd(u64 buffer, u64 size);
s64 sys_umask(u64 mask);
s64 sys_mount(u64 source, u64 target, u64 type, u64 flags, u64 data);
s64 sys_umount2(u64 target, u64 flags);
s64 sys_ppoll(u64 fds, u64 count, u64 timeout, u64 mask, u64 mask_size);
s64 sys_pselect6(u64 count, u64 read, u64 write, u64 except, u64 timeout, u64 mask);

/* Memory: trap/sys_memory.c */
s64 sys_brk(u64 end);
s64 sys_mmap(u64 address, u64 length, u64 protection, u64 flags, u64 fd, u64 offset);
s64 sys_munmap(u64 address, u64 length);
s64 sys_mremap(u64 address, u64 old_length, u64 new_length, u64 flags, u64 to);
s64 sys_mprotect(u64 address, u64 length, u64 protection);
s64 sys_madvise(u64 address, u64 length, u64 advice);

#endif
