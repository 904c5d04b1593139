#ifndef COWSLIP_LIBC_LIMITS_H
#define COWSLIP_LIBC_LIMITS_H

/* The sizes of C's types are known to the compiler. */
#include_next <limits.h>

#include "lib/abi/limits.h"

#define SSIZE_MAX LONG_MAX

#endif
