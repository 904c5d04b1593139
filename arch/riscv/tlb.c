/*
 * What harts remember of address spaces (arch/riscv/tlb.h). The firmware flushes on other harts: it
 * can interrupt even a hart whose interrupts are off, such as one that waits for a lock of ours.
 */
#include "arch/riscv/tlb.h"

#include "arch/riscv/asid.h"
#include "arch/riscv/errata.h"
#include "arch/riscv/kmap.h"
#include "arch/riscv/sbi.h"
#include "arch/riscv/smp.h"
#include "lib/bitmap.h"
#include "lib/log.h"

/* For more pages than this, the whole space is flushed at once. */
#define FLUSH_PAGES_MAX 32

/* The size that tells the firmware to flush all of an address space. */
#define FLUSH_ALL_SIZE UINT64_MAX

bool tlb_forgets_all_only;

void tlb_init(void)
{
	tlb_forgets_all_only = core_has_cip_1200();
	if (tlb_forgets_all_only)
		log_info("cores have SiFive's erratum CIP-1200: every flush is of everything");
}

void tlb_context_init(struct tlb_context *context)
{
	context->number = asid_take();
	atomic_init(&context->running, 0);
	/* Harts may still remember the space that had the number before. */
	atomic_init(&context->stale, UINT64_MAX);
}

void tlb_context_release(struct tlb_context *context)
{
	asid_give_back(context->number);
}

static bool has_no_number(const struct tlb_context *context)
{
	return context && context->number == ASID_NONE;
}

void tlb_switch(struct tlb_context *from, struct tlb_context *to, paddr_t root)
{
	u64 bit = BIT(hart_index());

	if (to) {
		/*
		 * In this order: a hart that changes an entry first marks others as stale, then
		 * reads `running` again. Either it sees this hart's bit, or this hart its mark.
		 */
		atomic_fetch_or(&to->running, bit);
		if (atomic_load(&to->stale) & bit) {
			atomic_fetch_and(&to->stale, ~bit);
			tlb_flush_local_number(to->number);
			fence_instructions();
		}
		root_table_switch(root, to->number);
	} else {
		root_table_switch_kernel();
	}
	/* Translations without a number would be taken for the other space's. */
	if (has_no_number(from) || has_no_number(to))
		tlb_flush_local_number(ASID_NONE);
	/* Only now can this hart no longer use the old space's translations. */
	if (from)
		atomic_fetch_and(&from->running, ~bit);
}

/*
 * Which harts must flush now, after a change of entries: those that run in the space before or
 * after the others are marked as stale.
 */
static u64 harts_to_flush(struct tlb_context *context)
{
	/* The change is visible before any hart is told to forget the old entry. */
	atomic_thread_fence(memory_order_seq_cst);
	u64 running = atomic_load(&context->running);

	atomic_fetch_or(&context->stale, ~running);
	return running | atomic_load(&context->running);
}

/*
 * The firmware wants masks of hart ids. Takes those harts out of a mask of indices, which is not
 * empty, that one call can reach: bit n of the result stands for the id *base + n.
 */
static u64 take_ids(u64 *mask, u64 *base)
{
	u32 first = lowest_bit(*mask);
	u64 ids = 0;

	*base = harts[first].id;
	for (u32 i = first; i < hart_count(); i++) {
		u64 distance = harts[i].id - *base;

		if ((*mask & BIT(i)) && distance < 64) {
			ids |= BIT(distance);
			*mask &= ~BIT(i);
		}
	}
	return ids;
}

/* Flushes on the harts of a mask of indices. Without a number, global translations too. */
static void flush_others(u64 mask, u16 number, u64 start, u64 size)
{
	while (mask) {
		u64 base, ids = take_ids(&mask, &base);

		if (number != ASID_NONE)
			sbi_remote_sfence_vma_asid(ids, base, start, size, number);
		else
			sbi_remote_sfence_vma(ids, base, start, size);
	}
}

/* Takes the calling hart's bit out of the mask, and returns whether it was set. */
static bool take_self(u64 *mask)
{
	u64 self = BIT(hart_index());
	bool in = *mask & self;

	*mask &= ~self;
	return in;
}

void tlb_flush_range(struct tlb_context *context, uaddr_t start, uaddr_t end)
{
	if (end.value - start.value > FLUSH_PAGES_MAX * PAGE_SIZE) {
		tlb_flush_context(context);
		return;
	}
	u64 mask = harts_to_flush(context);

	if (take_self(&mask))
		for (u64 at = start.value; at < end.value; at += PAGE_SIZE)
			tlb_flush_local_page(UADDR(at));
	if (mask)
		flush_others(mask, context->number, start.value, end.value - start.value);
}

void tlb_flush_context(struct tlb_context *context)
{
	u64 mask = harts_to_flush(context);

	if (take_self(&mask))
		tlb_flush_local();
	if (mask)
		flush_others(mask, context->number, 0, FLUSH_ALL_SIZE);
}

/* The stores are visible before the others are told to fetch anew. */
static void flush_instructions(u64 mask)
{
	atomic_thread_fence(memory_order_seq_cst);
	if (take_self(&mask))
		fence_instructions();
	while (mask) {
		u64 base, ids = take_ids(&mask, &base);

		sbi_remote_fence_i(ids, base);
	}
}

void tlb_flush_instructions(struct tlb_context *context)
{
	u64 mask = harts_to_flush(context);

	flush_instructions(mask);
}

void tlb_flush_all_instructions(void)
{
	/* The boot hart asks for this before it is online. */
	flush_instructions(harts_online() | BIT(hart_index()));
}

void tlb_flush_kernel(void)
{
	u64 mask = harts_online();

	atomic_thread_fence(memory_order_seq_cst);
	take_self(&mask);
	tlb_flush_local_kernel();
	if (mask)
		flush_others(mask, ASID_NONE, 0, FLUSH_ALL_SIZE);
}
