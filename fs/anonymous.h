/*
 * Open files without a name in any directory, which are no pipes either: eventfd, epoll, timerfd,
 * sockets.
 */
#pragma once

#include "fs/file.h"
#include "lib/types.h"

/*
 * A new one, counted. type: S_IFSOCK, or 0. `private` is the operations' own, which their release
 * frees. NULL: no memory, and `private` is still the caller's.
 */
struct file *anonymous_file(const struct file_operations *operations, void *private, u32 type,
	u32 flags);

/* eventfd(2): a new one, counted. semaphore: a read takes 1, not all. flags: O_NONBLOCK. NULL: no memory. */
struct file *eventfd_create(u32 count, bool semaphore, u32 flags);
