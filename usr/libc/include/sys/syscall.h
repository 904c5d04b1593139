/*
 * The numbers that syscall() in unistd.h takes.
 */
#ifndef COWSLIP_LIBC_SYS_SYSCALL_H
#define COWSLIP_LIBC_SYS_SYSCALL_H

#include "lib/abi/syscall.h"

#endif
