/*
 * Terminals. Between a driver and the processes stands the line discipline (fs/line.h).
 *
 * Characters arrive in interrupt handlers: tty_receive() puts them into a ring, and a kernel thread
 * of the terminal (tty_run()) takes them from there, echoes them, edits the line, and sends signals.
 */
#ifndef COWSLIP_FS_TTY_H
#define COWSLIP_FS_TTY_H

#include "lib/types.h"

struct tty;

/* The console, with its devices /dev/console and /dev/tty. Made by fs_init(). */
extern struct tty tty_console;

/* From interrupt handlers: characters have arrived. What does not fit the ring is lost. */
void tty_receive(struct tty *tty, const char *data, size_t size);

/* The body of the terminal's kernel thread: never returns. The argument is the struct tty. */
void tty_run(void *argument);

/*
 * A session leader without a terminal opened one: it becomes its controlling terminal.
 * The last process of a session is gone: the terminal is free again.
 */
void tty_session_ended(s32 session);

/* The number of the session's controlling terminal for /proc/<pid>/stat, 0: none; and its
 * foreground process group, -1: none. */
u32 tty_number_of_session(s32 session);
s32 tty_foreground_of_session(s32 session);

void tty_init(void);

#endif
