/*
 * What the files of mm share about address spaces, and no other file needs.
 */
#pragma once

#include "mm/space.h"

/* Nothing is placed below this, nor grows below it, so that small numbers are never addresses. */
#define MAP_LOWEST 0x10000UL

/*
 * A space with an empty tree, and as yet without a set of regions. The caller holds no lock of a
 * space. NULL: no memory.
 */
struct space *space_new(void);

/* Visits every space. The visitor must not allocate or free. */
void space_for_each(void (*visit)(struct space *space, void *argument), void *argument);

/*
 * Between these two calls the caller holds all locks of every space: nobody faults, copies or
 * forks. What several trees share may then be changed in place, since that changes it for all.
 */
void space_hold_all(void);
void space_release_all(void);
void space_for_each_held(void (*visit)(struct space *space, void *argument), void *argument);

/* 0; -EINVAL: does not start at a page; -ENOMEM: no user addresses. */
int space_check_range(u64 start, u64 length);

/* space_unmap() of a checked range, for a caller that holds the lock. */
int space_unmap_locked(struct space *space, u64 start, u64 end) REQUIRES(space->lock);

/* Finds room for a mapping of this length, if possible at `wanted`; 0: there is none. */
u64 space_place_locked(struct space *space, u64 wanted, u64 length) REQUIRES(space->lock);

/* space_mark() of a checked range. */
int space_mark_locked(struct space *space, u64 start, u64 end, u32 set, u32 clear)
	REQUIRES(space->lock);

/* Splits the regions at both ends of the range. If the second split fails, the first one stays. */
int space_split_locked(struct space *space, u64 start, u64 end) REQUIRES(space->lock);

/* Brings the range in if its region's flags ask for that (mm/resident.c). No lock is held. */
void space_populate_locked(struct space *space, u64 start, u64 length, u32 flags);
