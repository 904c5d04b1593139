/*
 * Terminals: between a driver's characters, the line discipline, and the processes that read and
 * write. Locks: see fs/tty_internal.h.
 */
#include "fs/tty.h"

#include "arch/riscv/timer.h"
#include "fs/credentials.h"
#include "fs/device.h"
#include "fs/session.h"
#include "fs/tty_internal.h"
#include "lib/abi/capability.h"
#include "lib/abi/poll.h"
#include "lib/abi/signal.h"
#include "lib/error.h"
#include "mm/uaccess.h"

/* How many bytes of output are handled at a time. */
#define OUTPUT_PIECE 128

/* c_cc[VTIME] counts tenths of a second. */
#define VTIME_UNIT (NANOSECONDS_PER_SECOND / 10)

struct spinlock terminals_lock;
struct list terminals = LIST_INITIAL(terminals);

/* Output, by way of the line discipline. */

/* Writes as much as there is room for. The result is how many characters that was. */
static u32 push(struct tty *tty, const char *text, u32 size)
{
	char out[OUTPUT_PIECE];
	u32 done = 0, used;

	mutex_lock(&tty->output_lock);
	do {
		u32 room = min(tty->driver->room(tty), (u32)OUTPUT_PIECE);

		used = 0;
		while (done < size && used + LINE_OUTPUT_MAX <= room)
			used += line_output(&tty->line, (u8)text[done++], out + used);
		tty->driver->write(tty, out, used);
	} while (used && done < size);
	mutex_unlock(&tty->output_lock);
	return done;
}

/* What there is no room for is lost: nobody waits for it. */
static void echo(struct line *line, const char *text, size_t size)
{
	push(container_of(line, struct tty, line), text, (u32)size);
}

/* Waits for room if it must. 0 or an errno; *done counts what was written. */
static int push_all(struct file *file, const char *text, u32 size, size_t *done)
{
	struct tty *tty = file->private;
	struct waiter waiter = {};
	int error = 0;

	for (;;) {
		u32 count = 0;

		wait_join(&tty->writable, &waiter);
		if (tty_is_hung_up(tty))
			error = -EIO;
		else if (!line_is_stopped(&tty->line))
			count = push(tty, text, size);
		text += count;
		size -= count;
		*done += count;
		if (!size || error)
			break;
		error = file_flags(file) & O_NONBLOCK ? -EAGAIN : wait_sleep(WAIT_FOREVER);
		if (error)
			break;
	}
	wait_leave(&waiter);
	return error;
}

ssize_t tty_write(struct file *file, struct io *io, u64 *offset UNUSED)
{
	struct tty *tty = file->private;
	char text[OUTPUT_PIECE];
	size_t done = 0;
	int error = 0;

	if (tty->line.termios.c_lflag & TOSTOP)
		error = tty_check_background(tty, SIGTTOU);
	while (io->left && !error && wait_give_way()) {
		u32 size = (u32)io_read(io, text, sizeof(text));

		error = size ? push_all(file, text, size, &done) : io->error;
	}
	return done ? (ssize_t)done : error;
}

/* Input: the driver's side. */

static void send_signal(struct line *line, int signal)
{
	struct tty *tty = container_of(line, struct tty, line);
	s32 group;

	spin_lock(&terminals_lock);
	group = tty->group;
	spin_unlock(&terminals_lock);
	if (group)
		session_signal_group(group, signal);
	if (!(line->termios.c_lflag & NOFLSH))
		tty_tell(tty, TIOCPKT_FLUSHREAD | TIOCPKT_FLUSHWRITE);
}

bool tty_input(struct tty *tty, bool (*next)(struct tty *tty, void *source, u8 *character),
	void *source)
{
	bool any = false, was_stopped, is_stopped;
	u32 before, after;
	u8 character = 0;

	mutex_lock(&tty->lock);
	before = tty->line.committed;
	was_stopped = line_is_stopped(&tty->line);
	while (next(tty, source, &character)) {
		line_input(&tty->line, character);
		any = true;
	}
	after = tty->line.committed;
	is_stopped = line_is_stopped(&tty->line);
	tty_tell_flow(tty, was_stopped);
	mutex_unlock(&tty->lock);
	if (before != after)
		wake_all(&tty->readable);
	if (was_stopped && !is_stopped)
		wake_all(&tty->writable);
	return any;
}

/* Input: the reader's side. */

/* How many bytes a read waits for, and for how long. */
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
 * Waits for input as the settings say. 0, with tty->lock held: the caller reads what there is,
 * which is nothing when the terminal has hung up. Or an errno, without the lock.
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

		/* Joins first, then looks, so that nothing that comes in between is missed. */
		wait_join(&tty->readable, &waiter);
		mutex_lock(&tty->lock);
		available = line_available(&tty->line);
		patience = patience_of(&tty->line, wanted);
		if (tty_is_hung_up(tty) || (available && (error || !may_block)) ||
			(available >= patience.bytes && (available || patience.time == 0))) {
			error = 0;
			break;
		}
		if (error) {
			mutex_unlock(&tty->lock);
			break;
		}
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
		if (error == -ETIMEDOUT)
			error = 0;
	}
	wait_leave(&waiter);
	return error;
}

