/*
 * Control and status registers (privileged specification, volume II, chapter 4) and the few
 * instructions that C has no words for.
 */
#pragma once

/* sstatus */
#define SSTATUS_SIE        0x00000002 /* interrupts enabled in S-mode */
#define SSTATUS_SPIE       0x00000020 /* SIE before the trap */
#define SSTATUS_FS         0x00006000 /* state of the floating-point registers */
#define SSTATUS_FS_INITIAL 0x00002000
#define SSTATUS_FS_CLEAN   0x00004000
#define SSTATUS_FS_DIRTY   0x00006000
#define SSTATUS_SUM        0x00040000  /* S-mode may touch user pages: never set here */
#define SSTATUS_UXL_64     0x200000000 /* user programs are 64-bit; some harts offer 32, too */

/* sie and sip */
#define INTERRUPT_SOFTWARE 1
#define INTERRUPT_TIMER    5
#define INTERRUPT_EXTERNAL 9

/* scause: the top bit marks an interrupt, these are the exceptions */
#define CAUSE_INTERRUPT        0x8000000000000000
#define CAUSE_FETCH_MISALIGNED 0
#define CAUSE_FETCH_ACCESS     1
#define CAUSE_ILLEGAL          2
#define CAUSE_BREAKPOINT       3
#define CAUSE_LOAD_MISALIGNED  4
#define CAUSE_LOAD_ACCESS      5
#define CAUSE_STORE_MISALIGNED 6
#define CAUSE_STORE_ACCESS     7
#define CAUSE_SYSCALL          8
#define CAUSE_FETCH_PAGE       12
#define CAUSE_LOAD_PAGE        13
#define CAUSE_STORE_PAGE       15

/* satp */
#define SATP_MODE_SV39  0x8000000000000000
#define SATP_ASID_SHIFT 44
#define SATP_ASID_BITS  16 /* at most; read-only zero where the hardware has less */
#define SATP_ASID_MASK  0x0ffff00000000000

#ifndef __ASSEMBLER__

#include "lib/types.h"

#define csr_read(name)                                                            \
	({                                                                        \
		u64 csr_value_;                                                   \
		__asm__ volatile("csrr %0, " #name : "=r"(csr_value_)::"memory"); \
		csr_value_;                                                       \
	})
#define csr_write(name, value) \
	({ __asm__ volatile("csrw " #name ", %0" ::"rK"((u64)(value)) : "memory"); })
#define csr_set(name, bits) \
	({ __asm__ volatile("csrs " #name ", %0" ::"rK"((u64)(bits)) : "memory"); })
#define csr_clear(name, bits) \
	({ __asm__ volatile("csrc " #name ", %0" ::"rK"((u64)(bits)) : "memory"); })

static inline void interrupts_enable(void)
{
	csr_set(sstatus, SSTATUS_SIE);
}

static inline void interrupts_disable(void)
{
	csr_clear(sstatus, SSTATUS_SIE);
}

/* Disables interrupts; the result says whether they were enabled. */
static inline u64 interrupts_save(void)
{
	u64 previous;

	__asm__ volatile("csrrci %0, sstatus, %1" : "=r"(previous) : "i"(SSTATUS_SIE) : "memory");
	return previous & SSTATUS_SIE;
}

static inline void interrupts_restore(u64 flags)
{
	csr_set(sstatus, flags);
}

/* Lets devices interrupt this hart, when interrupts are enabled. */
static inline void device_interrupts_accept(void)
{
	csr_set(sie, 1UL << INTERRUPT_EXTERNAL);
}

/*
 * sfence.vma: the calling hart forgets translations: all of them, those of one address-space number
 * (except the global ones), or those of one page under any number.
 */
static inline void fence_translations(void)
{
	__asm__ volatile("sfence.vma" ::: "memory");
}

static inline void fence_translations_of_number(u64 number)
{
	__asm__ volatile("sfence.vma zero, %0" ::"r"(number) : "memory");
}

static inline void fence_translations_of_page(u64 address)
{
	__asm__ volatile("sfence.vma %0, zero" ::"r"(address) : "memory");
}

/* fence.i: the calling hart fetches instructions anew. */
static inline void fence_instructions(void)
{
	__asm__ volatile("fence.i" ::: "memory");
}

/* One turn of a spin loop. */
static inline void cpu_relax(void)
{
	/* The Zihintpause hint: a fence with no effect on harts that do not know it. */
	__asm__ volatile(".insn i 0x0f, 0, x0, x0, 0x010" ::: "memory");
}

/* Sleeps until an interrupt is pending, whether or not interrupts are enabled. */
static inline void wait_for_interrupt(void)
{
	__asm__ volatile("wfi" ::: "memory");
}

#endif
