/*
 * poll, epoll and eventfd.
 */
#pragma once

#include <stdint.h>

struct pollfd {
	int fd;
	short events;
	short revents;
};

#define POLLIN     0x0001
#define POLLPRI    0x0002
#define POLLOUT    0x0004
#define POLLERR    0x0008
#define POLLHUP    0x0010
#define POLLNVAL   0x0020
#define POLLRDNORM 0x0040
#define POLLRDBAND 0x0080
#define POLLWRNORM 0x0100
#define POLLWRBAND 0x0200
#define POLLRDHUP  0x2000

struct epoll_event {
	uint32_t events;
	uint64_t data;
};

/* Event bits are those of poll, and these. */
#define EPOLLEXCLUSIVE (1U << 28)
#define EPOLLWAKEUP    (1U << 29)
#define EPOLLONESHOT   (1U << 30)
#define EPOLLET        (1U << 31)

#define EPOLL_CTL_ADD 1
#define EPOLL_CTL_DEL 2
#define EPOLL_CTL_MOD 3

/* eventfd flags are O_CLOEXEC, O_NONBLOCK and this one. */
#define EFD_SEMAPHORE 1
