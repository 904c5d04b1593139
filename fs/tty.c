/*
 * Terminals: between the driver's characters, the line discipline, and the processes that read
 * and write.
 *
 *	input_lock	the ring of characters that have arrived, with interrupts off
 *	lock		a mutex: the line discipline, the window's size, session and group
 *	output_lock	a mutex: keeps pieces of output together; taken inside `lock` for echo
 */
#include "fs/tty.h"

#include "arch/riscv/timer.h"
#include "drivers/console.h"
#include "fs/device.h"
#include "fs/poll.h"
#include "fs/session.h"
#include "fs/tty_internal.h"
#include "lib/abi/poll.h"
#include "lib/abi/signal.h"
#include "lib/error.h"
#include "mm/uaccess.h"

/* Bytes of output that are worked on at a time. */
#define OUTPUT_PIECE 128

/* How often a console that does not interrupt is asked for input. */
#define POLL_INTERVAL (NANOSECONDS_PER_SECOND / 50)

/* c_cc[VTIME] counts tenths of a second. */
#define VTIME_UNIT (NANOSECONDS_PER_SECOND / 10)

struct tty tty_console;

/* Output, by way of the line discipline. */

static void write_processed(struct tty *tty, const char *text, size_t size)
{
	char out[OUTPUT_PIECE];
	u32 used = 0;

	mutex_lock(&tty->output_lock);
	for (size_t i = 0; i < size; i++) {
		if (used > OUTPUT_PIECE - LINE_OUTPUT_MAX) {
			tty->write(out, used);
			used = 0;
		}
		used += line_output(&tty->line, (u8)text[i], out + used);
	}
	tty->write(out, used);
	mutex_unlock(&tty->output_lock);
}

static void echo(struct line *line, const char *text, size_t size)
{
	write_processed(container_of(line, struct tty, line), text, size);
}

static ssize_t tty_write(struct file *file, struct io *io, u64 *offset)
{
	struct tty *tty = file->private;
	char text[OUTPUT_PIECE];
	size_t wanted = io->left, size;

	(void)offset;
	if (tty->line.termios.c_lflag & TOSTOP) {
		int error = tty_check_background(tty, SIGTTOU);

		if (error)
			return error;
	}
	while (io->left) {
		size = io_read(io, text, sizeof(text));
		write_processed(tty, text, size);
		if (io->error)
			break;
	}
	return io->left < wanted || !io->error ? (ssize_t)(wanted - io->left) : io->error;
}

/* Input: the driver's side. */

void tty_receive(struct tty *tty, const char *data, size_t size)
{
	u64 flags = spin_lock_irqsave(&tty->input_lock);

	while (size--)
		ring_push(&tty->input, (u8)*data++);
	spin_unlock_irqrestore(&tty->input_lock, flags);
	wake_all(&tty->arrived);
}

static void console_character(char character)
{
	tty_receive(&tty_console, &character, 1);
}

static void send_signal(struct line *line, int signal)
{
	struct tty *tty = container_of(line, struct tty, line);

	if (tty->group)
		session_signal_group(tty->group, signal);
}

/* Takes the next character if the line has room for it. */
static bool take_input(struct tty *tty, u8 *character)
{
	u64 flags = spin_lock_irqsave(&tty->input_lock);
	u32 span;
	const u8 *next = ring_read_span(&tty->input, &span);
	bool taken = span && line_has_room(&tty->line, *next);

	if (taken)
		ring_pop(&tty->input, character);
	spin_unlock_irqrestore(&tty->input_lock, flags);
	return taken;
}

/* Hands what has arrived to the line discipline. False: there was nothing that it had room for. */
static bool process_input(struct tty *tty)
{
	u32 before, after;
	bool any = false;
	u8 character = 0;

	mutex_lock(&tty->lock);
	before = tty->line.committed;
	while (take_input(tty, &character)) {
		line_input(&tty->line, character);
		any = true;
	}
	after = tty->line.committed;
	mutex_unlock(&tty->lock);
	if (before != after)
		wake_all(&tty->readable);
	return any;
}

void tty_run(void *argument)
{
	struct tty *tty = argument;
	struct waiter waiter = {};

	for (;;) {
		bool polled = console_is_polled();

		if (polled)
			console_poll();
		wait_join(&tty->arrived, &waiter);
		if (!process_input(tty))
			wait_sleep_uninterruptible(
				polled ? time_now() + POLL_INTERVAL : WAIT_FOREVER);
	}
}

/* Input: the reader's side. */

/* How many bytes a read waits for, and for how long after the first (0: for ever). */
struct patience {
	u32 bytes;
	u64 time;        /* nanoseconds, 0: no limit */
	bool from_start; /* the time runs from the beginning, not from the first byte */
};

static struct patience patience_of(const struct line *line, size_t wanted)
{
	const cc_t *control = line->termios.c_cc;
	u32 minimum = control[VMIN];

