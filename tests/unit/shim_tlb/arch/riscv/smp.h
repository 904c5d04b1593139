/* For the test of the TLB: all harts are up. */
#ifndef COWSLIP_TESTS_UNIT_SHIM_TLB_ARCH_RISCV_SMP_H
#define COWSLIP_TESTS_UNIT_SHIM_TLB_ARCH_RISCV_SMP_H

#include "arch/riscv/hart.h"

static inline u64 harts_online(void)
{
	return BIT(HARTS_MAX) - 1;
}

#endif
