/*
 * Panics (drivers/panic.h). The first hart that panics is the one that speaks; from then on it
 * waits for no lock.
 */
#include "drivers/panic.h"

#include <stdatomic.h>

#include "arch/riscv/csr.h"
#include "arch/riscv/hart.h"
#include "arch/riscv/sbi.h"
#include "arch/riscv/smp.h"
#include "arch/riscv/timer.h"
#include "drivers/console.h"
#include "drivers/log.h"
#include "lib/log.h"

#define NOBODY HARTS_MAX

static _Atomic u32 panicking_hart = NOBODY;
static void (*panic_report)(void);
static s64 panic_timeout;

void panic_set_report(void (*report)(void))
{
	panic_report = report;
}

void panic_set_timeout(s64 seconds)
{
	panic_timeout = seconds;
}

static NORETURN void wait_for_ever(void)
{
	for (;;)
		wait_for_interrupt();
}

void panic_stop_point(void)
{
	u32 speaker = atomic_load_explicit(&panicking_hart, memory_order_relaxed);

	if (unlikely(speaker != NOBODY && speaker != hart_index()))
		wait_for_ever();
}

static void stop_other_harts(void)
{
	u64 online = harts_online();

	for (u32 index = 0; index < HARTS_MAX; index++)
		if (index != hart_index() && online & BIT(index))
			hart_kick(index);
}

static NORETURN void restart_or_wait(void)
{
	/* It cannot wait before the clock runs. */
	if (panic_timeout > 0 && time_now()) {
		u64 deadline = time_now() + (u64)panic_timeout * NANOSECONDS_PER_SECOND;

		log_raw("Rebooting in %ld seconds.\n", panic_timeout);
		while (time_now() < deadline)
			cpu_relax();
	}
	if (panic_timeout != 0)
		sbi_system_reset(SBI_COLD_REBOOT);
	wait_for_ever();
}

/* From now on only this hart speaks; false if some hart does already. */
static bool become_speaker(void)
{
	u32 nobody = NOBODY;

	return atomic_compare_exchange_strong(&panicking_hart, &nobody, hart_index());
}

void panic_stop_all(void)
{
	interrupts_disable();
	if (become_speaker())
		stop_other_harts();
	wait_for_ever();
}

void panic(const char *format, ...)
{
	va_list arguments;

	interrupts_disable();
	if (!become_speaker()) {
		/* Another hart speaks, or this one has found a second bug while it spoke. */
		panic_stop_point();
		restart_or_wait();
	}
	log_break_lock();
	console_break_lock();
	stop_other_harts();

	log_raw("\nkernel panic on hart %u: ", hart_index());
	va_start(arguments, format);
	log_vraw(format, arguments);
	va_end(arguments);
	log_raw("\n");
	if (panic_report)
		panic_report();
	restart_or_wait();
}
