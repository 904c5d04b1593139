#ifndef COWSLIP_LIBC_SYS_TIME_H
#define COWSLIP_LIBC_SYS_TIME_H

#include <sys/types.h>

#include "lib/abi/time.h"

int gettimeofday(struct timeval *restrict now, void *restrict zone);
int setitimer(int which, const struct itimerval *restrict value, struct itimerval *restrict old);
int getitimer(int which, struct itimerval *value);

#endif
