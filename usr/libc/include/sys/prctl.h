#ifndef COWSLIP_LIBC_SYS_PRCTL_H
#define COWSLIP_LIBC_SYS_PRCTL_H

#include "lib/abi/prctl.h"

int prctl(int operation, ...);

#endif
