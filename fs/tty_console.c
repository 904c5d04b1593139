/*
 * The terminal at the console. Interrupt handlers put arriving characters into a ring; a kernel
 * thread takes them from there to the line discipline, which echoes them, edits the line, and sends
 * signals.
 *
 *	input_lock	the ring, with interrupts off
 */
#include "arch/riscv/timer.h"
#include "drivers/console.h"
#include "fs/device.h"
#include "fs/tty.h"
#include "fs/tty_internal.h"
#include "lib/ring.h"

#define INPUT_CAPACITY 4096

/* How often a console that does not interrupt is asked for input. */
#define POLL_INTERVAL (NANOSECONDS_PER_SECOND / 50)

/* 4:64, like a serial port. */
#define DEVICE_NUMBER (4 << 8 | 64)

static struct tty console;
static struct spinlock input_lock;
static u8 input_data[INPUT_CAPACITY];
static struct ring input = { .data = input_data, .capacity = INPUT_CAPACITY };

/* What does not fit into the ring is lost. */
static void receive(char character)
{
	u64 flags = spin_lock_irqsave(&input_lock);

	ring_push(&input, (u8)character);
	spin_unlock_irqrestore(&input_lock, flags);
	wake_all(&console.arrived);
}

/* Takes the next character if the line has room for it. */
static bool take_input(struct tty *tty, void *argument UNUSED, u8 *character)
{
	u64 flags = spin_lock_irqsave(&input_lock);
	u32 span;
	const u8 *next = ring_read_span(&input, &span);
	bool taken = span && line_has_room(&tty->line, *next);

	if (taken)
		ring_pop(&input, character);
	spin_unlock_irqrestore(&input_lock, flags);
	return taken;
}

void tty_console_run(void *argument UNUSED)
{
	struct waiter waiter = {};

	for (;;) {
		bool polled = console_is_polled();

		if (polled)
			console_poll();
		wait_join(&console.arrived, &waiter);
		if (!tty_input(&console, take_input, NULL))
			wait_sleep_uninterruptible(
				polled ? time_now() + POLL_INTERVAL : WAIT_FOREVER);
	}
}

/* Output is written at once, so there is always room. */
static u32 room(struct tty *tty UNUSED)
{
	return UINT32_MAX;
}

static void write(struct tty *tty UNUSED, const char *text, size_t size)
{
	console_write(text, size);
}

static void discard(struct tty *tty UNUSED, u32 queue)
{
	u64 flags = spin_lock_irqsave(&input_lock);

	if (queue == TCIFLUSH)
		ring_consume(&input, ring_used(&input));
	spin_unlock_irqrestore(&input_lock, flags);
}

static const struct tty_driver driver = { .room = room, .write = write, .discard = discard };

static int port_open(struct file *file)
{
	return tty_use(file, &console);
}

/* /dev/console does not become the controlling terminal unless asked for by ioctl. */
static int console_open(struct file *file)
{
	atomic_fetch_or_explicit(&file->flags, O_NOCTTY, memory_order_relaxed);
	return port_open(file);
}

static const struct file_operations port_operations = TTY_OPERATIONS(port_open);
static const struct file_operations console_operations = TTY_OPERATIONS(console_open);

static struct character_device devices[] = {
	{
		.number = 5 << 8 | 1,
		.name = "console",
		.permissions = S_IRUSR | S_IWUSR,
		.operations = &console_operations,
	},
	{
		.number = DEVICE_NUMBER,
		.name = "ttyS0",
		.permissions = S_IRUSR | S_IWUSR,
		.operations = &port_operations,
	},
};

void tty_console_init(void)
{
	tty_setup(&console, &driver, DEVICE_NUMBER);
	console_set_receiver(receive);
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
		device_register(&devices[i]);
}
