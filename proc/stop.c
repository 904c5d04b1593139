/*
 * The rendezvous of harts. One hart at a time may stop the others; another one that wants to
 * stops here itself meanwhile.
 */
#include "proc/stop.h"

#include <stdatomic.h>

#include "arch/riscv/csr.h"
#include "arch/riscv/hart.h"
#include "arch/riscv/smp.h"

static _Atomic bool stopper; /* somebody is in charge */
static _Atomic bool wanted;  /* all others are to wait */
static _Atomic u32 stopped;  /* how many do */

void harts_stop(void)
{
	u64 others = harts_online() & ~BIT(hart_index());
	u32 count = __builtin_popcountl(others);

	while (atomic_exchange(&stopper, true)) {
		u64 flags = interrupts_save();

		harts_stop_point();
		interrupts_restore(flags);
		cpu_relax();
	}
	atomic_store(&wanted, true);
	for (u64 left = others; left; left &= left - 1) {
		u32 hart = __builtin_ctzl(left);

		atomic_fetch_or(&harts[hart].work, WORK_STOP);
		hart_kick(hart);
	}
	while (atomic_load(&stopped) != count)
		cpu_relax();
}

void harts_resume(void)
{
	atomic_store(&wanted, false);
	while (atomic_load(&stopped))
		cpu_relax();
	atomic_store(&stopper, false);
}

void harts_stop_point(void)
{
	if (!atomic_load(&wanted))
		return;
	atomic_fetch_add(&stopped, 1);
	while (atomic_load(&wanted))
		cpu_relax();
	atomic_fetch_sub(&stopped, 1);
}
