/*
 * The rendezvous of harts. One hart at a time may stop the others; another one that wants to do so
 * stops here itself meanwhile.
 */
#include "proc/stop.h"

#include <stdatomic.h>

#include "arch/riscv/csr.h"
#include "arch/riscv/hart.h"
#include "arch/riscv/smp.h"
#include "lib/bitmap.h"

static _Atomic bool stopper; /* a hart is stopping the others */
static _Atomic bool wanted;  /* all others are to wait */
static _Atomic u32 stopped;  /* how many of them wait */
static u64 asked;            /* bit n: hart n was asked to wait; used by the stopper only */

static void kick_asked(void)
{
	for (u64 left = asked; left; left &= left - 1)
		hart_kick(lowest_bit(left));
}

void harts_stop(void)
{
	while (atomic_exchange(&stopper, true)) {
		u64 flags = interrupts_save();

		harts_stop_point();
		interrupts_restore(flags);
		cpu_relax();
	}
	asked = harts_online() & ~BIT(hart_index());
	atomic_store(&wanted, true);
	for (u64 left = asked; left; left &= left - 1)
		atomic_fetch_or(&harts[lowest_bit(left)].work, WORK_STOP);
	kick_asked();
	while (atomic_load(&stopped) != (u32)__builtin_popcountl(asked))
		cpu_relax();
}

void harts_resume(void)
{
	atomic_store(&wanted, false);
	kick_asked();
	while (atomic_load(&stopped))
		cpu_relax();
	atomic_store(&stopper, false);
}

RARE void harts_stop_point(void)
{
	if (!atomic_load(&wanted))
		return;
	atomic_fetch_add(&stopped, 1);
	while (atomic_load(&wanted))
		wait_for_interrupt(); /* harts_resume() sends one */
	atomic_fetch_sub(&stopped, 1);
}
