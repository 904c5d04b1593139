/*
 * The lock checker of debug builds (meson's -Ddebug=true); in other builds all of this is empty. It
 * watches every spin lock, and panics, with the current stack and the one in conflict with it, if:
 *
 *	order		a lock is taken inside another one which elsewhere is taken inside it,
 *			perhaps through others. Locks are told apart by class: the place where they
 *			are initialised, or their address if they never are. Locks of one class have
 *			to be taken by rising addresses.
 *	recursion	a hart waits for a lock that it holds
 *	sleep		a task gives up its hart with a lock held, or sleeps with interrupts off
 *	context		a lock that interrupt handlers take is taken with interrupts on
 *	release		a lock is released that the hart does not hold
 */
#pragma once

#include "lib/types.h"

#if COWSLIP_DEBUG

/*
 * Called before a hart waits for a lock; and when it has got one without waiting. If class is NULL,
 * the lock's address is its class.
 */
void lock_check_wait(const void *lock, const char *class);
void lock_check_got(const void *lock, const char *class);

void lock_check_release(const void *lock);

/*
 * Between begin and end, locks may be taken whose class is already held, in any order; they do not
 * count as held. For locks whose order something else guarantees, which the caller names.
 */
void lock_check_group(bool begins);

/* The task may give up its hart here; the second: it may sleep for long. */
void lock_check_schedule(void);
void lock_check_sleep(void);

/* An interrupt handler begins on this hart, or ends. */
void lock_check_interrupt(bool begins);

#else

#define lock_check_wait(lock, class) ((void)0)
#define lock_check_got(lock, class)  ((void)0)
#define lock_check_release(lock)     ((void)0)
#define lock_check_group(begins)     ((void)0)
#define lock_check_schedule()        ((void)0)
#define lock_check_sleep()           ((void)0)
#define lock_check_interrupt(begins) ((void)0)

#endif
