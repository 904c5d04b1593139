/* For the test of the TLB: all harts are up. */
#pragma once

#include "arch/riscv/hart.h"

static inline u64 harts_online(void)
{
	return BIT(HARTS_MAX) - 1;
}
