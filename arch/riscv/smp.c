/*
 * The harts of the machine (arch/riscv/smp.h). The table of harts is filled at boot, on one hart.
 */
#include "arch/riscv/smp.h"

#include "arch/riscv/csr.h"
#include "arch/riscv/kmap.h"
#include "arch/riscv/sbi.h"
#include "arch/riscv/timer.h"
#include "lib/abi/errno.h"
#include "lib/fdt_board.h"
#include "lib/log.h"

#define START_TIMEOUT NANOSECONDS_PER_SECOND

struct hart harts[HARTS_MAX];

static u32 number_of_harts = 1;
static _Atomic u64 online_mask;

/* arch/riscv/entry.S */
extern char hart_entry[];
extern _Atomic u64 hart_starting;

u32 hart_count(void)
{
	return number_of_harts;
}

void smp_discover(const struct fdt *fdt, u64 boot_id, u32 limit)
{
	struct fdt_hart hart;
	u32 left_out = 0;

	harts[0].id = boot_id;
	limit = min(limit ? limit : 1, (u32)HARTS_MAX);
	for (u32 i = 0; fdt_hart(fdt, i, &hart); i++) {
		if (!hart.usable || hart.id == boot_id)
			continue;
		if (number_of_harts >= limit) {
			left_out++;
			continue;
		}
		harts[number_of_harts].id = hart.id;
		harts[number_of_harts].index = number_of_harts;
		number_of_harts++;
	}
	if (left_out && limit == HARTS_MAX)
		log_warn("%u harts are more than there is room for, and are not used", left_out);
}

u64 harts_online(void)
{
	return atomic_load(&online_mask);
}

static bool hart_is_ours(u64 id)
{
	for (u32 i = 0; i < number_of_harts; i++)
		if (harts[i].id == id)
			return true;
	return false;
}

bool smp_extension(const struct fdt *fdt, const char *extension)
{
	struct fdt_hart hart;

	for (u32 i = 0; fdt_hart(fdt, i, &hart); i++)
		if (hart_is_ours(hart.id) && !fdt_hart_has_extension(&hart, extension))
			return false;
	return true;
}

int smp_start(u32 index, void *stack_top, void *emergency_top)
{
	struct hart *hart = &harts[index];

	hart->boot_sp = (u64)stack_top;
	hart->boot_satp = kernel_satp();
	hart->emergency_sp = (u64)emergency_top;
	atomic_store(&hart_starting, image_physical(hart).value);
	int error = sbi_hart_start(hart->id, image_physical(hart_entry));

	if (error)
		return error;
	for (u64 deadline = time_now() + START_TIMEOUT; !(harts_online() & BIT(index));) {
		if (time_now() > deadline) {
			atomic_store(&hart_starting, 0);
			return -ETIMEDOUT;
		}
		cpu_relax();
	}
	return 0;
}

void smp_online(void)
{
	csr_set(sie, 1UL << INTERRUPT_SOFTWARE);
	atomic_fetch_or(&online_mask, BIT(hart_index()));
}

void hart_kick(u32 index)
{
	sbi_send_ipi(1, harts[index].id);
}

void smp_acknowledge(void)
{
	csr_clear(sip, 1UL << INTERRUPT_SOFTWARE);
}
