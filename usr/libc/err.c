/*
 * Complaints that name the program, see err.h.
 */
#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void complain(bool with_error, const char *format, va_list arguments)
{
	const char *reason = strerror(errno);
	char text[256];

	vsnprintf(text, sizeof(text), format, arguments);
	if (with_error)
		fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, text, reason);
	else
		fprintf(stderr, "%s: %s\n", program_invocation_short_name, text);
}

void warn(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	complain(true, format, arguments);
	va_end(arguments);
}

void warnx(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	complain(false, format, arguments);
	va_end(arguments);
}

void err(int status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	complain(true, format, arguments);
	va_end(arguments);
	exit(status);
}

void errx(int status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	complain(false, format, arguments);
	va_end(arguments);
	exit(status);
}
