/*
 * For the tests of the TLB and of the timer: the simulated harts' registers and fences
 * (tests/unit/test_tlb.c, test_timer.c).
 */
#pragma once

#include "lib/types.h"

#define SATP_ASID_SHIFT 44
#define SATP_ASID_BITS  16
#define SATP_ASID_MASK  0x0ffff00000000000

u64 machine_read_satp(void);
void machine_write_satp(u64 value);

#define INTERRUPT_TIMER 5

u64 machine_read_time(void);
u64 machine_read_scounteren(void);
void machine_write_stimecmp(u64 value);

#define machine_write_0x14d    machine_write_stimecmp
#define csr_read(name)         machine_read_##name()
#define csr_write(name, value) machine_write_##name(value)
#define csr_set(name, bits)    ((void)(bits))

void fence_translations(void);
void fence_translations_of_number(u64 number);
void fence_translations_of_page(u64 address);
void fence_instructions(void);
