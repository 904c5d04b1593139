/* For the test of drivers: one hart alone needs no locks. */
#pragma once

#include "lib/annotate.h"
#include "lib/types.h"

struct CAPABILITY("spinlock") spinlock {
	bool held;
};

static inline void spin_lock(struct spinlock *lock) NO_THREAD_SAFETY_ANALYSIS
{
	lock->held = true;
}

static inline void spin_unlock(struct spinlock *lock) NO_THREAD_SAFETY_ANALYSIS
{
	lock->held = false;
}

static inline u64 interrupts_save(void)
{
	return 0;
}

static inline void interrupts_restore(u64 flags UNUSED)
{
}
