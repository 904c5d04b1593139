/*
 * signalfd(2): the reader's own pending signals, as a file.
 */
#pragma once

#include "lib/types.h"

struct file;

/* A new one for these signals, counted. flags: O_NONBLOCK. NULL: no memory. */
struct file *signalfd_create(u64 set, u32 flags);

/* Other signals for one that is there. -EINVAL: the file is none. */
int signalfd_set(struct file *file, u64 set);
