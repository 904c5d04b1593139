/* For the test of the kernel's own locks (tests/unit/test_lock.c): one turn of a loop that waits. */
#pragma once

#include "lib/types.h"

void cpu_relax(void);

static inline u64 interrupts_save(void)
{
	return 0;
}

static inline void interrupts_restore(u64 flags UNUSED)
{
}
