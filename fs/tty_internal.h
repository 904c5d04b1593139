/*
 * A terminal: between a driver's characters and the processes stands the line discipline
 * (fs/line.h). The drivers are the console (fs/tty_console.c) and pseudoterminals (fs/pty.c); what
 * they share is in fs/tty.c (characters) and fs/tty_control.c (settings and job control).
 *
 *	terminals_lock	the list of terminals; for each, its session, group and number of users
 *	lock		a mutex: the line discipline and the window's size
 *	output_lock	a mutex: output through the line discipline; taken inside `lock`
 *			for echo
 */
#pragma once

#include <stdatomic.h>

#include "arch/riscv/lock.h"
#include "fs/file.h"
#include "fs/line.h"
#include "fs/poll.h"
#include "fs/wait.h"
#include "lib/types.h"

struct tty;

/* None of these sleeps. */
struct tty_driver {
	/* Bytes that write() would take now. */
	u32 (*room)(struct tty *tty);
	void (*write)(struct tty *tty, const char *text, size_t size);
	/* Drops the input (TCIFLUSH) or the output (TCOFLUSH) that the driver holds. */
	void (*discard)(struct tty *tty, u32 queue);
	/* NULL, or: tells packet mode what was done to the terminal (TIOCPKT_STOP and so on). */
	void (*tell)(struct tty *tty, u8 news);
	/* NULL, or: the last open file is gone. With terminals_lock held. True: call free(). */
	bool (*closed)(struct tty *tty);
	void (*free)(struct tty *tty);
};

struct tty {
	const struct tty_driver *driver;
	u32 number;                /* device_number() */
	struct wait_queue arrived; /* for input, and for room in the line */

	struct mutex lock;
	struct line line;           /* guarded by lock; column: by output_lock */
	struct wait_queue readable; /* waiters for input, or for a change of settings or group */
	struct wait_queue writable; /* waiters for room, or for output to be restarted */
	struct winsize window;
	struct mutex output_lock;

	/* terminals_lock */
	struct list_node node;
	s32 session; /* whose controlling terminal it is; 0: none */
	s32 group;   /* in the foreground; 0: none */
	u32 users;   /* open files */

	_Atomic bool exclusive; /* only root may open it again */

	_Atomic bool hung_up; /* for good: there is nobody at the other end */
};

extern struct spinlock terminals_lock;
extern struct list terminals GUARDED_BY(terminals_lock);

/* Fills in a zeroed structure, and makes it known. */
void tty_setup(struct tty *tty, const struct tty_driver *driver, u32 number);

/* The other end is gone: wakes the waiters, and sends signals to the session's leader. */
void tty_hang_up(struct tty *tty);

static inline bool tty_is_hung_up(const struct tty *tty)
{
	return atomic_load_explicit(&tty->hung_up, memory_order_acquire);
}

/*
 * Hands characters to the line discipline, as long as `next` has one that the line has room for;
 * next is called with tty->lock held. False: there was none.
 */
bool tty_input(struct tty *tty, bool (*next)(struct tty *tty, void *source, u8 *character),
	void *source);

static inline void tty_tell(struct tty *tty, u8 news)
{
	if (news && tty->driver->tell)
		tty->driver->tell(tty, news);
}

/* To be called with the lock held, after a change that may have stopped or started the output. */
static inline void tty_tell_flow(struct tty *tty, bool was_stopped)
{
	if (line_is_stopped(&tty->line) != was_stopped)
		tty_tell(tty, was_stopped ? TIOCPKT_START : TIOCPKT_STOP);
}

/* The operations of files that processes at the terminal use; open is the device's own. */
#define TTY_OPERATIONS(open_function)                                              \
	{                                                                          \
		.open = (open_function), .release = tty_release, .read = tty_read, \
		.write = tty_write, .poll = tty_poll, .ioctl = tty_ioctl,          \
	}

void tty_release(struct file *file);
ssize_t tty_read(struct file *file, struct io *io, u64 *offset);
ssize_t tty_write(struct file *file, struct io *io, u64 *offset);
u32 tty_poll(struct file *file, struct poll_table *table);
s64 tty_ioctl(struct file *file, u32 command, u64 argument, struct space *space);

/* tty_ioctl() for a pseudoterminal's master: it need not be the caller's terminal. */
s64 tty_ioctl_from_master(struct tty *tty, u32 command, u64 argument, struct space *space);

/* Makes the file a user of the terminal, which the caller adopts unless O_NOCTTY. 0 or -EBUSY. */
MUST_CHECK int tty_use(struct file *file, struct tty *tty);
void tty_unuse(struct tty *tty);

/*
 * Whether the caller, if this is its controlling terminal and it is in the background, may do what
 * `signal` (SIGTTIN or SIGTTOU) is to prevent. 0; -EIO; or -EINTR after the signal was sent.
 */
int tty_check_background(struct tty *tty, int signal);

/* Makes it the controlling terminal of the session that the caller leads, if both are free. */
void tty_adopt(struct tty *tty);

/* NULL: the session has no controlling terminal. */
struct tty *tty_of_session(s32 session) REQUIRES(terminals_lock);

void tty_console_init(void);
void pty_init(void);
