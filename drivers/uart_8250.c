/*
 * The 16550 UART and Synopsys' DesignWare variant of it. Received by interrupt, transmitted by
 * polling. The firmware's baud rate stays: the divisor and the line control register are never
 * written; besides, writing LCR while the DesignWare is busy raises a lasting interrupt. The
 * console lets one hart write at a time; the receiver runs on one hart alone.
 */
#include "arch/riscv/mmio.h"
#include "drivers/console.h"
#include "drivers/driver.h"
#include "drivers/interrupt.h"
#include "lib/error.h"
#include "mm/slab.h"

/* Register numbers; `reg-shift` says how far they are apart. */
enum uart_register {
	UART_DATA = 0,       /* read: received, write: to transmit */
	UART_INTERRUPTS = 1, /* which ones are enabled */
	UART_CAUSE = 2,      /* read: why it interrupts */
	UART_FIFO = 2,       /* write: control of the queues */
	UART_MODEM = 4,
	UART_STATUS = 5,
	UART_BUSY_STATUS = 31, /* DesignWare: reading it ends the busy interrupt */
};

#define INTERRUPT_RECEIVED       0x01
#define CAUSE_MASK               0x0f
#define CAUSE_BUSY               0x07
#define CAUSE_RECEIVE_TIMEOUT    0x0c
#define FIFO_ENABLE              0x01
#define MODEM_READY              0x0b /* DTR, RTS, and OUT2, which lets interrupts out on PC hardware */
#define STATUS_RECEIVED          0x01
#define STATUS_TRANSMITTER_EMPTY 0x20
#define STATUS_NOBODY            0xff /* without a port, reads return all ones */

/* A port without a clock never becomes ready: the character may get lost, but nothing hangs. */
#define TRANSMIT_POLLS_MAX 1000000

struct uart {
	struct console_device console;
	u8 *registers;
	u32 shift;
	u32 width;  /* of a register access, in bytes: 1 or 4 */
	u32 number; /* of registers */
};

static u32 uart_read(const struct uart *uart, enum uart_register number)
{
	const u8 *address = uart->registers + ((u64)number << uart->shift);

	return uart->width == sizeof(u32) ? mmio_read32(address) : mmio_read8(address);
}

static void uart_write(const struct uart *uart, enum uart_register number, u8 value)
{
	u8 *address = uart->registers + ((u64)number << uart->shift);

	if (uart->width == sizeof(u32))
		mmio_write32(address, value);
	else
		mmio_write8(address, value);
}

/* Waits until a character can be transmitted; false if none ever can. */
static bool wait_for_transmitter(const struct uart *uart)
{
	for (u32 polls = 0; polls < TRANSMIT_POLLS_MAX; polls++)
		if (uart_read(uart, UART_STATUS) & STATUS_TRANSMITTER_EMPTY)
			return true;
	return false;
}

static void uart_console_write(struct console_device *device, const char *text, size_t length)
{
	const struct uart *uart = container_of(device, struct uart, console);

	while (length--) {
		wait_for_transmitter(uart);
		uart_write(uart, UART_DATA, *text++);
	}
}

static int uart_console_read(struct console_device *device)
{
	const struct uart *uart = container_of(device, struct uart, console);

	if (!(uart_read(uart, UART_STATUS) & STATUS_RECEIVED))
		return -1;
	return (u8)uart_read(uart, UART_DATA);
}

static bool uart_interrupt(void *argument)
{
	struct uart *uart = argument;
	u32 cause = uart_read(uart, UART_CAUSE) & CAUSE_MASK;
	bool received = uart_read(uart, UART_STATUS) & STATUS_RECEIVED;

	if (cause == CAUSE_BUSY && uart->number > UART_BUSY_STATUS) {
		uart_read(uart, UART_BUSY_STATUS);
		return true;
	}
	/* A receive timeout with nothing received lasts until the data register is read. */
	if (cause == CAUSE_RECEIVE_TIMEOUT && !received) {
		uart_read(uart, UART_DATA);
		return true;
	}
	return console_receive(&uart->console);
}

/* Finds how the registers lie, and where, and whether a port answers there. 0, or an errno. */
static int find_registers(struct fdt_node node, struct uart *uart)
{
	u32 offset = 0;

	uart->width = 1;
	fdt_read_u32(node, "reg-offset", &offset);
	fdt_read_u32(node, "reg-shift", &uart->shift);
	fdt_read_u32(node, "reg-io-width", &uart->width);
	if (uart->shift > 2 ||
		(uart->width != 1 && (uart->width != sizeof(u32) || uart->shift != 2)))
		return -EINVAL;
	uart->number = fdt_is_compatible(node, "snps,dw-apb-uart") ? UART_BUSY_STATUS + 1
								   : UART_STATUS + 1;

	int error = driver_map_registers(node, offset + ((u64)uart->number << uart->shift),
		&uart->registers);

	if (error)
		return error;
	uart->registers += offset;
	if ((u8)uart_read(uart, UART_STATUS) == STATUS_NOBODY || !wait_for_transmitter(uart))
		return -ENODEV;
	return 0;
}

/* Only the console's port is used. */
static int uart_probe(struct fdt_node node)
{
	if (!console_wants(node))
		return 0;

	struct uart *uart = kmalloc_zeroed(sizeof(*uart));

	if (!uart)
		return -ENOMEM;

	int error = find_registers(node, uart);

	if (error) {
		kfree(uart);
		return error;
	}
	uart->console.write = uart_console_write;
	uart->console.read = uart_console_read;
	uart->console.interrupts = interrupt_register(node, 0, uart_interrupt, uart) == 0;
	uart_write(uart, UART_FIFO, FIFO_ENABLE);
	uart_write(uart, UART_MODEM, MODEM_READY);
	uart_write(uart, UART_INTERRUPTS, uart->console.interrupts ? INTERRUPT_RECEIVED : 0);
	console_use(&uart->console, node);
	return 0;
}

const struct driver uart_8250_driver = {
	.name = "uart",
	.compatible = { "ns16550a", "ns16550", "snps,dw-apb-uart" },
	.probe = uart_probe,
};
