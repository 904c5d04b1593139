/* For the test of the TLB: the kernel's own header, not the one that simulates it. */
#ifndef COWSLIP_TESTS_UNIT_SHIM_TLB_ARCH_RISCV_TLB_H
#define COWSLIP_TESTS_UNIT_SHIM_TLB_ARCH_RISCV_TLB_H

#include "../../../../../arch/riscv/tlb.h"

#endif
