#ifndef COWSLIP_LIBC_SYS_STAT_H
#define COWSLIP_LIBC_SYS_STAT_H

#include <sys/types.h>

#include "lib/abi/stat.h"

int stat(const char *restrict path, struct stat *restrict status);
int lstat(const char *restrict path, struct stat *restrict status);
int fstat(int fd, struct stat *status);
int fstatat(int directory, const char *restrict path, struct stat *restrict status, int flags);
int statx(int directory, const char *restrict path, int flags, unsigned int mask,
	struct statx *restrict status);
int mkdir(const char *path, mode_t mode);
int mkdirat(int directory, const char *path, mode_t mode);
int mknod(const char *path, mode_t mode, dev_t device);
int mkfifo(const char *path, mode_t mode);
int chmod(const char *path, mode_t mode);
int fchmod(int fd, mode_t mode);
mode_t umask(mode_t mask);
int utimensat(int directory, const char *path, const struct timespec times[2], int flags);
int futimens(int fd, const struct timespec times[2]);

#endif
