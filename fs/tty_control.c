/*
 * Terminals: settings, window size, and job control. Locks: see fs/tty_internal.h.
 */
#include "fs/credentials.h"
#include "fs/file.h"
#include "fs/session.h"
#include "fs/tty.h"
#include "fs/tty_internal.h"
#include "lib/abi/signal.h"
#include "lib/error.h"
#include "mm/uaccess.h"

/* The owner of a terminal, at one moment. */
struct owner {
	s32 session;
	s32 group;
};

static struct owner owner_of(struct tty *tty)
{
	struct owner owner;

	spin_lock(&terminals_lock);
	owner = (struct owner){ .session = tty->session, .group = tty->group };
	spin_unlock(&terminals_lock);
	return owner;
}

/* Whether it is the caller's controlling terminal; *owner: its owner. */
static bool is_callers(struct tty *tty, struct owner *owner)
{
	s32 session = session_of_caller();

	*owner = owner_of(tty);
	return session && owner->session == session;
}

struct tty *tty_of_session(s32 session)
{
	struct tty *tty;

	list_for_each_entry(tty, &terminals, node)
		if (session && tty->session == session)
			return tty;
	return NULL;
}

void tty_describe(s32 session, u32 *number, s32 *group)
{
	struct tty *tty;

	spin_lock(&terminals_lock);
	tty = tty_of_session(session);
	*number = tty ? tty->number : 0;
	*group = tty ? tty->group : -1;
	spin_unlock(&terminals_lock);
}

void tty_session_ended(s32 session)
{
	struct tty *tty;
	s32 group = 0;

	spin_lock(&terminals_lock);
	tty = tty_of_session(session);
	if (tty) {
		group = tty->group;
		tty->session = tty->group = 0;
	}
	spin_unlock(&terminals_lock);
	if (group)
		session_signal_group(group, SIGHUP);
}

void tty_hang_up(struct tty *tty)
{
	s32 session;

	spin_lock(&terminals_lock);
	session = tty->session;
	tty->session = tty->group = 0;
	atomic_store_explicit(&tty->hung_up, true, memory_order_release);
	spin_unlock(&terminals_lock);
	wake_all(&tty->readable);
	wake_all(&tty->writable);
	if (!session)
		return;
	session_signal_leader(session, SIGHUP);
	session_signal_leader(session, SIGCONT);
}

int tty_check_background(struct tty *tty, int signal)
{
	s32 group = session_group_of_caller();
	struct owner owner;

	if (!is_callers(tty, &owner) || owner.group == group)
		return 0;
	if (session_caller_ignores(signal))
		return signal == SIGTTIN ? -EIO : 0;
	if (session_caller_is_orphaned())
		return -EIO;
	session_signal_group(group, signal);
	return session_interrupt_caller();
}

/*
 * Makes the terminal the controlling one of the caller's session. `steal`: even if another session
 * has it, as root may. 0 or -EPERM.
 */
static int adopt(struct tty *tty, bool steal)
{
	s32 session = session_of_caller(), group = session_group_of_caller();
	bool leader = session_caller_is_leader();
	int error = -EPERM;

	spin_lock(&terminals_lock);
	if (session && tty->session == session) {
		error = 0;
	} else if (session && leader && !tty_of_session(session) && (!tty->session || steal) &&
		!tty_is_hung_up(tty)) {
		tty->session = session;
		tty->group = group;
		error = 0;
	}
	spin_unlock(&terminals_lock);
	return error;
}

void tty_adopt(struct tty *tty)
{
	adopt(tty, false);
}

/* TIOCNOTTY: the leader gives the terminal up for the whole session. */
static int give_up(struct tty *tty)
{
	struct owner owner;

	if (!is_callers(tty, &owner))
		return -ENOTTY;
	if (session_caller_is_leader()) {
		tty_session_ended(owner.session);
		session_signal_group(owner.group, SIGCONT);
	}
	return 0;
}

static int get_number(struct space *space, u64 argument, s32 number)
{
	return copy_to_user(space, UADDR(argument), &number, sizeof(number));
}

/* TIOCGPGRP, TIOCGSID: for the caller's controlling terminal, or through a master. */
static int get_owner(struct tty *tty, u64 argument, struct space *space, bool session, bool master)
{
	struct owner owner;

	if (!is_callers(tty, &owner) && !(master && (owner.session || !session)))
		return -ENOTTY;
	return get_number(space, argument, session ? owner.session : owner.group);
}

static int set_foreground(struct tty *tty, u64 argument, struct space *space)
{
	struct owner owner;
	s32 group, session;
	int error = copy_from_user(space, &group, UADDR(argument), sizeof(group));

	if (error)
		return error;
	if (!is_callers(tty, &owner))
		return -ENOTTY;
	if (group < 0)
		return -EINVAL;
	error = tty_check_background(tty, SIGTTOU);
	if (error)
		return error == -EIO ? -ENOTTY : error;
	session = session_of_group(group);
	if (session != owner.session)
		return session < 0 ? session : -EPERM;
	spin_lock(&terminals_lock);
	tty->group = group;
	spin_unlock(&terminals_lock);
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
	tty->driver->discard(tty, TCIFLUSH);
	line_flush(&tty->line);
	tty_tell(tty, TIOCPKT_FLUSHREAD);
}