ssize_t tty_read(struct file *file, struct io *io, u64 *offset UNUSED) NO_THREAD_SAFETY_ANALYSIS
{
	struct tty *tty = file->private;
	u8 buffer[OUTPUT_PIECE];
	size_t done = 0;
	bool ended = tty_is_hung_up(tty);
	int error;

	if (!io->left || ended)
		return 0;
	error = tty_check_background(tty, SIGTTIN);
	if (!error)
		error = await_input(tty, io->left, !(file_flags(file) & O_NONBLOCK));
	if (error)
		return error;
	ended = tty_is_hung_up(tty);
	while (!ended && !io->error && io->left && line_available(&tty->line)) {
		u32 size = io->left < sizeof(buffer) ? (u32)io->left : sizeof(buffer);

		size = line_read(&tty->line, buffer, size, &ended);
		done += io_write(io, buffer, size);
	}
	mutex_unlock(&tty->lock);
	wake_all(&tty->arrived); /* there is room again */
	return io_result(io, done);
}

/* How many bytes make a read worth while: VMIN, if no time limit is set. */
static u32 threshold(const struct line *line)
{
	const struct termios2 *termios = &line->termios;

	if ((termios->c_lflag & ICANON) || termios->c_cc[VTIME] || !termios->c_cc[VMIN])
		return 1;
	return termios->c_cc[VMIN];
}

u32 tty_poll(struct file *file, struct poll_table *table)
{
	struct tty *tty = file->private;
	u32 ready = 0;

	poll_join(table, &tty->readable);
	poll_join(table, &tty->writable);
	if (tty_is_hung_up(tty))
		return POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM | POLLHUP | POLLERR;
	if (line_available(&tty->line) >= threshold(&tty->line))
		ready |= POLLIN | POLLRDNORM;
	if (!line_is_stopped(&tty->line) && tty->driver->room(tty) >= LINE_OUTPUT_MAX)
		ready |= POLLOUT | POLLWRNORM;
	return ready;
}

/* Opening and closing */

/* Whether the terminal is exclusive, and the caller lacks the right to open it even so. */
static bool is_refused(const struct tty *tty)
{
	return atomic_load_explicit(&tty->exclusive, memory_order_relaxed) &&
		!capable(CAP_SYS_ADMIN);
}

int tty_use(struct file *file, struct tty *tty)
{
	if (is_refused(tty))
		return -EBUSY;
	spin_lock(&terminals_lock);
	tty->users++;
	spin_unlock(&terminals_lock);
	file->private = tty;
	if (!(file_flags(file) & O_NOCTTY))
		tty_adopt(tty);
	return 0;
}

void tty_unuse(struct tty *tty)
{
	bool unused = false;

	spin_lock(&terminals_lock);
	if (--tty->users == 0) {
		if (tty->driver->closed)
			unused = tty->driver->closed(tty);
		else
			tty->exclusive = false;
	}
	spin_unlock(&terminals_lock);
	if (unused)
		tty->driver->free(tty);
}

void tty_release(struct file *file)
{
	tty_unuse(file->private);
}

/* /dev/tty */
static int own_open(struct file *file)
{
	s32 session = session_of_caller();
	struct tty *tty;
	int error = 0;

	spin_lock(&terminals_lock);
	tty = tty_of_session(session);
	if (!tty)
		error = -ENXIO;
	else if (is_refused(tty))
		error = -EBUSY;
	else
		tty->users++;
	spin_unlock(&terminals_lock);
	file->private = tty;
	return error;
}

static const struct file_operations own_operations = TTY_OPERATIONS(own_open);

static struct character_device own_device = {
	.number = 5 << 8 | 0,
	.name = "tty",
	.permissions = S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP | S_IROTH | S_IWOTH,
	.operations = &own_operations,
};

void tty_setup(struct tty *tty, const struct tty_driver *driver, u32 number)
{
	tty->driver = driver;
	tty->number = number;
	mutex_init(&tty->lock);
	mutex_init(&tty->output_lock);
	wait_queue_init(&tty->arrived);
	wait_queue_init(&tty->readable);
	wait_queue_init(&tty->writable);
	line_init(&tty->line, echo, send_signal);
	spin_lock(&terminals_lock);
	list_push_back(&terminals, &tty->node);
	spin_unlock(&terminals_lock);
}

void tty_init(void)
{
	device_register(&own_device);
	tty_console_init();
	pty_init();
}
