/*
 * signalfd(2): the reader's own pending signals, as a file.
 */
#pragma once

#include "lib/types.h"

struct file;

/* A new one for these signals, counted. flags: O_NONBLOCK. NULL: no memory. */
struct file *signalfd_create(u64 set, u32 flags);

/* Changes the signals of an existing one. -EINVAL: the file is not a signalfd. */
int signalfd_set(struct file *file, u64 set);
