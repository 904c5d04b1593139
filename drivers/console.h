/*
 * The console: the one device that kernel log, terminal and panics write to. The firmware's at
 * first, until the driver of the port that the command line or the device tree names takes over.
 *
 *	lock	console_lock, innermost of all but the firmware's: interrupts off while it is held
 */
#pragma once

#include "lib/fdt.h"
#include "lib/types.h"

/* What a driver offers. Both functions poll; the console keeps writers apart. */
struct console_device {
	void (*write)(struct console_device *device, const char *text, size_t length);
	/* The next character that has arrived, or -1. */
	int (*read)(struct console_device *device);
	bool interrupts; /* the driver calls console_receive() by itself */
};

/* Which port will be the console: `argument` is the value of console=, or NULL. */
void console_init(const struct fdt *fdt, const char *argument);

/* Whether the port at this node is to be the console; its driver then calls console_use(). */
bool console_wants(struct fdt_node node);
void console_use(struct console_device *device, struct fdt_node node);

/* Writes bytes as they are, from any context. */
void console_write(const char *text, size_t length);

/* Who gets the characters that arrive. Called in interrupt handlers, with no lock held. */
void console_set_receiver(void (*receive)(char character));

/*
 * From a driver's interrupt handler: takes the characters that have arrived. Whether there were any,
 * and an end of them: a port that is broken has always one more.
 */
bool console_receive(struct console_device *device);

/*
 * Whether nothing interrupts when a character arrives, so that somebody has to call
 * console_poll() now and then.
 */
bool console_is_polled(void);
void console_poll(void);

/* From a panic: locks no longer count, as their holders are stopped for good. */
void console_break_lock(void);
