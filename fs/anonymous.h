/*
 * Open files without a name in any directory, other than pipes: eventfd, epoll, timerfd, sockets.
 */
#pragma once

#include "fs/file.h"
#include "lib/types.h"

/*
 * A new file, counted. type: S_IFSOCK, or 0. `private` belongs to the operations, whose release
 * frees it. NULL: no memory, and `private` is still the caller's.
 */
struct file *anonymous_file(const struct file_operations *operations, void *private, u32 type,
	u32 flags);

/* An eventfd(2), counted. semaphore: reads take 1, not all. flags: O_NONBLOCK. NULL: no memory. */
struct file *eventfd_create(u32 count, bool semaphore, u32 flags);
