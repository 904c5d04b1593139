/*
 * System calls on files: by descriptor, by name, their attributes. Linux/riscv64 has only the
 * *at variants; the older functions call them with the working directory.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include "usr/libc/syscall.h"

int openat(int directory, const char *path, int flags, ...)
{
	va_list arguments;

	va_start(arguments, flags);
	mode_t mode = va_arg(arguments, mode_t);
	va_end(arguments);
	return checked_call(SYS_openat, directory, path, flags, mode);
}

int open(const char *path, int flags, ...)
{
	va_list arguments;

	va_start(arguments, flags);
	mode_t mode = va_arg(arguments, mode_t);
	va_end(arguments);
	return checked_call(SYS_openat, AT_FDCWD, path, flags, mode);
}

int creat(const char *path, mode_t mode)
{
	return open(path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

int close(int fd)
{
	return checked_call(SYS_close, fd);
}

ssize_t read(int fd, void *buffer, size_t length)
{
	return checked_call(SYS_read, fd, buffer, length);
}

ssize_t write(int fd, const void *buffer, size_t length)
{
	return checked_call(SYS_write, fd, buffer, length);
}

ssize_t pread(int fd, void *buffer, size_t length, off_t offset)
{
	return checked_call(SYS_pread64, fd, buffer, length, offset);
}

ssize_t pwrite(int fd, const void *buffer, size_t length, off_t offset)
{
	return checked_call(SYS_pwrite64, fd, buffer, length, offset);
}

ssize_t readv(int fd, const struct iovec *vectors, int count)
{
	return checked_call(SYS_readv, fd, vectors, count);
}

ssize_t writev(int fd, const struct iovec *vectors, int count)
{
	return checked_call(SYS_writev, fd, vectors, count);
}

ssize_t preadv(int fd, const struct iovec *vectors, int count, off_t offset)
{
	return checked_call(SYS_preadv, fd, vectors, count, offset);
}

ssize_t pwritev(int fd, const struct iovec *vectors, int count, off_t offset)
{
	return checked_call(SYS_pwritev, fd, vectors, count, offset);
}

off_t lseek(int fd, off_t offset, int origin)
{
	return checked_call(SYS_lseek, fd, offset, origin);
}

int dup(int fd)
{
	return checked_call(SYS_dup, fd);
}

int dup3(int fd, int new_fd, int flags)
{
	return checked_call(SYS_dup3, fd, new_fd, flags);
}

/* dup3 refuses equal descriptors; dup2 only asks whether the descriptor is open. */
int dup2(int fd, int new_fd)
{
	if (fd == new_fd)
		return fcntl(fd, F_GETFD) < 0 ? -1 : fd;
	return dup3(fd, new_fd, 0);
}

int pipe2(int fds[2], int flags)
{
	return checked_call(SYS_pipe2, fds, flags);
}

int pipe(int fds[2])
{
	return pipe2(fds, 0);
}

int fcntl(int fd, int command, ...)
{
	va_list arguments;

	va_start(arguments, command);
	long argument = va_arg(arguments, long);
	va_end(arguments);
	return checked_call(SYS_fcntl, fd, command, argument);
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;

	va_start(arguments, request);
	long argument = va_arg(arguments, long);
	va_end(arguments);
	return checked_call(SYS_ioctl, fd, request, argument);
}

int flock(int fd, int operation)
{
	return checked_call(SYS_flock, fd, operation);
}

int ftruncate(int fd, off_t length)
{
	return checked_call(SYS_ftruncate, fd, length);
}

int truncate(const char *path, off_t length)
{
	return checked_call(SYS_truncate, path, length);
}

int fallocate(int fd, int mode, off_t offset, off_t length)
{
	return checked_call(SYS_fallocate, fd, mode, offset, length);
}

int fsync(int fd)
{
	return checked_call(SYS_fsync, fd);
}

int fdatasync(int fd)
{
	return checked_call(SYS_fdatasync, fd);
}

void sync(void)
{
	system_call(SYS_sync);
}

int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
	return checked_call(SYS_ppoll, fds, count, timeout, mask, SIGSET_SIZE);
}

int poll(struct pollfd *fds, nfds_t count, int timeout)
{
	struct timespec duration = { timeout / 1000, timeout % 1000 * 1000000L };

	return ppoll(fds, count, timeout < 0 ? NULL : &duration, NULL);
}

int faccessat(int directory, const char *path, int mode, int flags)
{
	if (flags)
		return checked_call(SYS_faccessat2, directory, path, mode, flags);
	return checked_call(SYS_faccessat, directory, path, mode);
}

int access(const char *path, int mode)
{
	return faccessat(AT_FDCWD, path, mode, 0);
}

