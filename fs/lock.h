/*
 * Locks on files: record locks as fcntl(2) makes them, and those of flock(2). Both are advisory,
 * and independent of each other.
 *
 * A lock's owner is identified by a pointer that is never followed: a record lock belongs to a
 * table of descriptors, and goes when any of the table's descriptors for the file is closed;
 * flock's, and record locks of open files, belong to the open file. When an owner goes away,
 * file_locks_drop() is called.
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
 * Locks or unlocks. 0; -EAGAIN: somebody else holds it, and `wait` is false; -EINTR; -EDEADLK: its
 * holder waits for the caller; -ENOLCK: no memory. Sleeps only if `wait` is true.
 */
int file_lock_set(struct inode *inode, const struct lock_request *wanted, bool wait) MUST_CHECK;

/* Whether somebody else's lock is in the way: then *found describes it. */
bool file_lock_test(struct inode *inode, const struct lock_request *request,
	struct lock_request *found);

/* Drops the owner's locks on the file. Never sleeps. */
void file_locks_drop(struct inode *inode, const void *owner);
