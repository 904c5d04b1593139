/* For unit tests: what mm asks of other harts, besides flushes. */
#ifndef COWSLIP_TESTS_UNIT_SHIM_ARCH_RISCV_SMP_H
#define COWSLIP_TESTS_UNIT_SHIM_ARCH_RISCV_SMP_H

#include "arch/riscv/hart.h"

void instructions_flush(void);

#endif
