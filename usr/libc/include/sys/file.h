#ifndef COWSLIP_LIBC_SYS_FILE_H
#define COWSLIP_LIBC_SYS_FILE_H

#include "lib/abi/fcntl.h"

int flock(int fd, int operation);

#endif
