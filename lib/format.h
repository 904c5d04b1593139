/*
 * printf's formats: %d %i %u %x %X %o %p %s %c %%, with the flags - 0 + space #, width and
 * precision (numbers or *), and the lengths hh h l ll z t j. An unknown conversion is printed
 * as it stands. Nothing allocates, so all of it may be called from anywhere.
 */
#pragma once

#include "lib/types.h"

#include <stdarg.h>

/* Where the text goes. Embed it in a structure of your own to reach more in `write`. */
struct format_sink {
	void (*write)(struct format_sink *sink, const char *text, size_t length);
};

/* Returns the number of characters that went to the sink. */
size_t format_to(struct format_sink *sink, const char *format, va_list arguments) PRINTF_LIKE(2, 0);

/*
 * Write at most `size` bytes with the ending NUL (none if size is 0); return the length that
 * the whole text has, which is >= size when it did not fit.
 */
int vsnprintf(char *buffer, size_t size, const char *format, va_list arguments) PRINTF_LIKE(3, 0);
int snprintf(char *buffer, size_t size, const char *format, ...) PRINTF_LIKE(3, 4);
