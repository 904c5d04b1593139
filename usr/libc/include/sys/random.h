#ifndef COWSLIP_LIBC_SYS_RANDOM_H
#define COWSLIP_LIBC_SYS_RANDOM_H

#include <sys/types.h>

#include "lib/abi/prctl.h"

ssize_t getrandom(void *buffer, size_t length, unsigned int flags);

#endif
