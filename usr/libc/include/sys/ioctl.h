#ifndef COWSLIP_LIBC_SYS_IOCTL_H
#define COWSLIP_LIBC_SYS_IOCTL_H

#include "lib/abi/termios.h"

int ioctl(int fd, unsigned long request, ...);

#endif
