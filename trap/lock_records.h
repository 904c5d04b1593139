/*
 * The part of fcntl(2) that locks records (trap/sys_lock.c).
 */
#ifndef COWSLIP_TRAP_LOCK_RECORDS_H
#define COWSLIP_TRAP_LOCK_RECORDS_H

#include "lib/types.h"

struct file;

/* F_GETLK, F_SETLK, F_SETLKW and their F_OFD_ forms; argument: address of a struct flock. */
s64 lock_records(struct file *file, u64 fd, u32 command, u64 argument);

#endif
