/*
 * What a terminal asks about sessions and process groups, and sends to them. proc/ implements it.
 * None of these sleeps; all are called from tasks, never from interrupt handlers.
 */
#pragma once

#include "lib/types.h"

/* About the calling process. */
s32 session_of_caller(void);
s32 session_group_of_caller(void);
bool session_caller_is_leader(void);

/* The session that the process group, or else the process, belongs to; -ESRCH: there is neither. */
s32 session_of_group(s32 group);

/* Sends a signal to each process of the group, if there is one. */
void session_signal_group(s32 group, int signal);

/* Sends a signal to the session's leader, if it is alive. */
void session_signal_leader(s32 session, int signal);

/* Sends a signal to the caller, with the caller as its sender. */
void session_signal_caller(int signal);

/*
 * Returns -EINTR, which the current system call must return. Once the signals have taken effect,
 * the call is restarted, whether this thread has taken one of them or another thread has.
 */
int session_interrupt_caller(void);

/* Whether the caller blocks or ignores the signal. */
bool session_caller_ignores(int signal);

/* Whether no member of the caller's group has a parent in another group of the session. */
bool session_caller_is_orphaned(void);
