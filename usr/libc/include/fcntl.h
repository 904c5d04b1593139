#ifndef COWSLIP_LIBC_FCNTL_H
#define COWSLIP_LIBC_FCNTL_H

#include <sys/types.h>

#include "lib/abi/fcntl.h"

int open(const char *path, int flags, ...);
int openat(int directory, const char *path, int flags, ...);
int creat(const char *path, mode_t mode);
int fcntl(int fd, int command, ...);
int fallocate(int fd, int mode, off_t offset, off_t length);

#endif
