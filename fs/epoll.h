/*
 * epoll(7): a set of files, and which of them are ready.
 *
 * The set stays in the files' wait queues for as long as it exists. A file leaves the set when it
 * is closed for the last time. A set may hold other sets, down to a limited depth.
 */
#pragma once

#include "lib/abi/poll.h"
#include "lib/types.h"

struct file;
struct wait_queue;

/* An empty set, counted. NULL: no memory. */
struct file *epoll_create(void);

/*
 * EPOLL_CTL_ADD, MOD, DEL for a file that the caller knows by this descriptor. -EINVAL (not a set,
 * the set itself, or EPOLLEXCLUSIVE where it is not allowed), -ELOOP (sets nested too deep or in a
 * circle), -EPERM (the file cannot be waited for), -EEXIST, -ENOENT, -ENOMEM.
 */
int epoll_control(struct file *set, int operation, struct file *file, int fd,
	const struct epoll_event *event) MUST_CHECK;

/*
 * Waits until some files are ready, the deadline (ns, monotonic) has passed, or a signal arrives.
 * The result is how many of `events`, at most `limit`, were filled in; or -EINTR, -EINVAL (no set).
 */
s64 epoll_wait(struct file *file, struct epoll_event *events, u32 limit, u64 deadline);

/* Takes a file that is about to be released out of all sets. */
void epoll_forget(struct file *file);

/* Takes all sets out of a queue that is about to be freed, and that nobody joins any more. */
void epoll_leave(struct wait_queue *queue);
