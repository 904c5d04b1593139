/*
 * Interrupts of devices. They all go to the hart that booted; a handler runs there with
 * interrupts off and may not sleep.
 */
#pragma once

#include "lib/fdt.h"
#include "lib/types.h"

/*
 * From now on `handler(argument)` is called for entry `index` of a node's interrupts. It returns
 * whether it found the cause of the interrupt and ended it: an interrupt that comes again and again
 * without a cause is turned off, or the hart would do nothing else. -ENOENT: the node has no such
 * entry; -ENODEV: its controller has no driver; -EBUSY: it is taken. At boot only, on one hart.
 */
MUST_CHECK int interrupt_register(struct fdt_node node, u32 index, bool (*handler)(void *argument),
	void *argument);

/* Called by the trap path: serves every external interrupt that is pending on this hart. */
void interrupts_handle(void);