	if (line->termios.c_lflag & ICANON)
		return (struct patience){ .bytes = 1 };
	return (struct patience){
		.bytes = minimum < wanted ? minimum : (u32)wanted,
		.time = control[VTIME] * VTIME_UNIT,
		.from_start = minimum == 0,
	};
}

/*
 * Waits for input as the settings say, and returns 0 with tty->lock held: read what there is. Or
 * an errno, without the lock.
 */
static int await_input(struct tty *tty, size_t wanted, bool may_block) NO_THREAD_SAFETY_ANALYSIS
{
	struct waiter waiter = {};
	u64 start = time_now();
	u32 seen = 0;
	int error = 0;

	for (;;) {
		struct patience patience;
		u64 deadline = WAIT_FOREVER;
		u32 available;

		/* Joining first, then looking, so that nothing that comes in between is missed. */
		wait_join(&tty->readable, &waiter);
		mutex_lock(&tty->lock);
		available = line_available(&tty->line);
		patience = patience_of(&tty->line, wanted);
		if (available >= patience.bytes && (available || patience.time == 0))
			break;
		if (available != seen) {
			seen = available;
			start = time_now();
		}
		if (patience.time && (patience.from_start || available))
			deadline = start + patience.time;
		if (deadline <= time_now())
			break;
		mutex_unlock(&tty->lock);
		error = may_block ? wait_sleep(deadline) : -EAGAIN;
		if (error && error != -ETIMEDOUT)
			break;
		error = 0;
	}
	wait_leave(&waiter);
	return error;
}

static ssize_t tty_read(struct file *file, struct io *io, u64 *offset) NO_THREAD_SAFETY_ANALYSIS
{
	struct tty *tty = file->private;
	u8 buffer[OUTPUT_PIECE];
	size_t done = 0;
	bool ended = false;
	int error;

	(void)offset;
	if (!io->left)
		return 0;
	error = tty_check_background(tty, SIGTTIN);
	if (!error)
		error = await_input(tty, io->left, !(file_flags(file) & O_NONBLOCK));
	if (error)
		return error;
	while (!ended && !io->error && io->left && line_available(&tty->line)) {
		u32 size = io->left < sizeof(buffer) ? (u32)io->left : sizeof(buffer);

		size = line_read(&tty->line, buffer, size, &ended);
		done += io_write(io, buffer, size);
	}
	mutex_unlock(&tty->lock);
	wake_all(&tty->arrived); /* there is room again */
	return done || !io->error ? (ssize_t)done : io->error;
}

static u32 tty_poll(struct file *file, struct poll_table *table)
{
	struct tty *tty = file->private;
	u32 ready = POLLOUT | POLLWRNORM;

	poll_join(table, &tty->readable);
	if (line_available(&tty->line))
		ready |= POLLIN | POLLRDNORM;
	return ready;
}

static int tty_open(struct file *file)
{
	if (!(file_flags(file) & O_NOCTTY))
		tty_adopt(file->private);
	return 0;
}

/* /dev/console is no controlling terminal unless asked for by ioctl. */
static int console_open(struct file *file)
{
	(void)file;
	return 0;
}

static int own_open(struct file *file)
{
	file->private = tty_of_session(session_of_caller());
	return file->private ? 0 : -ENXIO;
}

#define TTY_OPERATIONS(open_function)                                                            \
	{                                                                                        \
		.open = (open_function), .read = tty_read, .write = tty_write, .poll = tty_poll, \
		.ioctl = tty_ioctl,                                                              \
	}

static const struct file_operations terminal_operations = TTY_OPERATIONS(tty_open);
static const struct file_operations console_operations = TTY_OPERATIONS(console_open);
static const struct file_operations own_operations = TTY_OPERATIONS(own_open);

#define PERMISSIONS_OWNER 0600
#define PERMISSIONS_ALL   0666

static struct character_device tty_devices[] = {
	{
		.number = 5 << 8 | 1,
		.name = "console",
		.permissions = PERMISSIONS_OWNER,
		.operations = &console_operations,
		.private = &tty_console,
	},
	{
		.number = 5 << 8 | 0,
		.name = "tty",
		.permissions = PERMISSIONS_ALL,
		.operations = &own_operations,
	},
	{
		.number = TTY_CONSOLE_NUMBER,
		.name = "ttyS0",
		.permissions = PERMISSIONS_OWNER,
		.operations = &terminal_operations,
		.private = &tty_console,
	},
};

static void setup(struct tty *tty, void (*write)(const char *text, size_t size))
{
	spin_init(&tty->input_lock);
	mutex_init(&tty->lock);
	mutex_init(&tty->output_lock);
	wait_queue_init(&tty->arrived);
	wait_queue_init(&tty->readable);
	ring_init(&tty->input, tty->input_data, sizeof(tty->input_data));
	line_init(&tty->line, echo, send_signal);
	tty->write = write;
}

void tty_init(void)
{
	setup(&tty_console, console_write);
	console_set_receiver(console_character);
	for (size_t i = 0; i < ARRAY_SIZE(tty_devices); i++)
		device_register(&tty_devices[i]);
}
