/*
 * What stdio's two files share: the stream itself. buffer[start..end) is what was read ahead,
 * or, while `writing`, what waits to be written.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

struct stream {
	int fd;
	int mode; /* _IOFBF, _IOLBF or _IONBF */
	bool writing;
	bool eof;
	bool error;
	size_t start;
	size_t end;
	char *buffer; /* BUFSIZ bytes */
	struct stream *next;
};

/* 0, or EOF with errno. */
int stream_write(FILE *stream, const char *text, size_t length);

void flush_streams(void);
