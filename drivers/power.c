/*
 * The end of the machine (drivers/power.h). The firmware does it; on some boards it cannot, which
 * only the attempt shows.
 */
#include "drivers/power.h"

#include "arch/riscv/sbi.h"
#include "drivers/panic.h"
#include "lib/log.h"

void power_off(void)
{
	log_info("power off");
	sbi_system_reset(SBI_SHUTDOWN);
	log_warn("the firmware cannot switch the power off: it is safe to cut it now");
	sbi_legacy_shutdown();
	panic_stop_all();
}

void power_restart(void)
{
	log_info("restarting");
	sbi_system_reset(SBI_COLD_REBOOT);
	log_warn("the firmware cannot restart the machine: it is safe to reset it now");
	panic_stop_all();
}
