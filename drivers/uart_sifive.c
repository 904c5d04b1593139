/*
 * SiFive's UART. Received by interrupt, transmitted by polling; the firmware's baud rate stays.
 * The console lets one hart write at a time; the receiver runs on one hart alone.
 */
#include "arch/riscv/mmio.h"
#include "drivers/console.h"
#include "drivers/driver.h"
#include "drivers/interrupt.h"
#include "lib/error.h"
#include "mm/slab.h"

/* Register offsets, in bytes. */
#define UART_TRANSMIT         0x00
#define UART_RECEIVE          0x04
#define UART_TRANSMIT_CONTROL 0x08
#define UART_RECEIVE_CONTROL  0x0c
#define UART_INTERRUPTS       0x10
#define UART_SIZE             0x14

#define TRANSMIT_FULL BIT(31)
#define RECEIVE_EMPTY BIT(31)
/* In both control registers; one character exceeds a receive watermark (bits 18:16) of 0. */
#define CONTROL_ENABLE     BIT(0)
#define INTERRUPT_RECEIVED BIT(1)

/* A port without a clock never becomes ready: the character may get lost, but nothing hangs. */
#define TRANSMIT_POLLS_MAX 1000000

struct uart {
	struct console_device console;
	u8 *registers;
};

/* Waits until there is room for a character; false if there never is. */
static bool wait_for_room(const struct uart *uart)
{
	for (u32 polls = 0; polls < TRANSMIT_POLLS_MAX; polls++)
		if (!(mmio_read32(uart->registers + UART_TRANSMIT) & TRANSMIT_FULL))
			return true;
	return false;
}

static void uart_console_write(struct console_device *device, const char *text, size_t length)
{
	const struct uart *uart = container_of(device, struct uart, console);

	while (length--) {
		wait_for_room(uart);
		mmio_write32(uart->registers + UART_TRANSMIT, (u8)*text++);
	}
}

static int uart_console_read(struct console_device *device)
{
	const struct uart *uart = container_of(device, struct uart, console);
	u32 received = mmio_read32(uart->registers + UART_RECEIVE);

	return received & RECEIVE_EMPTY ? -1 : (u8)received;
}

static bool uart_interrupt(void *argument)
{
	struct uart *uart = argument;

	return console_receive(&uart->console);
}

/* Only the console's port is used. */
static int uart_probe(struct fdt_node node)
{
	if (!console_wants(node))
		return 0;

	struct uart *uart = kmalloc_zeroed(sizeof(*uart));

	if (!uart)
		return -ENOMEM;

	int error = driver_map_registers(node, UART_SIZE, &uart->registers);

	if (!error && !wait_for_room(uart))
		error = -ENODEV;
	if (error) {
		kfree(uart);
		return error;
	}
	uart->console.write = uart_console_write;
	uart->console.read = uart_console_read;
	uart->console.interrupts = interrupt_register(node, 0, uart_interrupt, uart) == 0;
	mmio_write32(uart->registers + UART_TRANSMIT_CONTROL,
		mmio_read32(uart->registers + UART_TRANSMIT_CONTROL) | CONTROL_ENABLE);
	mmio_write32(uart->registers + UART_RECEIVE_CONTROL, CONTROL_ENABLE);
	mmio_write32(uart->registers + UART_INTERRUPTS,
		uart->console.interrupts ? INTERRUPT_RECEIVED : 0);
	console_use(&uart->console, node);
	return 0;
}

const struct driver uart_sifive_driver = {
	.name = "uart",
	.compatible = { "sifive,uart0", "sifive,fu540-c000-uart0" },
	.probe = uart_probe,
};
