#ifndef COWSLIP_LIBC_SYS_TIMES_H
#define COWSLIP_LIBC_SYS_TIMES_H

#include <sys/types.h>

#include "lib/abi/time.h"

clock_t times(struct tms *usage);

#endif
