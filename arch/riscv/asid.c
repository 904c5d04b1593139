/*
 * Address-space numbers (arch/riscv/asid.h). A space keeps its number for life. When all are
 * taken, further spaces do without one, like every space on hardware without numbers.
 *
 *	lock	asids.lock, taken with nothing inside it
 */
#include "arch/riscv/asid.h"

#include "arch/riscv/csr.h"
#include "arch/riscv/lock.h"
#include "arch/riscv/tlb.h"
#include "lib/bitmap.h"

#define ASIDS_MAX (1 << SATP_ASID_BITS)

static struct {
	struct spinlock lock;
	u32 end;  /* numbers are below this */
	u32 next; /* where the search begins: a number rests as long as possible */
	u64 taken[BITMAP_WORDS(ASIDS_MAX)];
} asids = { .end = ASIDS_MAX };

void asid_probe(void)
{
	u64 satp = csr_read(satp);

	/* Bits that the hart lacks read as zero. Everything used here is mapped globally. */
	csr_write(satp, satp | SATP_ASID_MASK);
	u32 largest = (u32)((csr_read(satp) & SATP_ASID_MASK) >> SATP_ASID_SHIFT);

	csr_write(satp, satp);
	tlb_flush_local_kernel();
	asids.end = min(asids.end, largest + 1);
}

void asid_disable(void)
{
	asids.end = ASID_NONE + 1;
}

u32 asid_limit(void)
{
	return asids.end - 1;
}

u16 asid_take(void)
{
	spin_lock(&asids.lock);
	size_t number = bitmap_next_zero(asids.taken, asids.end, max(asids.next, 1u));

	if (number == asids.end)
		number = bitmap_next_zero(asids.taken, asids.end, 1);
	if (number == asids.end) {
		number = ASID_NONE;
	} else {
		bitmap_set(asids.taken, number);
		asids.next = (u32)number + 1;
	}
	spin_unlock(&asids.lock);
	return (u16)number;
}

void asid_give_back(u16 number)
{
	if (number == ASID_NONE)
		return;
	spin_lock(&asids.lock);
	bitmap_clear(asids.taken, number);
	spin_unlock(&asids.lock);
}
