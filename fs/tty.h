/*
 * Terminals, as the rest of the kernel sees them. What a terminal is: fs/tty_internal.h.
 */
#ifndef COWSLIP_FS_TTY_H
#define COWSLIP_FS_TTY_H

#include "lib/types.h"

/* The last process of a session is gone: its terminal is free again. */
void tty_session_ended(s32 session);

/* The number of the session's controlling terminal for /proc/<pid>/stat, 0: none; and its
 * foreground process group, -1: none. */
u32 tty_number_of_session(s32 session);
s32 tty_foreground_of_session(s32 session);

/* The body of the console's kernel thread: never returns. */
void tty_console_run(void *argument);

/* The console, pseudoterminals and /dev/tty. Before devtmpfs is mounted. */
void tty_init(void);

#endif
