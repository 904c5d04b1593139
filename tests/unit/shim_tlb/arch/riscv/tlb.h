/*
 * For the test of the TLB: the kernel's own header, not the simulated one. Another hart may act
 * before each atomic access in the code after it (tests/unit/test_tlb.c).
 */
#pragma once

#include "../../../../../arch/riscv/tlb.h"

void machine_step(void);

#undef atomic_load
#undef atomic_fetch_or
#undef atomic_fetch_and
#define atomic_load(object) (machine_step(), atomic_load_explicit(object, memory_order_seq_cst))
#define atomic_fetch_or(object, bits) \
	(machine_step(), atomic_fetch_or_explicit(object, bits, memory_order_seq_cst))
#define atomic_fetch_and(object, bits) \
	(machine_step(), atomic_fetch_and_explicit(object, bits, memory_order_seq_cst))
