/* For unit tests: flushes of the simulated machine's translations (tests/unit/machine.h). */
#ifndef COWSLIP_TESTS_UNIT_SHIM_ARCH_RISCV_TLB_H
#define COWSLIP_TESTS_UNIT_SHIM_ARCH_RISCV_TLB_H

#include "lib/types.h"

void tlb_flush_local_page(uaddr_t address);
void tlb_flush_local(void);
void tlb_flush_range(u64 harts, uaddr_t start, uaddr_t end);
void tlb_flush_harts(u64 harts);

#endif
