/* For the test of drivers: the one hart. */
#ifndef COWSLIP_TESTS_UNIT_SHIM_DEVICES_ARCH_RISCV_HART_H
#define COWSLIP_TESTS_UNIT_SHIM_DEVICES_ARCH_RISCV_HART_H

#include "lib/types.h"

struct hart {
	u64 id;
};

extern struct hart machine_hart;

static inline struct hart *this_hart(void)
{
	return &machine_hart;
}

#endif
