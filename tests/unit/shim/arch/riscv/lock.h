/*
 * For unit tests: locks that spin as the kernel's do, and end the test when a hart waits for a lock
 * that it holds itself.
 */
#pragma once

#include <stdatomic.h>

#include "lib/annotate.h"
#include "lib/log.h"
#include "lib/types.h"

#include "arch/riscv/hart.h"

/* Who holds a lock: hart index + 1; 0 is nobody. */
struct CAPABILITY("spinlock") spinlock {
	_Atomic u32 holder;
};

#define SPINLOCK_OF_CLASS(name) \
	{                       \
	}

struct CAPABILITY("rwlock") rwlock {
	_Atomic u32 writer;
	_Atomic u32 readers;
};

void machine_relax(void);

/* How many locks the calling thread holds, not counting those held for reading. */
extern _Thread_local u32 machine_locks_held;

/* Calls a function once, if one is set. */
static inline void machine_act(void (**act)(void))
{
	void (*others)(void) = *act;

	if (!others)
		return;
	*act = NULL;
	others();
}

/*
 * What another thread does in the meantime, once, if set: when a thread that holds no lock is about
 * to take one; when a lock that was held for reading has lost its last holder.
 */
extern void (*machine_before_locking)(void), (*machine_after_reading)(void);

static inline void machine_meanwhile(void (**act)(void))
{
	if (!machine_locks_held)
		machine_act(act);
}

/* Has act() called before a lock, after so many others. Whether it was; if not, it is cancelled. */
void machine_act_after_locks(u32 locks, void (*act)(void));
bool machine_has_acted(void);

static inline void spin_init(struct spinlock *lock)
{
	atomic_init(&lock->holder, 0);
}

static inline bool spin_try_lock(struct spinlock *lock)
	TRY_ACQUIRE(true, *lock) NO_THREAD_SAFETY_ANALYSIS
{
	u32 nobody = 0;

	if (!atomic_compare_exchange_strong(&lock->holder, &nobody, hart_index() + 1))
		return false;
	machine_locks_held++;
	return true;
}

static inline void spin_lock(struct spinlock *lock) ACQUIRE(*lock) NO_THREAD_SAFETY_ANALYSIS
{
	ASSERT(atomic_load(&lock->holder) != hart_index() + 1);
	machine_meanwhile(&machine_before_locking);
	while (!spin_try_lock(lock))
		machine_relax();
}

static inline void spin_unlock(struct spinlock *lock) RELEASE(*lock) NO_THREAD_SAFETY_ANALYSIS
{
	ASSERT(atomic_load(&lock->holder) == hart_index() + 1);
	atomic_store(&lock->holder, 0);
	machine_locks_held--;
}

static inline u64 spin_lock_irqsave(struct spinlock *lock) ACQUIRE(*lock) NO_THREAD_SAFETY_ANALYSIS
{
	spin_lock(lock);
	return 0;
}

static inline void spin_unlock_irqrestore(struct spinlock *lock, u64 flags UNUSED)
	RELEASE(*lock) NO_THREAD_SAFETY_ANALYSIS
{
	spin_unlock(lock);
}

static inline void rwlock_init(struct rwlock *lock)
{
	atomic_init(&lock->writer, 0);
	atomic_init(&lock->readers, 0);
}

static inline void read_lock(struct rwlock *lock) ACQUIRE_SHARED(*lock) NO_THREAD_SAFETY_ANALYSIS
{
	ASSERT(atomic_load(&lock->writer) != hart_index() + 1);
	for (;;) {
		atomic_fetch_add(&lock->readers, 1);
		if (!atomic_load(&lock->writer))
			return;
		atomic_fetch_sub(&lock->readers, 1);
		machine_relax();
	}
}

static inline void read_unlock(struct rwlock *lock) RELEASE_SHARED(*lock) NO_THREAD_SAFETY_ANALYSIS
{
	ASSERT(atomic_load(&lock->readers) > 0);
	if (atomic_fetch_sub(&lock->readers, 1) == 1)
		machine_meanwhile(&machine_after_reading);
}

static inline void write_lock(struct rwlock *lock) ACQUIRE(*lock) NO_THREAD_SAFETY_ANALYSIS
{
	u32 nobody = 0;

	ASSERT(atomic_load(&lock->writer) != hart_index() + 1);
	while (!atomic_compare_exchange_strong(&lock->writer, &nobody, hart_index() + 1)) {
		nobody = 0;
		machine_relax();
	}
	while (atomic_load(&lock->readers))
		machine_relax();
	machine_locks_held++;
}

static inline void write_unlock(struct rwlock *lock) RELEASE(*lock) NO_THREAD_SAFETY_ANALYSIS
{
	ASSERT(atomic_load(&lock->writer) == hart_index() + 1);
	atomic_store(&lock->writer, 0);
	machine_locks_held--;
}
