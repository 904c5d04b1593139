/*
 * Flushing translations. A page is not freed, nor its new content trusted, before the flush that
 * removes its old translation is complete on every hart that could hold it.
 *
 * sfence.vma with an address covers leaf entries only: whoever changes a non-leaf entry flushes
 * the whole address space (privileged specification, section 4.2.1).
 */
#pragma once

#include <stdatomic.h>

#include "arch/riscv/csr.h"
#include "lib/types.h"

/*
 * What harts may remember of an address space. Even a hart that does not run in the space may
 * remember translations under its number, and instructions: it is not interrupted, but forgets them
 * before it runs in the space again.
 */
struct tlb_context {
	u16 number;          /* ASID; without one a hart forgets all when it leaves */
	_Atomic u64 running; /* harts that run in it: bit n for hart index n */
	_Atomic u64 stale;   /* harts that must forget before they run in it again */
};

void tlb_context_init(struct tlb_context *context);

/* Called when no hart runs in it any more. */
void tlb_context_release(struct tlb_context *context);

/*
 * Switches the calling hart from one address space to another, whose root table is `root`; NULL:
 * the kernel's own, without user memory.
 */
void tlb_switch(struct tlb_context *from, struct tlb_context *to, paddr_t root);

/* Whether only a flush of everything is reliable on these cores (arch/riscv/errata.h). */
extern bool tlb_forgets_all_only;

/* Finds that out. At boot, after sbi_init(). */
void tlb_init(void);

/* Everything that the calling hart remembers, including the kernel's memory. */
static inline void tlb_flush_local_kernel(void)
{
	fence_translations();
}

/* The translations under a number, which may be 0. Global (kernel) ones are left alone. */
static inline void tlb_flush_local_number(u64 number)
{
	if (unlikely(tlb_forgets_all_only))
		tlb_flush_local_kernel();
	else
		fence_translations_of_number(number);
}

/* One page of the address space that the calling hart runs in. */
static inline void tlb_flush_local_page(uaddr_t address)
{
	if (unlikely(tlb_forgets_all_only))
		tlb_flush_local_kernel();
	else
		fence_translations_of_page(address.value);
}

/* All of that address space, on the calling hart. */
static inline void tlb_flush_local(void)
{
	tlb_flush_local_number((csr_read(satp) & SATP_ASID_MASK) >> SATP_ASID_SHIFT);
}

/*
 * The translations of [start, end) in an address space, on all harts; returns when no hart can use
 * them any more. The calling hart may run in the space or not, with interrupts on or off.
 */
void tlb_flush_range(struct tlb_context *context, uaddr_t start, uaddr_t end);

/* All of an address space. */
void tlb_flush_context(struct tlb_context *context);

/* Instructions that have been written in an address space can be fetched there. */
void tlb_flush_instructions(struct tlb_context *context);

/* Instructions that any hart has written can be fetched on all harts. */
void tlb_flush_all_instructions(void);

/* All translations, on every hart that is online. */
void tlb_flush_kernel(void);
