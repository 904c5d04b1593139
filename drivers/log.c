/*
 * The kernel log (drivers/log.h). Text is put together under the lock and reaches the console in
 * pieces of a line, so that lines of several harts never mix.
 */
#include "drivers/log.h"

#include "arch/riscv/lock.h"
#include "arch/riscv/timer.h"
#include "drivers/console.h"
#include "lib/format.h"
#include "lib/log.h"

#define PIECE_SIZE 128

static struct spinlock log_lock;
static bool lock_broken;
static int console_level = LOG_LEVEL_DEBUG;

static char text[LOG_SIZE] GUARDED_BY(log_lock);
static u64 text_written GUARDED_BY(log_lock); /* since boot; next: text[text_written % LOG_SIZE] */

/* The next text for the console, and whether the console is to show it. */
static char piece[PIECE_SIZE] GUARDED_BY(log_lock);
static size_t piece_length GUARDED_BY(log_lock);
static bool piece_shown GUARDED_BY(log_lock);

static u64 lock_log(void) ACQUIRE(log_lock) NO_THREAD_SAFETY_ANALYSIS
{
	u64 flags = interrupts_save();

	if (!lock_broken)
		spin_lock(&log_lock);
	return flags;
}

static void unlock_log(u64 flags) RELEASE(log_lock) NO_THREAD_SAFETY_ANALYSIS
{
	if (!lock_broken)
		spin_unlock(&log_lock);
	interrupts_restore(flags);
}

static void flush_piece(void) REQUIRES(log_lock)
{
	if (piece_shown && piece_length)
		console_write(piece, piece_length);
	piece_length = 0;
}

static void add_to_piece(char character) REQUIRES(log_lock)
{
	if (piece_length == PIECE_SIZE)
		flush_piece();
	piece[piece_length++] = character;
}

static void add_character(char character) REQUIRES(log_lock)
{
	text[text_written++ % LOG_SIZE] = character;
	if (character == '\n')
		add_to_piece('\r');
	add_to_piece(character);
}

/* The caller of format_to() holds the lock, which the analysis cannot see through a pointer. */
static void log_write(struct format_sink *sink UNUSED, const char *added,
	size_t length) NO_THREAD_SAFETY_ANALYSIS
{
	for (size_t i = 0; i < length; i++)
		add_character(added[i]);
}

static struct format_sink log_sink = { .write = log_write };

static void add_format(const char *format, ...) REQUIRES(log_lock)
{
	va_list arguments;

	va_start(arguments, format);
	format_to(&log_sink, format, arguments);
	va_end(arguments);
}

void log_line(int level, const char *format, ...)
{
	u64 microseconds = time_now() / NANOSECONDS_PER_MICROSECOND;
	u64 flags = lock_log();
	va_list arguments;

	piece_shown = level <= console_level;
	add_format("[%5lu.%06lu] ", microseconds / MICROSECONDS_PER_SECOND,
		microseconds % MICROSECONDS_PER_SECOND);
	va_start(arguments, format);
	format_to(&log_sink, format, arguments);
	va_end(arguments);
	add_character('\n');
	flush_piece();
	unlock_log(flags);
}

void log_vraw(const char *format, va_list arguments)
{
	u64 flags = lock_log();

	piece_shown = true;
	format_to(&log_sink, format, arguments);
	flush_piece();
	unlock_log(flags);
}

void log_raw(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_vraw(format, arguments);
	va_end(arguments);
}

void log_set_console_level(int level)
{
	console_level = level;
}

size_t log_read(u64 *position, char *buffer, size_t size)
{
	u64 flags = lock_log();
	u64 oldest = text_written > LOG_SIZE ? text_written - LOG_SIZE : 0;
	size_t length = 0;

	*position = max(*position, oldest);
	while (length < size && *position < text_written)
		buffer[length++] = text[(*position)++ % LOG_SIZE];
	unlock_log(flags);
	return length;
}

void log_break_lock(void)
{
	lock_broken = true;
}
