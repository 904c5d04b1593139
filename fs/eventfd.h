/*
 * eventfd(2): a counter that is waited for.
 */
#ifndef COWSLIP_FS_EVENTFD_H
#define COWSLIP_FS_EVENTFD_H

#include "lib/types.h"

/* A new one, counted. semaphore: a read takes 1, not all. flags: O_NONBLOCK. NULL: no memory. */
struct file *eventfd_create(u32 count, bool semaphore, u32 flags);

#endif
