/*
 * The platform-level interrupt controller (RISC-V PLIC specification 1.0.0): sources with a
 * priority each, and contexts, which are pairs of a hart and a mode. We use one context, the
 * S mode of the hart that boots. Set up at boot, and then used by that hart's interrupt handler
 * alone, so there is no lock.
 */
#include "arch/riscv/csr.h"
#include "arch/riscv/hart.h"
#include "arch/riscv/mmio.h"
#include "drivers/driver.h"
#include "drivers/interrupt.h"
#include "lib/error.h"
#include "lib/fdt_board.h"
#include "lib/log.h"
#include "mm/slab.h"

/* Register offsets, in bytes. */
#define PLIC_PRIORITY(source)      ((source)*4)
#define PLIC_ENABLE(context, word) (0x2000 + (context)*0x80 + (word)*4)
#define PLIC_THRESHOLD(context)    (0x200000 + (context)*0x1000)
#define PLIC_CLAIM(context)        (0x200004 + (context)*0x1000)
#define PLIC_WINDOW_SIZE(context)  (0x200000 + ((u64)(context) + 1) * 0x1000)

#define PLIC_SOURCES_MAX  1024
#define PLIC_CONTEXTS_MAX 15872
#define PRIORITY_ON       1
#define ENABLE_WORD_BITS  32

/* After so many calls in a row without a cause, an interrupt is turned off. */
#define VAIN_MAX 1000

struct source {
	bool (*handler)(void *argument);
	void *argument;
	u32 in_vain; /* calls in a row without a cause */
};

static struct plic {
	struct fdt_node node;
	u8 *registers;
	u32 context;
	u32 sources;           /* numbers below this one */
	struct source *source; /* by number; 0 is none */
} plic;

/* Disables what the firmware left enabled: only what drivers ask for is on. */
static void reset_context(void)
{
	for (u32 word = 0; word * ENABLE_WORD_BITS < plic.sources; word++)
		mmio_write32(plic.registers + PLIC_ENABLE(plic.context, word), 0);
	mmio_write32(plic.registers + PLIC_THRESHOLD(plic.context), 0);
}

static int plic_probe(struct fdt_node node)
{
	u32 sources;

	if (fdt_exists(plic.node))
		return -EBUSY;

	if (!fdt_hart_context(node, this_hart()->id, INTERRUPT_EXTERNAL, &plic.context) ||
		plic.context >= PLIC_CONTEXTS_MAX)
		return -ENODEV;
	if (!fdt_read_u32(node, "riscv,ndev", &sources) || sources >= PLIC_SOURCES_MAX)
		return -EINVAL;

	plic.sources = sources + 1;
	plic.source = kmalloc_zeroed(plic.sources * sizeof(*plic.source));
	if (!plic.source)
		return -ENOMEM;

	int error = driver_map_registers(node, PLIC_WINDOW_SIZE(plic.context), &plic.registers);

	if (error) {
		kfree(plic.source);
		return error;
	}
	plic.node = node;
	reset_context();
	device_interrupts_accept();
	return 0;
}

const struct driver plic_driver = {
	.name = "plic",
	.compatible = { "riscv,plic0", "sifive,plic-1.0.0", "thead,c900-plic" },
	.probe = plic_probe,
};

static void set_enabled(u32 number, bool enabled)
{
	u8 *word = plic.registers + PLIC_ENABLE(plic.context, number / ENABLE_WORD_BITS);
	u32 bit = 1u << number % ENABLE_WORD_BITS;
	u32 others = mmio_read32(word) & ~bit;

	mmio_write32(word, enabled ? others | bit : others);
}

int interrupt_register(struct fdt_node node, u32 index, bool (*handler)(void *argument),
	void *argument)
{
	struct fdt_interrupt interrupt;
	int error = fdt_interrupt(node, index, &interrupt);

	if (error)
		return error;
	if (!fdt_exists(plic.node) || !fdt_same(interrupt.controller, plic.node))
		return -ENODEV;

	u32 number = interrupt.cell[0];

	if (number == 0 || number >= plic.sources)
		return -EINVAL;
	if (plic.source[number].handler)
		return -EBUSY;
	plic.source[number] = (struct source){ .handler = handler, .argument = argument };
	mmio_write32(plic.registers + PLIC_PRIORITY(number), PRIORITY_ON);
	set_enabled(number, true);
	return 0;
}

static void serve(u32 number)
{
	struct source *source = &plic.source[number];

	if (source->handler && source->handler(source->argument)) {
		source->in_vain = 0;
	} else if (++source->in_vain == VAIN_MAX) {
		log_warn("plic: interrupt %u does not end, and is turned off", number);
		set_enabled(number, false);
	}
}

void interrupts_handle(void)
{
	u32 number;

	if (!fdt_exists(plic.node))
		return;
	while ((number = mmio_read32(plic.registers + PLIC_CLAIM(plic.context))) != 0) {
		if (number < plic.sources)
			serve(number);
		else
			log_warn("plic: interrupt %u is nobody's", number);
		mmio_write32(plic.registers + PLIC_CLAIM(plic.context), number);
	}
}
