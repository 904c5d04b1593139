/*
 * Drivers of serial ports and of the interrupt controller, with devices that are broken, or not
 * there at all: the hart has to come back from each of them.
 *
 * usage: test_devices devices.dtb
 */
#include "arch/riscv/hart.h"
#include "arch/riscv/mmio.h"
#include "arch/riscv/sbi.h"
#include "drivers/console.h"
#include "drivers/driver.h"
#include "drivers/interrupt.h"
#include "lib/error.h"
#include "lib/log.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "tests/unit/unit.h"

/* As in the device tree. */
#define PLIC        0x10000000
#define PLIC_ENABLE (PLIC + 0x2000 + 0x80)
#define PLIC_CLAIM  (PLIC + 0x200004 + 0x1000)
#define PORT_SIZE   0x1000
#define OFFSET_PORT 3
#define OFFSET      0x100

/* After more accesses than this the hart is taken to hang. */
#define ACCESSES_MAX 10000000

/* A port's registers, by the 8250's numbers, and what it answers. */
#define DATA         0
#define ENABLED      1
#define STATUS       5
#define STATUS_READY 0x60 /* it can transmit */
#define STATUS_INPUT 0x61 /* and has received */

struct hart machine_hart = { .id = 5 };

const struct driver rtc_goldfish_driver;

static struct fdt fdt;
static u32 accesses;
static u32 enabled;       /* the PLIC's interrupts, by number */
static u32 asserted;      /* those that devices request */
static u32 answer;        /* what each register answers, unless `works` */
static bool works;        /* the port is an 8250 that works */
static const char *input; /* what it receives */
static char received[4096];
static u32 received_number;

static u32 claim(void)
{
	u32 pending = enabled & asserted;

	return pending ? (u32)__builtin_ctz(pending) : 0;
}

static u32 read_port(u32 number)
{
	if (!works)
		return answer;
	if (number == STATUS)
		return *input ? STATUS_INPUT : STATUS_READY;
	if (number != DATA || !*input)
		return 0;
	if (!input[1])
		asserted = 0;
	return (u8)*input++;
}

u32 machine_read(u64 address, u32 width)
{
	if (++accesses > ACCESSES_MAX)
		panic("the hart hangs");
	if (address == PLIC_CLAIM)
		return claim();
	if (address == PLIC_ENABLE)
		return enabled;
	if (address / PORT_SIZE == OFFSET_PORT && !(address & OFFSET))
		return UINT32_MAX;
	return read_port((u32)(width == 1 ? address & 0xff : (address & 0xff) >> 2));
}

void machine_write(u64 address, u32 width UNUSED, u32 value)
{
	if (address == PLIC_ENABLE)
		enabled = value;
}

void sbi_console_write(const char *text UNUSED, size_t length UNUSED)
{
}

int sbi_console_read(void)
{
	return -1;
}

void *kmalloc_zeroed(size_t size)
{
	return calloc(1, size);
}

void kfree(void *pointer)
{
	free(pointer);
}

static void receive(char character)
{
	received[received_number++ % sizeof(received)] = character;
}

/* Probes the port that console=NAME means; returns whether it became the console. */
static bool probe(const char *name, const struct driver *driver)
{
	struct fdt_node node = { 0 };

	accesses = 0;
	console_init(&fdt, name);
	fdt_for_each_node(candidate, &fdt)
		if (console_wants(candidate))
			node = candidate;
	CHECK(fdt_exists(node));
	return driver->probe(node) == 0;
}

/* Serves interrupts until no more come, as traps do; returns whether the hart comes back. */
static bool comes_back(void)
{
	accesses = 0;
	for (u32 traps = 0; claim() && traps < ACCESSES_MAX; traps++)
		if (unit_panics(interrupts_handle))
			return false;
	return !claim();
}

static void port_that_works(void)
{
	works = true;
	input = "";
	CHECK(probe("ttyS0", &uart_8250_driver));
	CHECK(!console_is_polled());
	for (u32 i = 0; i < 3000; i++) {
		received_number = 0;
		input = "abc";
		asserted = BIT(1);
		if (!CHECK(comes_back()) || !CHECK_EQUAL(received_number, 3) ||
			!CHECK(memcmp(received, "abc", 3) == 0))
			return;
	}
	CHECK(enabled & BIT(1));
}

static void port_that_receives_for_ever(void)
{
	works = true;
	input = "";
	CHECK(probe("ttyS1", &uart_8250_driver));
	works = false;
	answer = STATUS_INPUT;
	asserted = BIT(2);
	CHECK(comes_back());
	CHECK(!(enabled & BIT(2)));
	CHECK(enabled & BIT(1));
	/* Polling comes back as well. */
	CHECK(!unit_panics(console_poll));
}

static void port_behind_an_offset(void)
{
	works = true;
	input = "";
	CHECK(probe("ttyS2", &uart_8250_driver));
	received_number = 0;
	input = "abc";
	asserted = BIT(3);
	CHECK(comes_back());
	CHECK_EQUAL(received_number, 3);
}

static void interrupt_without_a_cause(void)
{
	works = true;
	input = "";
	asserted = BIT(3);
	CHECK(comes_back());
	CHECK(!(enabled & BIT(3)));
}

static void port_that_is_not_there(void)
{
	works = false;
	answer = UINT32_MAX;
	CHECK(!probe("ttyS3", &uart_8250_driver));
	CHECK(!probe("ttyS4", &uart_sifive_driver));
	answer = 0;
	CHECK(!probe("ttyS3", &uart_8250_driver));
}

static void other_port_that_receives_for_ever(void)
{
	works = false;
	answer = 0;
	CHECK(probe("ttyS5", &uart_sifive_driver));
	asserted = BIT(6);
	CHECK(comes_back());
	CHECK(!(enabled & BIT(6)));
}

int main(int argc UNUSED, char **argv)
{
	static const struct unit_case cases[] = {
		{ "a port that works", port_that_works },
		{ "a port that receives for ever", port_that_receives_for_ever },
		{ "a port whose registers lie behind an offset", port_behind_an_offset },
		{ "an interrupt without a cause", interrupt_without_a_cause },
		{ "a port that is not there, or has no clock", port_that_is_not_there },
		{ "a port of SiFive that receives for ever", other_port_that_receives_for_ever },
	};
	size_t size;
	u8 *blob = unit_read_file(argv[1], &size);
	struct fdt_node node;
	int result;

	if (fdt_open(&fdt, blob, size) != 0)
		return 1;
	node = fdt_root(&fdt);
	while (fdt_exists(node) && !fdt_is_compatible(node, plic_driver.compatible[1]))
		node = fdt_next(node);
	CHECK_EQUAL(plic_driver.probe(node), 0);
	console_set_receiver(receive);
	result = UNIT_RUN(cases);
	free(blob);
	return result;
}
