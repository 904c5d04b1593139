/*
 * Terminals, as the rest of the kernel sees them. What a terminal is: fs/tty_internal.h.
 */
#pragma once

#include "lib/types.h"

/* A session's leader ends or gives up the terminal: frees it, sends SIGHUP to the foreground. */
void tty_session_ended(s32 session);

/* For /proc/<pid>/stat: a session's terminal number (0: none) and foreground group (-1: none). */
void tty_describe(s32 session, u32 *number, s32 *group);

/* The body of the console's kernel thread: never returns. */
void tty_console_run(void *argument);

/* Sets up the console, pseudoterminals and /dev/tty. To be called before devtmpfs is mounted. */
void tty_init(void);
