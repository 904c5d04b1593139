/* For unit tests: the kernel's half of a root table, which is empty here. */
#ifndef COWSLIP_TESTS_UNIT_SHIM_ARCH_RISCV_KMAP_H
#define COWSLIP_TESTS_UNIT_SHIM_ARCH_RISCV_KMAP_H

#include "arch/riscv/layout.h"
#include "arch/riscv/pte.h"
#include "lib/types.h"

void root_table_init(pte_t *root);
void root_table_clear(pte_t *root);

#endif
