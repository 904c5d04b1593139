/*
 * What the files of mm share about address spaces, and nobody else needs.
 */
#pragma once

#include "mm/space.h"

/* Nothing is placed below, nor grows to there, so that small numbers are never addresses. */
#define MAP_LOWEST 0x10000UL

/*
 * A space with an empty tree, and as yet without a set of regions. No space's lock is held. NULL: no
 * memory.
 */
struct space *space_new(void);

/* Every space there is. The visitor must not allocate or free. */
void space_for_each(void (*visit)(struct space *space, void *argument), void *argument);

/*
 * Between these two the caller has all locks of every space: nobody faults, copies or forks. Then what
 * several trees share may be changed where it is, since that changes it for all.
 */
void space_hold_all(void);
void space_release_all(void);
void space_for_each_held(void (*visit)(struct space *space, void *argument), void *argument);

/* 0; -EINVAL: does not start at a page; -ENOMEM: no user addresses. */
int space_check_range(u64 start, u64 length);

/* space_unmap() of a checked range, for who holds the lock. */
int space_unmap_locked(struct space *space, u64 start, u64 end) REQUIRES(space->lock);

/* Where a mapping of this length goes, at best where it is wanted; 0: nowhere. */
u64 space_place_locked(struct space *space, u64 wanted, u64 length) REQUIRES(space->lock);

/* space_mark() of a checked range. */
int space_mark_locked(struct space *space, u64 start, u64 end, u32 set, u32 clear)
	REQUIRES(space->lock);

/* Gives regions borders at both ends of the range. Neighbours stay split if the second fails. */
int space_split_locked(struct space *space, u64 start, u64 end) REQUIRES(space->lock);

/* Brings the range in if the flags, its region's, say that it is locked (mm/resident.c). No lock is held. */
void space_populate_locked(struct space *space, u64 start, u64 length, u32 flags);
