/* For the test of the TLB: the simulated harts' satp and fences (tests/unit/test_tlb.c). */
#ifndef COWSLIP_TESTS_UNIT_SHIM_TLB_ARCH_RISCV_CSR_H
#define COWSLIP_TESTS_UNIT_SHIM_TLB_ARCH_RISCV_CSR_H

#include "lib/types.h"

#define SATP_ASID_SHIFT 44
#define SATP_ASID_BITS  16
#define SATP_ASID_MASK  0x0ffff00000000000

u64 machine_read_satp(void);
void machine_write_satp(u64 value);

#define csr_read(name)         machine_read_##name()
#define csr_write(name, value) machine_write_##name(value)

void fence_translations(void);
void fence_translations_of_number(u64 number);
void fence_translations_of_page(u64 address);

#endif
