/*
 * The clock chip of QEMU's `virt` machine, Google's Goldfish. Read once, at boot; its alarm is not
 * used.
 */
#include "arch/riscv/mmio.h"
#include "drivers/clock.h"
#include "drivers/driver.h"

/* Register offsets, in bytes. Nanoseconds since 1970; a read of the low half latches the high one. */
#define RTC_TIME_LOW  0x00
#define RTC_TIME_HIGH 0x04
#define RTC_SIZE      0x08

static int rtc_probe(struct fdt_node node)
{
	u8 *registers;
	int error = driver_map_registers(node, RTC_SIZE, &registers);

	if (error)
		return error;

	u64 low = mmio_read32(registers + RTC_TIME_LOW);
	u64 high = mmio_read32(registers + RTC_TIME_HIGH);

	clock_not_before(high << 32 | low);
	return 0;
}

const struct driver rtc_goldfish_driver = {
	.name = "rtc",
	.compatible = { "google,goldfish-rtc" },
	.probe = rtc_probe,
};
