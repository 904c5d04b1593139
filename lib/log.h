/*
 * What every layer may say: log lines, assertions, panic. drivers/log.c implements it (tests
 * bring their own), since only drivers know a console. All of it may be called with locks held
 * and with interrupts off; nothing sleeps.
 */
#pragma once

#include "lib/types.h"

#include <stdarg.h>

/* The lower, the graver. */
#define LOG_LEVEL_ERROR 0
#define LOG_LEVEL_WARN  1
#define LOG_LEVEL_INFO  2
#define LOG_LEVEL_DEBUG 3

/* What is compiled in at all: the build's option log_level. */
#ifndef LOG_LEVEL
#define LOG_LEVEL LOG_LEVEL_INFO
#endif

/*
 * One line: time stamp, text, and a newline, which the format leaves out. Use the log_error()
 * family below, which costs nothing for levels that are not compiled in.
 */
void log_line(int level, const char *format, ...) PRINTF_LIKE(2, 3);

/* Text as it is, with no time stamp and no newline added, whatever the level. */
void log_raw(const char *format, ...) PRINTF_LIKE(1, 2);

/* Prints the message and how the kernel got here, and stops every hart. */
NORETURN void panic(const char *format, ...) PRINTF_LIKE(1, 2);

#define LOG_AT(level, ...)                            \
	do {                                          \
		if ((level) <= LOG_LEVEL)             \
			log_line(level, __VA_ARGS__); \
	} while (0)

#define log_error(...) LOG_AT(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...)  LOG_AT(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...)  LOG_AT(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) LOG_AT(LOG_LEVEL_DEBUG, __VA_ARGS__)

/* For what must hold whatever a user does. Checked in every build. */
#define ASSERT(condition)                                                                     \
	do {                                                                                  \
		if (unlikely(!(condition)))                                                   \
			panic("%s:%d: assertion failed: %s", __FILE__, __LINE__, #condition); \
	} while (0)

/* For what is too costly to check in every build: always compiled, but run only in debug builds. */
#if COWSLIP_DEBUG
#define DEBUG_ASSERT(condition) ASSERT(condition)
#else
#define DEBUG_ASSERT(condition)            \
	do {                               \
		if (false)                 \
			ASSERT(condition); \
	} while (0)
#endif
