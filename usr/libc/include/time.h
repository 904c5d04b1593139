#ifndef COWSLIP_LIBC_TIME_H
#define COWSLIP_LIBC_TIME_H

#include <sys/types.h>

#include "lib/abi/time.h"

#define CLOCKS_PER_SEC 1000000L

time_t time(time_t *now);
clock_t clock(void);
int clock_gettime(clockid_t id, struct timespec *now);
int clock_settime(clockid_t id, const struct timespec *now);
int clock_getres(clockid_t id, struct timespec *resolution);
int nanosleep(const struct timespec *duration, struct timespec *remaining);
/* Returns the error number, as POSIX has it; errno stays as it is. */
int clock_nanosleep(clockid_t id, int flags, const struct timespec *duration,
	struct timespec *remaining);

#endif
