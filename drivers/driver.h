/*
 * How drivers meet devices: a driver says which nodes of the device tree it knows, and is asked
 * to take each of them at boot, on one hart, in the order of the table in drivers/drivers.c.
 */
#pragma once

#include "lib/fdt.h"
#include "lib/types.h"

#define DRIVER_COMPATIBLE_MAX 6

struct driver {
	const char *name;
	const char *compatible[DRIVER_COMPATIBLE_MAX]; /* the rest is NULL */
	/* 0 or an errno, which is logged. Nothing is left behind after an error. */
	int (*probe)(struct fdt_node node);
};

extern const struct driver plic_driver;
extern const struct driver rtc_goldfish_driver;
extern const struct driver uart_8250_driver;
extern const struct driver uart_sifive_driver;

/* Probes all devices. After the allocators and console_init(). */
void drivers_init(const struct fdt *fdt);

/* Maps the first `size` bytes of a node's first `reg`, which must be that long. 0, or an errno. */
MUST_CHECK int driver_map_registers(struct fdt_node node, size_t size, u8 **registers);
