/*
 * Terminals: settings, window size, and job control. Locks: see fs/tty.c.
 */
#include "fs/file.h"
#include "fs/session.h"
#include "fs/tty.h"
#include "fs/tty_internal.h"
#include "lib/abi/signal.h"
#include "lib/error.h"
#include "mm/uaccess.h"

struct tty *tty_of_session(s32 session)
{
	return session && tty_console.session == session ? &tty_console : NULL;
}

u32 tty_number_of_session(s32 session)
{
	return tty_of_session(session) ? TTY_CONSOLE_NUMBER : 0;
}

s32 tty_foreground_of_session(s32 session)
{
	struct tty *tty = tty_of_session(session);

	return tty ? tty->group : -1;
}

void tty_session_ended(s32 session)
{
	struct tty *tty = tty_of_session(session);

	if (!tty)
		return;
	mutex_lock(&tty->lock);
	if (tty->session == session)
		tty->session = tty->group = 0;
	mutex_unlock(&tty->lock);
}

int tty_check_background(struct tty *tty, int signal)
{
	s32 session = session_of_caller(), group = session_group_of_caller();
	struct waiter waiter = {};
	int error;

	if (!session || tty->session != session || tty->group == group)
		return 0;
	if (session_caller_ignores(signal))
		return signal == SIGTTIN ? -EIO : 0;
	if (session_caller_is_orphaned())
		return -EIO;
	session_signal_group(group, signal);
	/* The signal ends this wait at once, and lets the call start again when all is over. */
	wait_join(&tty->readable, &waiter);
	error = wait_sleep(WAIT_FOREVER);
	wait_leave(&waiter);
	return error ? error : -EINTR;
}

/*
 * Makes the terminal the controlling one of the caller's session. `steal`: also when another
 * session has it, as root may. 0 or -EPERM.
 */
static int adopt(struct tty *tty, bool steal)
{
	s32 session = session_of_caller();
	int error = -EPERM;

	mutex_lock(&tty->lock);
	if (session && tty->session == session) {
		error = 0;
	} else if (session && session_caller_is_leader() && !tty_of_session(session) &&
		(!tty->session || steal)) {
		tty->session = session;
		tty->group = session_group_of_caller();
		error = 0;
	}
	mutex_unlock(&tty->lock);
	return error;
}

void tty_adopt(struct tty *tty)
{
	adopt(tty, false);
}

/* TIOCNOTTY: the leader gives the terminal up for the whole session. */
static int give_up(struct tty *tty)
{
	s32 session = session_of_caller(), group;

	if (!session || tty->session != session)
		return -ENOTTY;
	if (!session_caller_is_leader())
		return 0;
	group = tty->group;
	tty_session_ended(session);
	if (group) {
		session_signal_group(group, SIGHUP);
		session_signal_group(group, SIGCONT);
	}
	return 0;
}

static int get_number(struct space *space, u64 argument, s32 number)
{
	return copy_to_user(space, UADDR(argument), &number, sizeof(number));
}

/* TIOCGPGRP, TIOCGSID: for the controlling terminal alone. */
static int get_owner(struct tty *tty, u64 argument, struct space *space, bool session)
{
	s32 caller = session_of_caller();

	if (!caller || tty->session != caller)
		return -ENOTTY;
	return get_number(space, argument, session ? tty->session : tty->group);
}

static int set_foreground(struct tty *tty, u64 argument, struct space *space)
{
	s32 group, session = session_of_caller();
	int error = copy_from_user(space, &group, UADDR(argument), sizeof(group));

	if (error)
		return error;
	if (!session || tty->session != session)
		return -ENOTTY;
	if (group < 0)
		return -EINVAL;
	error = tty_check_background(tty, SIGTTOU);
	if (error)
		return error;
	if (session_of_group(group) != session)
		return session_of_group(group) ? -EPERM : -ESRCH;
	mutex_lock(&tty->lock);
	tty->group = group;
	mutex_unlock(&tty->lock);
	return 0;
}

