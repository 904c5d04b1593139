#ifndef COWSLIP_LIBC_SYS_STATFS_H
#define COWSLIP_LIBC_SYS_STATFS_H

#include "lib/abi/stat.h"

int statfs(const char *path, struct statfs *status);
int fstatfs(int fd, struct statfs *status);

#endif
