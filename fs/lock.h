/*
 * Locks on files: record locks as fcntl(2) makes them, and those of flock(2). Both are advisory, and
 * know nothing of each other.
 *
 * Who holds a lock is told by a pointer that is never followed: a record lock belongs to a table of
 * descriptors, and is gone when any descriptor of the file in it is closed; flock's, and record
 * locks of open files, belong to the open file. Whoever goes away calls file_locks_drop().
 */
#pragma once

#include "lib/types.h"

struct inode;

#define LOCK_TO_END UINT64_MAX

struct lock_request {
	const void *owner;
	s32 pid;         /* shown to others; -1: of an open file */
	s32 type;        /* F_RDLCK, F_WRLCK, F_UNLCK */
	bool whole;      /* flock's */
	u64 start, last; /* bytes, both included */
};

/*
 * Locks or unlocks. 0; -EAGAIN: somebody else has it, and `wait` is false; -EINTR; -EDEADLK: those
 * who have it wait for the caller; -ENOLCK: no memory. May sleep when it is to wait.
 */
int file_lock_set(struct inode *inode, const struct lock_request *wanted, bool wait) MUST_CHECK;

/* Whether somebody else's lock is in the way: then *found tells of it. */
bool file_lock_test(struct inode *inode, const struct lock_request *request,
	struct lock_request *found);

/* The owner's locks of the file are gone. Never sleeps. */
void file_locks_drop(struct inode *inode, const void *owner);