/* The older form of the settings is the beginning of the newer one. */
static int get_settings(struct tty *tty, u64 argument, struct space *space, size_t size)
{
	struct termios2 settings;

	mutex_lock(&tty->lock);
	settings = tty->line.termios;
	mutex_unlock(&tty->lock);
	return copy_to_user(space, UADDR(argument), &settings, size);
}

static void discard_input(struct tty *tty) REQUIRES(tty->lock)
{
	u64 flags = spin_lock_irqsave(&tty->input_lock);

	ring_consume(&tty->input, ring_used(&tty->input));
	spin_unlock_irqrestore(&tty->input_lock, flags);
	line_flush(&tty->line);
}

/* Output is written at once, so that there is never any to wait for. */
static int set_settings(struct tty *tty, u64 argument, struct space *space, size_t size, bool flush)
{
	struct termios2 settings = tty->line.termios;
	int error = tty_check_background(tty, SIGTTOU);

	if (!error)
		error = copy_from_user(space, &settings, UADDR(argument), size);
	if (error)
		return error;
	mutex_lock(&tty->lock);
	if (flush)
		discard_input(tty);
	line_set(&tty->line, &settings);
	mutex_unlock(&tty->lock);
	wake_all(&tty->readable);
	return 0;
}

static int set_window(struct tty *tty, u64 argument, struct space *space)
{
	struct winsize window;
	bool changed;
	s32 group;
	int error = copy_from_user(space, &window, UADDR(argument), sizeof(window));

	if (error)
		return error;
	mutex_lock(&tty->lock);
	changed = window.ws_row != tty->window.ws_row || window.ws_col != tty->window.ws_col;
	tty->window = window;
	group = tty->group;
	mutex_unlock(&tty->lock);
	if (changed && group)
		session_signal_group(group, SIGWINCH);
	return 0;
}

static int flush(struct tty *tty, u64 queue)
{
	if (queue != TCIFLUSH && queue != TCOFLUSH && queue != TCIOFLUSH)
		return -EINVAL;
	if (queue == TCOFLUSH)
		return 0;
	mutex_lock(&tty->lock);
	discard_input(tty);
	mutex_unlock(&tty->lock);
	return 0;
}

s64 tty_ioctl(struct file *file, u32 command, u64 argument, struct space *space)
{
	struct tty *tty = file->private;

	switch (command) {
	case TCGETS:
		return get_settings(tty, argument, space, sizeof(struct termios));
	case (u32)TCGETS2:
		return get_settings(tty, argument, space, sizeof(struct termios2));
	case TCSETS:
	case TCSETSW:
	case TCSETSF:
		return set_settings(tty, argument, space, sizeof(struct termios),
			command == TCSETSF);
	case (u32)TCSETS2:
	case (u32)TCSETSW2:
	case (u32)TCSETSF2:
		return set_settings(tty, argument, space, sizeof(struct termios2),
			command == TCSETSF2);
	case TIOCGWINSZ:
		return copy_to_user(space, UADDR(argument), &tty->window, sizeof(tty->window));
	case TIOCSWINSZ:
		return set_window(tty, argument, space);
	case TIOCGPGRP:
		return get_owner(tty, argument, space, false);
	case TIOCGSID:
		return get_owner(tty, argument, space, true);
	case TIOCSPGRP:
		return set_foreground(tty, argument, space);
	case TIOCSCTTY:
		return adopt(tty, argument == 1);
	case TIOCNOTTY:
		return give_up(tty);
	case FIONREAD:
		return get_number(space, argument, (s32)line_available(&tty->line));
	case TIOCOUTQ:
		return get_number(space, argument, 0);
	case TCFLSH:
		return flush(tty, argument);
	case TCSBRK:
	case TCSBRKP:
		return 0;
	default:
		return -ENOTTY;
	}
}