int linkat(int directory, const char *path, int new_directory, const char *new_path, int flags)
{
	return checked_call(SYS_linkat, directory, path, new_directory, new_path, flags);
}

int link(const char *path, const char *new_path)
{
	return linkat(AT_FDCWD, path, AT_FDCWD, new_path, 0);
}

int symlinkat(const char *target, int directory, const char *path)
{
	return checked_call(SYS_symlinkat, target, directory, path);
}

int symlink(const char *target, const char *path)
{
	return symlinkat(target, AT_FDCWD, path);
}

ssize_t readlinkat(int directory, const char *restrict path, char *restrict buffer, size_t length)
{
	return checked_call(SYS_readlinkat, directory, path, buffer, length);
}

ssize_t readlink(const char *restrict path, char *restrict buffer, size_t length)
{
	return readlinkat(AT_FDCWD, path, buffer, length);
}

int unlinkat(int directory, const char *path, int flags)
{
	return checked_call(SYS_unlinkat, directory, path, flags);
}

int unlink(const char *path)
{
	return unlinkat(AT_FDCWD, path, 0);
}

int rmdir(const char *path)
{
	return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

int remove(const char *path)
{
	if (unlink(path) == 0)
		return 0;
	return errno == EISDIR ? rmdir(path) : -1;
}

int renameat2(int directory, const char *path, int new_directory, const char *new_path,
	unsigned int flags)
{
	return checked_call(SYS_renameat2, directory, path, new_directory, new_path, flags);
}

int rename(const char *path, const char *new_path)
{
	return renameat2(AT_FDCWD, path, AT_FDCWD, new_path, 0);
}

int mkdirat(int directory, const char *path, mode_t mode)
{
	return checked_call(SYS_mkdirat, directory, path, mode);
}

int mkdir(const char *path, mode_t mode)
{
	return mkdirat(AT_FDCWD, path, mode);
}

int mknod(const char *path, mode_t mode, dev_t device)
{
	return checked_call(SYS_mknodat, AT_FDCWD, path, mode, device);
}

int mkfifo(const char *path, mode_t mode)
{
	return mknod(path, (mode & ~(mode_t)S_IFMT) | S_IFIFO, 0);
}

int fstatat(int directory, const char *restrict path, struct stat *restrict status, int flags)
{
	return checked_call(SYS_newfstatat, directory, path, status, flags);
}

int stat(const char *restrict path, struct stat *restrict status)
{
	return fstatat(AT_FDCWD, path, status, 0);
}

int lstat(const char *restrict path, struct stat *restrict status)
{
	return fstatat(AT_FDCWD, path, status, AT_SYMLINK_NOFOLLOW);
}

int fstat(int fd, struct stat *status)
{
	return checked_call(SYS_fstat, fd, status);
}

int statx(int directory, const char *restrict path, int flags, unsigned int mask,
	struct statx *restrict status)
{
	return checked_call(SYS_statx, directory, path, flags, mask, status);
}

int statfs(const char *path, struct statfs *status)
{
	return checked_call(SYS_statfs, path, status);
}

int fstatfs(int fd, struct statfs *status)
{
	return checked_call(SYS_fstatfs, fd, status);
}

int chmod(const char *path, mode_t mode)
{
	return checked_call(SYS_fchmodat, AT_FDCWD, path, mode);
}

int fchmod(int fd, mode_t mode)
{
	return checked_call(SYS_fchmod, fd, mode);
}

int chown(const char *path, uid_t owner, gid_t group)
{
	return checked_call(SYS_fchownat, AT_FDCWD, path, owner, group, 0);
}

int fchown(int fd, uid_t owner, gid_t group)
{
	return checked_call(SYS_fchown, fd, owner, group);
}

mode_t umask(mode_t mask)
{
	return system_call(SYS_umask, mask);
}

int utimensat(int directory, const char *path, const struct timespec times[2], int flags)
{
	return checked_call(SYS_utimensat, directory, path, times, flags);
}

int futimens(int fd, const struct timespec times[2])
{
	return utimensat(fd, NULL, times, 0);
}

int chdir(const char *path)
{
	return checked_call(SYS_chdir, path);
}

int fchdir(int fd)
{
	return checked_call(SYS_fchdir, fd);
}

int chroot(const char *path)
{
	return checked_call(SYS_chroot, path);
}

char *getcwd(char *buffer, size_t size)
{
	return checked_call(SYS_getcwd, buffer, size) < 0 ? NULL : buffer;
}

int mount(const char *source, const char *target, const char *type, unsigned long flags,
	const void *data)
{
	return checked_call(SYS_mount, source, target, type, flags, data);
}

int umount2(const char *target, int flags)
{
	return checked_call(SYS_umount2, target, flags);
}
