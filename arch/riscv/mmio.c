/*
 * Mapping device registers (arch/riscv/mmio.h): addresses are given out once and never taken back.
 * At boot, on one hart.
 */
#include "arch/riscv/mmio.h"

#include "arch/riscv/kmap.h"
#include "arch/riscv/tlb.h"

static u64 next_address = DEVICES_BASE;

void *mmio_map(paddr_t address, size_t size)
{
	u64 offset = paddr_page_offset(address);
	u64 length = align_up(offset + size, PAGE_SIZE);
	u64 at = next_address;

	if (size > DEVICES_SIZE || address.value > PHYSICAL_END - size)
		return NULL;
	if (length > DEVICES_BASE + DEVICES_SIZE - at)
		return NULL;
	if (kernel_map(at, PADDR(address.value - offset), length, KERNEL_READ_WRITE) < 0)
		return NULL;
	tlb_flush_local_kernel();
	next_address += length;
	return (void *)(at + offset);
}
