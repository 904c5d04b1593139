/*
 * Scatter and gather: readv, writev and similar calls.
 */
#pragma once

#include <stddef.h>

struct iovec {
	void *iov_base;
	size_t iov_len;
};

/* The most vectors that one call takes. */
#define UIO_MAXIOV 1024
