/*
 * Text for the reports of sanitizers. text[0..used) is in use; appended text that does not fit in
 * `size` is left out. Both return the new `used`.
 */
#pragma once

#include "lib/types.h"

#define SANITIZE_CALLERS 8 /* that are remembered; a 0 ends a shorter list */

size_t sanitize_append(char *text, size_t used, size_t size, const char *format, ...)
	PRINTF_LIKE(4, 5);
size_t sanitize_append_callers(char *text, size_t used, size_t size, const u64 *callers);
