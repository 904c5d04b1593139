/*
 * The error of the last call that failed. There is one for the whole process: threads made with
 * clone() share it.
 */
#ifndef COWSLIP_LIBC_ERRNO_H
#define COWSLIP_LIBC_ERRNO_H

#include "lib/abi/errno.h"

extern int errno;

/* The last part of argv[0]. */
extern char *program_invocation_short_name;

#endif
