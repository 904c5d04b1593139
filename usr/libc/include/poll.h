#ifndef COWSLIP_LIBC_POLL_H
#define COWSLIP_LIBC_POLL_H

#include <signal.h>

#include "lib/abi/poll.h"

typedef unsigned long nfds_t;

int poll(struct pollfd *fds, nfds_t count, int timeout); /* milliseconds; negative: for ever */
int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask);

#endif