/* Whether Ctrl-S and Ctrl-Q stop and start the output. */
static bool has_usual_flow(const struct termios2 *termios)
{
	return (termios->c_iflag & IXON) && termios->c_cc[VSTOP] == ('S' & 0x1f) &&
		termios->c_cc[VSTART] == ('Q' & 0x1f);
}

/* Output is written at once, so there is never any to wait for. */
static int set_settings(struct tty *tty, u64 argument, struct space *space, size_t size, bool flush)
{
	struct termios2 settings = tty->line.termios;
	bool had_flow, was_stopped;
	int error = tty_check_background(tty, SIGTTOU);

	if (!error)
		error = copy_from_user(space, &settings, UADDR(argument), size);
	if (error)
		return error;
	mutex_lock(&tty->lock);
	if (flush)
		discard_input(tty);
	had_flow = has_usual_flow(&tty->line.termios);
	was_stopped = line_is_stopped(&tty->line);
	line_set(&tty->line, &settings);
	if (had_flow != has_usual_flow(&settings))
		tty_tell(tty, had_flow ? TIOCPKT_NOSTOP : TIOCPKT_DOSTOP);
	tty_tell_flow(tty, was_stopped);
	mutex_unlock(&tty->lock);
	wake_all(&tty->arrived); /* there may be room for input */
	wake_all(&tty->readable);
	wake_all(&tty->writable); /* without IXON, output goes on */
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
	group = owner_of(tty).group;
	changed = window.ws_row != tty->window.ws_row || window.ws_col != tty->window.ws_col;
	tty->window = window;
	mutex_unlock(&tty->lock);
	if (changed && group)
		session_signal_group(group, SIGWINCH);
	return 0;
}

static int flush(struct tty *tty, u64 queue)
{
	if (queue != TCIFLUSH && queue != TCOFLUSH && queue != TCIOFLUSH)
		return -EINVAL;
	if (queue != TCIFLUSH) {
		tty->driver->discard(tty, TCOFLUSH);
		tty_tell(tty, TIOCPKT_FLUSHWRITE);
		wake_all(&tty->writable);
	}
	if (queue != TCOFLUSH) {
		mutex_lock(&tty->lock);
		discard_input(tty);
		mutex_unlock(&tty->lock);
		wake_all(&tty->arrived);
	}
	return 0;
}

/* TCXONC: stops and starts the output, or asks the other side to do so. */
static int control_flow(struct tty *tty, u64 action)
{
	int error = tty_check_background(tty, SIGTTOU);
	bool was_stopped;

	if (error)
		return error;
	if (action > TCION)
		return -EINVAL;
	mutex_lock(&tty->lock);
	was_stopped = line_is_stopped(&tty->line);
	if (action == TCOOFF || action == TCOON)
		tty->line.held = action == TCOOFF;
	else
		line_send(&tty->line, action == TCIOFF ? VSTOP : VSTART);
	tty_tell_flow(tty, was_stopped);
	mutex_unlock(&tty->lock);
	wake_all(&tty->writable);
	return 0;
}

static s64 settings_ioctl(struct tty *tty, u32 command, u64 argument, struct space *space)
{
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
			command == (u32)TCSETSF2);
	case TIOCGWINSZ:
		return copy_to_user(space, UADDR(argument), &tty->window, sizeof(tty->window));
	case TIOCSWINSZ:
		return set_window(tty, argument, space);
	case FIONREAD:
		return get_number(space, argument, (s32)line_available(&tty->line));
	case TIOCOUTQ:
		return get_number(space, argument, 0);
	case TCFLSH:
		return flush(tty, argument);
	case TCXONC:
		return control_flow(tty, argument);
	case TCSBRK:
	case TCSBRKP:
		return 0;
	case TIOCEXCL:
	case TIOCNXCL:
		atomic_store_explicit(&tty->exclusive, command == TIOCEXCL, memory_order_relaxed);
		return 0;
	case (u32)TIOCGEXCL:
		return get_number(space, argument, tty->exclusive);
	case TIOCSTI:
		return -EIO; /* nobody may type for others */
	default:
		return -ENOTTY;
	}
}

static s64 control(struct tty *tty, u32 command, u64 argument, struct space *space, bool master)
{
	switch (command) {
	case TIOCGPGRP:
		return get_owner(tty, argument, space, false, master);
	case TIOCGSID:
		return get_owner(tty, argument, space, true, master);
	case TIOCSPGRP:
		return set_foreground(tty, argument, space);
	case TIOCSCTTY:
		return adopt(tty, argument == 1 && capable(CAP_SYS_ADMIN));
	case TIOCNOTTY:
		return give_up(tty);
	default:
		return settings_ioctl(tty, command, argument, space);
	}
}

s64 tty_ioctl(struct file *file, u32 command, u64 argument, struct space *space)
{
	struct tty *tty = file->private;

	return tty_is_hung_up(tty) ? -EIO : control(tty, command, argument, space, false);
}

s64 tty_ioctl_from_master(struct tty *tty, u32 command, u64 argument, struct space *space)
{
	return control(tty, command, argument, space, true);
}
