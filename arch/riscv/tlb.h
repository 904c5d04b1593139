/*
 * Flushing translations. A page is not freed, nor its new content trusted, before the flush that
 * removes its old translation is over on every hart that could hold it.
 *
 * sfence.vma with an address covers leaf entries only: whoever changes a non-leaf entry flushes
 * the whole address space (privileged specification, section 4.2.1).
 */
#ifndef COWSLIP_ARCH_RISCV_TLB_H
#define COWSLIP_ARCH_RISCV_TLB_H

#include "lib/types.h"

/* One page, or all user translations, of the calling hart. */
static inline void tlb_flush_local_page(uaddr_t address)
{
	__asm__ volatile("sfence.vma %0, zero" ::"r"(address.value) : "memory");
}

static inline void tlb_flush_local(void)
{
	/* A register with 0 names address space 0, and leaves global (kernel) entries alone. */
	__asm__ volatile("sfence.vma zero, %0" ::"r"(0) : "memory");
}

/* Everything, the kernel's too. */
static inline void tlb_flush_local_kernel(void)
{
	__asm__ volatile("sfence.vma" ::: "memory");
}

/*
 * [start, end) on the harts of the mask (bit n: hart index n), the calling one among them or not;
 * back when all have done it. Interrupts may be on or off.
 */
void tlb_flush_range(u64 harts, uaddr_t start, uaddr_t end);

/* All user translations on the harts of the mask. */
void tlb_flush_harts(u64 harts);

/* All translations, on every hart that is online. */
void tlb_flush_kernel(void);

#endif
