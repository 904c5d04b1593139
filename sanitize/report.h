/*
 * Text for the reports of sanitizers. The buffer's text[0..used) is there; what is appended and does not
 * fit in `size` is left out. Both return what is used then.
 */
#pragma once

#include "lib/types.h"

#define SANITIZE_CALLERS 8 /* that are remembered; 0 ends fewer */

size_t sanitize_append(char *text, size_t used, size_t size, const char *format, ...)
	PRINTF_LIKE(4, 5);
size_t sanitize_append_callers(char *text, size_t used, size_t size, const u64 *callers);
