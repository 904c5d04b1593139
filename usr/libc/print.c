/*
 * The printf family. lib/format.c does the formatting, as in the kernel; this file sends the text
 * where it belongs. Text for an unbuffered stream is put together first, so that it reaches the
 * terminal in one piece.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/format.h"
#include "usr/libc/stream.h"

struct stream_sink {
	struct format_sink sink;
	FILE *stream;
	int result;
};

static void write_to_stream(struct format_sink *sink, const char *text, size_t length)
{
	struct stream_sink *self = (struct stream_sink *)sink;

	self->result |= stream_write(self->stream, text, length);
}

int vfprintf(FILE *restrict stream, const char *restrict format, va_list arguments)
{
	struct stream_sink sink = { .sink.write = write_to_stream, .stream = stream };
	int mode = stream->mode;
	size_t length;

	if (mode == _IONBF)
		stream->mode = _IOFBF;
	length = format_to(&sink.sink, format, arguments);
	if (mode == _IONBF) {
		stream->mode = mode;
		sink.result |= fflush(stream);
	}
	return sink.result < 0 ? -1 : (int)length;
}

int vprintf(const char *restrict format, va_list arguments)
{
	return vfprintf(stdout, format, arguments);
}

int printf(const char *restrict format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	int length = vfprintf(stdout, format, arguments);
	va_end(arguments);
	return length;
}

int fprintf(FILE *restrict stream, const char *restrict format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	int length = vfprintf(stream, format, arguments);
	va_end(arguments);
	return length;
}

int vdprintf(int fd, const char *restrict format, va_list arguments)
{
	char buffer[BUFSIZ];
	struct stream stream = { .fd = fd, .mode = _IONBF, .buffer = buffer };

	return vfprintf(&stream, format, arguments);
}

int dprintf(int fd, const char *restrict format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	int length = vdprintf(fd, format, arguments);
	va_end(arguments);
	return length;
}

int sprintf(char *restrict text, const char *restrict format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	int length = vsnprintf(text, INT_MAX, format, arguments);
	va_end(arguments);
	return length;
}

int asprintf(char **restrict text, const char *restrict format, ...)
{
	va_list arguments, again;

	va_start(arguments, format);
	va_copy(again, arguments);
	int length = vsnprintf(NULL, 0, format, arguments);
	*text = malloc((size_t)length + 1);
	if (*text)
		vsnprintf(*text, (size_t)length + 1, format, again);
	va_end(again);
	va_end(arguments);
	return *text ? length : -1;
}

void perror(const char *prefix)
{
	const char *message = strerror(errno);

	if (prefix && *prefix)
		fprintf(stderr, "%s: %s\n", prefix, message);
	else
		fprintf(stderr, "%s\n", message);
}
