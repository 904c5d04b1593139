/*
 * The console: the one device that kernel log, terminal and panics write to. At first the
 * firmware's, until the driver of the port that command line or device tree names takes over.
 *
 *	lock	console_lock, innermost of all but the firmware's: interrupts off while it is held
 */
#pragma once

#include "lib/fdt.h"
#include "lib/types.h"

/* What a driver offers. Both functions poll; the console lets only one hart write at a time. */
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

/* Sets the receiver of characters that arrive. Called in interrupt handlers, with no lock held. */
void console_set_receiver(void (*receive)(char character));

/*
 * From a driver's interrupt handler: takes the characters that have arrived. True if there were
 * any, and they came to an end: a broken port always has one more.
 */
bool console_receive(struct console_device *device);

/*
 * Whether characters arrive without an interrupt, so that somebody has to call console_poll() now
 * and then.
 */
bool console_is_polled(void);
void console_poll(void);

/* From a panic: from now on locks are ignored, as their holders are stopped for good. */
void console_break_lock(void);
