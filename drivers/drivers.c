/*
 * The table of all drivers, and the search for their devices (drivers/driver.h).
 */
#include "arch/riscv/mmio.h"
#include "drivers/driver.h"
#include "lib/error.h"
#include "lib/log.h"

/* Interrupt controllers come first: the others ask for interrupts. */
static const struct driver *const drivers[] = {
	&plic_driver,
	&rtc_goldfish_driver,
	&uart_8250_driver,
	&uart_sifive_driver,
};

static bool driver_knows(const struct driver *driver, struct fdt_node node)
{
	for (u32 i = 0; i < DRIVER_COMPATIBLE_MAX && driver->compatible[i]; i++)
		if (fdt_is_compatible(node, driver->compatible[i]))
			return true;
	return false;
}

void drivers_init(const struct fdt *fdt)
{
	for (u32 i = 0; i < ARRAY_SIZE(drivers); i++) {
		fdt_for_each_node(node, fdt) {
			if (!driver_knows(drivers[i], node) || !fdt_is_available(node))
				continue;

			int error = drivers[i]->probe(node);

			if (error)
				log_warn("%s: %s: error %d", drivers[i]->name, fdt_name(node),
					error);
			else
				log_debug("%s: %s", drivers[i]->name, fdt_name(node));
		}
	}
}

int driver_map_registers(struct fdt_node node, size_t size, u8 **registers)
{
	struct fdt_range range;
	int error = fdt_reg(node, 0, &range);

	if (error)
		return error;
	if (range.size < size || !is_aligned(range.base, sizeof(u32)))
		return -EINVAL;
	*registers = mmio_map(PADDR(range.base), size);
	return *registers ? 0 : -ENOMEM;
}
