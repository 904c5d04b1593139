/*
 * The console (drivers/console.h): which device it is, and who may write to it.
 */
#include "drivers/console.h"

#include "arch/riscv/lock.h"
#include "arch/riscv/sbi.h"
#include "lib/fdt_board.h"
#include "lib/format.h"
#include "lib/log.h"
#include "lib/string.h"

static void firmware_write(struct console_device *device UNUSED, const char *text, size_t length)
{
	sbi_console_write(text, length);
}

static int firmware_read(struct console_device *device UNUSED)
{
	return sbi_console_read();
}

/* The most characters at once; no line is that fast. */
#define RECEIVE_MAX 256

static struct console_device firmware_console = {
	.write = firmware_write,
	.read = firmware_read,
};

static struct spinlock console_lock;
static bool lock_broken;
static struct console_device *console_device = &firmware_console;
static void (*console_receiver)(char character);

/* Set at boot, before there are other harts. */
static struct fdt_node wanted_port;
static bool wants_any_port;

/* The serial port that an argument such as "ttyS0,115200" or "ttySIF0" means. */
static struct fdt_node port_by_name(const struct fdt *fdt, const char *name)
{
	char alias[] = "serial0";
	const char *digit = name;

	while (*digit && *digit != ',' && (*digit < '0' || *digit > '9'))
		digit++;
	if (*digit >= '0' && *digit <= '9')
		alias[strlen(alias) - 1] = *digit;
	return fdt_node_by_path(fdt, alias);
}

void console_init(const struct fdt *fdt, const char *argument)
{
	wants_any_port = false;
	if (argument && (strcmp(argument, "sbi") == 0 || string_starts_with(argument, "hvc")))
		return;
	if (argument && string_starts_with(argument, "ttyS"))
		wanted_port = port_by_name(fdt, argument);
	if (!fdt_exists(wanted_port))
		wanted_port = fdt_stdout(fdt, NULL);
	wants_any_port = !fdt_exists(wanted_port);
}

bool console_wants(struct fdt_node node)
{
	if (fdt_exists(wanted_port))
		return fdt_same(wanted_port, node);
	return wants_any_port && console_device == &firmware_console;
}

static u64 lock_console(void) ACQUIRE(console_lock) NO_THREAD_SAFETY_ANALYSIS
{
	u64 flags = interrupts_save();

	if (!lock_broken)
		spin_lock(&console_lock);
	return flags;
}

static void unlock_console(u64 flags) RELEASE(console_lock) NO_THREAD_SAFETY_ANALYSIS
{
	if (!lock_broken)
		spin_unlock(&console_lock);
	interrupts_restore(flags);
}

void console_use(struct console_device *device, struct fdt_node node)
{
	u64 flags = lock_console();

	console_device = device;
	unlock_console(flags);
	log_info("console: %s, input %s", fdt_name(node),
		device->interrupts ? "by interrupt" : "is polled");
}

void console_write(const char *text, size_t length)
{
	u64 flags = lock_console();

	console_device->write(console_device, text, length);
	unlock_console(flags);
}

void console_set_receiver(void (*receive)(char character))
{
	console_receiver = receive;
}

bool console_receive(struct console_device *device)
{
	for (u32 number = 0; number < RECEIVE_MAX; number++) {
		int character = device->read(device);

		if (character < 0)
			return number > 0;
		if (console_receiver)
			console_receiver((char)character);
	}
	return false;
}

bool console_is_polled(void)
{
	return !console_device->interrupts;
}

void console_poll(void)
{
	console_receive(console_device);
}

void console_break_lock(void)
{
	lock_broken = true;
}
