/*
 * epoll(7): a set of files, and which of them are ready.
 *
 * The set stays in the files' wait queues for as long as it lasts. A file that is closed for the last
 * time leaves it by itself. A set may hold sets, but those no others.
 */
#pragma once

#include "lib/abi/poll.h"
#include "lib/types.h"

struct file;
struct wait_queue;

/* An empty set, counted. NULL: no memory. */
struct file *epoll_create(void);

/*
 * EPOLL_CTL_ADD, MOD, DEL for a file that the caller knows by this descriptor. -EINVAL (no set, the
 * set itself, or EPOLLEXCLUSIVE where it may not be), -ELOOP (sets in sets in sets), -EPERM (cannot be
 * waited for), -EEXIST, -ENOENT, -ENOMEM.
 */
int epoll_control(struct file *set, int operation, struct file *file, int fd,
	const struct epoll_event *event) MUST_CHECK;

/*
 * Waits until some are ready, the deadline (ns, monotonic) is past, or a signal comes. The result is
 * how many of `events`, at most `limit`, were filled in; or -EINTR, -EINVAL (no set).
 */
s64 epoll_wait(struct file *file, struct epoll_event *events, u32 limit, u64 deadline);

/* The file is about to be released. */
void epoll_forget(struct file *file);

/* The queue is about to go, which nobody joins any more: sets that are in it leave. */
void epoll_leave(struct wait_queue *queue);
