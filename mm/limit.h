/*
 * Resource limits, as everything below proc/ asks for them: declared here, implemented by
 * proc/limit.c. And those on address spaces (mm/limit.c).
 */
#pragma once

#include "lib/types.h"
#include "mm/space.h"

/*
 * The caller's soft limit (RLIMIT_*), or RLIM_INFINITY, also if he has the right to lock what memory he
 * likes. Takes no lock.
 */
u64 limit_of_caller(u32 resource);

/* More bytes, mapped with these flags of a region, and what is in [start, end) goes. */
struct growth {
	u64 bytes;
	u32 flags;
	u64 start, end;
};

/*
 * Whether the space may grow so under RLIMIT_AS and RLIMIT_DATA: 0 or -ENOMEM; and RLIMIT_MEMLOCK:
 * -EAGAIN, -EPERM (it is 0).
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
 * Extends a stack downwards to the address, if there is one above, within RLIMIT_STACK and what else
 * limits growth. 0: now something is mapped there; -EFAULT; -ENOMEM (no memory).
 */
int stack_grow(struct space *space, u64 address) MUST_CHECK;
