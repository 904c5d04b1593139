/*
 * Spinning locks, and the interrupt flag.
 *
 * The kernel is not preempted while it runs: a task gives up its hart only where it calls the
 * scheduler. A plain spin lock is therefore enough for data that interrupt handlers never touch;
 * data that they touch needs the _irqsave form. No task sleeps with a spin lock held.
 */
#pragma once

#include <stdatomic.h>

#include "arch/riscv/csr.h"
#include "arch/riscv/lock_check.h"
#include "lib/annotate.h"
#include "lib/types.h"

/* For the lock checker: where the lock was initialised. */
#if COWSLIP_DEBUG
#define LOCK_CLASS_MEMBER const char *class;
#define LOCK_CLASS(lock)  ((lock)->class)
#define LOCK_NAME(lock)   (__FILE__ ": " #lock)
/* For static locks that form one class. A static lock that is all zeroes is a class of its own. */
#define SPINLOCK_OF_CLASS(name) \
	{                       \
		.class = (name) \
	}
#else
#define LOCK_CLASS_MEMBER
#define LOCK_CLASS(lock) NULL
#define LOCK_NAME(lock)  NULL
#define SPINLOCK_OF_CLASS(name) \
	{                       \
	}
#endif

struct CAPABILITY("spinlock") spinlock {
	_Atomic u32 held;
	LOCK_CLASS_MEMBER
};

/*
 * Many readers or one writer. A waiting writer holds off new readers, and a reader that has waited
 * for long holds off new writers. Strict turns would cost too much where harts are virtual: all
 * would wait until the hart whose turn it is gets to run.
 */
struct CAPABILITY("rwlock") rwlock {
	_Atomic u32 state;    /* RWLOCK_WRITER, and below it the number of readers */
	_Atomic u32 starving; /* readers that have looked RWLOCK_PATIENCE times */
	LOCK_CLASS_MEMBER
};

#define RWLOCK_WRITER   0x80000000u
#define RWLOCK_PATIENCE 1024

#define spin_init(lock) spin_init_class(lock, LOCK_NAME(lock))

static inline void spin_init_class(struct spinlock *lock, const char *class UNUSED)
{
	*lock = (struct spinlock){};
#if COWSLIP_DEBUG
	lock->class = class;
#endif
}

static inline bool spin_try_lock(struct spinlock *lock)
	TRY_ACQUIRE(true, *lock) NO_THREAD_SAFETY_ANALYSIS
{
	if (atomic_exchange_explicit(&lock->held, 1, memory_order_acquire))
		return false;
	lock_check_got(lock, LOCK_CLASS(lock));
	return true;
}

static inline void spin_lock(struct spinlock *lock) ACQUIRE(*lock) NO_THREAD_SAFETY_ANALYSIS
{
	lock_check_wait(lock, LOCK_CLASS(lock));
	while (unlikely(atomic_exchange_explicit(&lock->held, 1, memory_order_acquire)))
		while (atomic_load_explicit(&lock->held, memory_order_relaxed))
			cpu_relax();
}

static inline void spin_unlock(struct spinlock *lock) RELEASE(*lock) NO_THREAD_SAFETY_ANALYSIS
{
	lock_check_release(lock);
	atomic_store_explicit(&lock->held, 0, memory_order_release);
}

/* Also keeps interrupts out. The result goes to spin_unlock_irqrestore(). */
static inline u64 spin_lock_irqsave(struct spinlock *lock) ACQUIRE(*lock) NO_THREAD_SAFETY_ANALYSIS
{
	u64 flags = interrupts_save();

	spin_lock(lock);
	return flags;
}

static inline void spin_unlock_irqrestore(struct spinlock *lock, u64 flags)
	RELEASE(*lock) NO_THREAD_SAFETY_ANALYSIS
{
	spin_unlock(lock);
	interrupts_restore(flags);
}

#define rwlock_init(lock) rwlock_init_class(lock, LOCK_NAME(lock))

static inline void rwlock_init_class(struct rwlock *lock, const char *class UNUSED)
{
	*lock = (struct rwlock){};
#if COWSLIP_DEBUG
	lock->class = class;
#endif
}

static inline void read_lock(struct rwlock *lock) ACQUIRE_SHARED(*lock) NO_THREAD_SAFETY_ANALYSIS
{
	u64 looks = 0;

	lock_check_wait(lock, LOCK_CLASS(lock));
	while (unlikely(
		atomic_fetch_add_explicit(&lock->state, 1, memory_order_acquire) & RWLOCK_WRITER)) {
		atomic_fetch_sub_explicit(&lock->state, 1, memory_order_relaxed);
		do {
			if (++looks == RWLOCK_PATIENCE)
				atomic_fetch_add_explicit(&lock->starving, 1, memory_order_relaxed);
			cpu_relax();
		} while (atomic_load_explicit(&lock->state, memory_order_relaxed) & RWLOCK_WRITER);
	}
	if (unlikely(looks >= RWLOCK_PATIENCE))
		atomic_fetch_sub_explicit(&lock->starving, 1, memory_order_relaxed);
}

static inline void read_unlock(struct rwlock *lock) RELEASE_SHARED(*lock) NO_THREAD_SAFETY_ANALYSIS
{
	lock_check_release(lock);
	atomic_fetch_sub_explicit(&lock->state, 1, memory_order_release);
}

static inline void write_lock(struct rwlock *lock) ACQUIRE(*lock) NO_THREAD_SAFETY_ANALYSIS
{
	lock_check_wait(lock, LOCK_CLASS(lock));
	while (atomic_load_explicit(&lock->starving, memory_order_relaxed) ||
		(atomic_fetch_or_explicit(&lock->state, RWLOCK_WRITER, memory_order_acquire) &
			RWLOCK_WRITER))
		do
			cpu_relax();
		while (atomic_load_explicit(&lock->state, memory_order_relaxed) & RWLOCK_WRITER);
	while (atomic_load_explicit(&lock->state, memory_order_acquire) != RWLOCK_WRITER)
		cpu_relax();
}

static inline void write_unlock(struct rwlock *lock) RELEASE(*lock) NO_THREAD_SAFETY_ANALYSIS
{
	lock_check_release(lock);
	/* Readers that arrived in between may be counted and about to back out. */
	atomic_fetch_and_explicit(&lock->state, ~RWLOCK_WRITER, memory_order_release);
}
