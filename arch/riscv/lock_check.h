/*
 * The lock checker of debug builds (meson's -Ddebug=true); in others all of this is nothing. It
 * watches every spin lock and reports, by a panic with the stack of now and the one that it does not
 * go together with:
 *
 *	order		a lock is taken inside another one that elsewhere is taken inside it, be it over
 *			several steps. Locks are told apart by class: where they are initialised, or by
 *			address where they never are. Within a class, by rising addresses.
 *	recursion	a hart waits for a lock that it holds
 *	sleep		a task gives up its hart with a lock held, or sleeps with interrupts off
 *	context		a lock that interrupt handlers take is taken with interrupts on
 *	release		a lock is released that the hart does not hold
 */
#pragma once

#include "lib/types.h"

#if COWSLIP_DEBUG

/* Before a lock is waited for, and when one was got without waiting. class NULL: its address. */
void lock_check_wait(const void *lock, const char *class);
void lock_check_got(const void *lock, const char *class);

void lock_check_release(const void *lock);

/*
 * Until the end what is taken and released may be of the class of what is held, and does not count as
 * held itself: for locks whose order something else guarantees, which the caller names.
 */
void lock_check_group(bool begins);

/* The task may give up its hart here; and: it may sleep for long. */
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
