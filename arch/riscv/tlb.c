/*
 * Flushing translations on other harts (arch/riscv/tlb.h): the firmware does it, since it can
 * interrupt a hart that has its interrupts off, as one that waits for a lock we hold may have.
 */
#include "arch/riscv/tlb.h"

#include <stdatomic.h>

#include "arch/riscv/sbi.h"
#include "arch/riscv/smp.h"

/* More pages than this, and the whole space is flushed at once. */
#define FLUSH_PAGES_MAX 32

/* Calls the firmware for a mask of hart indices: it wants masks of hart ids. */
static void flush_others(u64 mask, u64 start, u64 size)
{
	while (mask) {
		u32 first = (u32)__builtin_ctzl(mask);
		u64 base = harts[first].id;
		u64 ids = 0;

		for (u32 i = first; i < hart_count(); i++) {
			u64 distance = harts[i].id - base;

			if ((mask & BIT(i)) && distance < 64) {
				ids |= BIT(distance);
				mask &= ~BIT(i);
			}
		}
		sbi_remote_sfence_vma(ids, base, start, size);
	}
}

/* The calling hart's bit is taken out of the mask, and tells whether it was in. */
static bool take_self(u64 *mask)
{
	u64 self = BIT(hart_index());
	bool in = *mask & self;

	*mask &= ~self;
	return in;
}

void tlb_flush_range(u64 mask, uaddr_t start, uaddr_t end)
{
	if (end.value - start.value > FLUSH_PAGES_MAX * PAGE_SIZE) {
		tlb_flush_harts(mask);
		return;
	}
	/* The changed entries are visible before any hart is told to forget the old ones. */
	atomic_thread_fence(memory_order_seq_cst);
	if (take_self(&mask))
		for (u64 at = start.value; at < end.value; at += PAGE_SIZE)
			tlb_flush_local_page(UADDR(at));
	if (mask)
		flush_others(mask, start.value, end.value - start.value);
}

void tlb_flush_harts(u64 mask)
{
	atomic_thread_fence(memory_order_seq_cst);
	if (take_self(&mask))
		tlb_flush_local();
	/* All of the address space, in the firmware's way of saying so. */
	if (mask)
		flush_others(mask, 0, UINT64_MAX);
}

void tlb_flush_kernel(void)
{
	u64 mask = harts_online();

	atomic_thread_fence(memory_order_seq_cst);
	take_self(&mask);
	tlb_flush_local_kernel();
	if (mask)
		flush_others(mask, 0, UINT64_MAX);
}
