/*
 * The kernel log behind lib/log.h: the last LOG_SIZE bytes of text in memory; what is grave enough
 * also goes to the console.
 *
 *	lock	log_lock, with interrupts off; console_lock is taken inside it
 */
#pragma once

#include "lib/types.h"

#include <stdarg.h>

#define LOG_SIZE KIB(32)

/* Which levels (LOG_LEVEL_*) the console shows: this one and all graver ones. */
void log_set_console_level(int level);

/* log_raw() for a list of arguments. */
void log_vraw(const char *format, va_list arguments) PRINTF_LIKE(1, 0);

/*
 * Copies log text from *position on, moves *position past it, and returns the number of bytes; 0 at
 * the end. Positions count all bytes since boot; text that was overwritten is skipped.
 */
size_t log_read(u64 *position, char *buffer, size_t size);

/* From a panic: from now on locks are ignored. */
void log_break_lock(void);
