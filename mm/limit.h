/*
 * Resource limits, for everything below proc/: declared here, implemented by proc/limit.c. Also the
 * limits on address spaces (mm/limit.c).
 */
#pragma once

#include "lib/types.h"
#include "mm/space.h"

/*
 * The caller's soft limit for a resource (RLIMIT_*). RLIM_INFINITY also for kernel threads, and for
 * RLIMIT_MEMLOCK when the caller may lock any amount of memory. Takes no lock.
 */
u64 limit_of_caller(u32 resource);

/* So many bytes more, mapped with these region flags; what is mapped in [start, end) goes. */
struct growth {
	u64 bytes;
	u32 flags;
	u64 start, end;
};

/*
 * Whether the space may grow like this. 0; -ENOMEM: not under RLIMIT_AS or RLIMIT_DATA; not under
 * RLIMIT_MEMLOCK: -EAGAIN, or -EPERM when that is 0.
 */
int limit_check_growth(struct space *space, struct growth growth) MUST_CHECK
	REQUIRES_SHARED(space->lock);

/* Whether all of the range may be written to under RLIMIT_DATA: 0 or -ENOMEM. */
int limit_check_writable(struct space *space, u64 start, u64 end) MUST_CHECK
	REQUIRES_SHARED(space->lock);

/* Whether the range may be locked as well: 0, -ENOMEM, or -EPERM. */
int limit_check_lock(struct space *space, u64 start, u64 end) MUST_CHECK
	REQUIRES_SHARED(space->lock);

/*
 * Extends the stack above the address, if there is one, down to it, within RLIMIT_STACK and the
 * limits on growth. 0: something is mapped there now; -EFAULT; -ENOMEM (no memory).
 */
int stack_grow(struct space *space, u64 address) MUST_CHECK;
