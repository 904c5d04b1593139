/*
 * Streams: a descriptor with a buffer, used for reading or for writing, whichever came last.
 * All open streams are on one list, for fflush(NULL) and exit.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "usr/libc/stream.h"

/* Decided at the first write: by line on a terminal, else when the buffer is full. */
#define MODE_UNDECIDED -1

static char buffers[3][BUFSIZ];
static struct stream standard_error = {
	.fd = STDERR_FILENO,
	.mode = _IONBF,
	.buffer = buffers[2],
};
static struct stream standard_output = {
	.fd = STDOUT_FILENO,
	.mode = MODE_UNDECIDED,
	.buffer = buffers[1],
	.next = &standard_error,
};
static struct stream standard_input = {
	.fd = STDIN_FILENO,
	.mode = MODE_UNDECIDED,
	.buffer = buffers[0],
	.next = &standard_output,
};
static struct stream *all_streams = &standard_input;

FILE *const stdin = &standard_input;
FILE *const stdout = &standard_output;
FILE *const stderr = &standard_error;

static int open_flags(const char *mode)
{
	int flags = strchr(mode, '+') ? O_RDWR : *mode == 'r' ? O_RDONLY : O_WRONLY;

	if (*mode == 'w')
		flags |= O_CREAT | O_TRUNC;
	else if (*mode == 'a')
		flags |= O_CREAT | O_APPEND;
	if (strchr(mode, 'e'))
		flags |= O_CLOEXEC;
	if (strchr(mode, 'x'))
		flags |= O_EXCL;
	return flags;
}

FILE *fdopen(int fd, const char *mode)
{
	FILE *stream = calloc(1, sizeof(*stream) + BUFSIZ);

	(void)mode;
	if (!stream)
		return NULL;
	stream->fd = fd;
	stream->buffer = (char *)(stream + 1);
	stream->mode = MODE_UNDECIDED;
	stream->next = all_streams;
	all_streams = stream;
	return stream;
}

FILE *fopen(const char *restrict path, const char *restrict mode)
{
	int fd = open(path, open_flags(mode), 0666);
	FILE *stream;

	if (fd < 0)
		return NULL;
	stream = fdopen(fd, mode);
	if (!stream)
		close(fd);
	return stream;
}

int fclose(FILE *stream)
{
	int flushed = fflush(stream);
	int closed = close(stream->fd);

	for (FILE **link = &all_streams; *link; link = &(*link)->next) {
		if (*link == stream) {
			*link = stream->next;
			break;
		}
	}
	if (stream != stdin && stream != stdout && stream != stderr)
		free(stream);
	return flushed < 0 || closed < 0 ? EOF : 0;
}

static int write_all(FILE *stream, const char *text, size_t length)
{
	while (length) {
		ssize_t written = write(stream->fd, text, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0) {
			stream->error = true;
			return EOF;
		}
		text += written;
		length -= written;
	}
	return 0;
}

/* Writes what waits to be written, or gives what was read ahead back to the file. */
static int settle(FILE *stream)
{
	size_t waiting = stream->end - stream->start;
	int result = 0;

	if (stream->writing)
		result = write_all(stream, stream->buffer + stream->start, waiting);
	else if (waiting)
		lseek(stream->fd, -(off_t)waiting, SEEK_CUR);
	stream->start = stream->end = 0;
	return result;
}

int fflush(FILE *stream)
{
	int result = 0;

	if (stream)
		return stream->writing ? settle(stream) : 0;
	for (stream = all_streams; stream; stream = stream->next)
		result |= fflush(stream);
	return result;
}

/* exit() calls this when it is linked in. */
void flush_streams(void)
{
	fflush(NULL);
}

int setvbuf(FILE *restrict stream, char *restrict buffer, int mode, size_t size)
{
	(void)buffer;
	(void)size;
	fflush(stream);
	stream->mode = mode;
	return 0;
}

int fileno(FILE *stream)
{
	return stream->fd;
}

int feof(FILE *stream)
{
	return stream->eof;
}

int ferror(FILE *stream)
{
	return stream->error;
}

void clearerr(FILE *stream)
{
	stream->eof = stream->error = false;
}

int fseek(FILE *stream, long offset, int origin)
{
	if (lseek(stream->fd, 0, SEEK_CUR) < 0 || settle(stream) < 0 ||
		lseek(stream->fd, offset, origin) < 0)
		return -1;
	stream->eof = false;
	return 0;
}

long ftell(FILE *stream)
{
	off_t offset = lseek(stream->fd, 0, SEEK_CUR);
	long waiting = (long)(stream->end - stream->start);

	if (offset < 0)
		return -1;
	return stream->writing ? offset + waiting : offset - waiting;
}

void rewind(FILE *stream)
{
	fseek(stream, 0, SEEK_SET);
	stream->error = false;
}

/* Reads ahead, after writing a prompt that waits in stdout. False: end of file, or an error. */
static bool fill(FILE *stream)
{
	ssize_t length;

	if (stream->writing) {
		settle(stream);
		stream->writing = false;
	}
	if (stdout->mode == _IOLBF)
		fflush(stdout);
	do
		length = read(stream->fd, stream->buffer, BUFSIZ);
	while (length < 0 && errno == EINTR);
	stream->start = 0;
	stream->end = length > 0 ? length : 0;
	stream->eof |= length == 0;
	stream->error |= length < 0;
	return length > 0;
}

int fgetc(FILE *stream)
{
	if ((stream->writing || stream->start == stream->end) && !fill(stream))
		return EOF;
	return (unsigned char)stream->buffer[stream->start++];
}

int getc(FILE *stream)
{
	return fgetc(stream);
}

int getchar(void)
{
	return fgetc(stdin);
}

int ungetc(int character, FILE *stream)
{
	if (stream->start == stream->end && !stream->writing)
		stream->start = stream->end =
			BUFSIZ; /* the buffer is empty: make room before its end */
	if (character == EOF || stream->writing || stream->start == 0)
		return EOF;
	stream->buffer[--stream->start] = (char)character;
	stream->eof = false;
	return character;
}

size_t fread(void *restrict memory, size_t size, size_t count, FILE *restrict stream)
{
	char *bytes = memory;
	size_t length = size * count, done = 0;

	while (done < length) {
		size_t ready;

		if ((stream->writing || stream->start == stream->end) && !fill(stream))
			break;
		ready = stream->end - stream->start;
		if (ready > length - done)
			ready = length - done;
		memcpy(bytes + done, stream->buffer + stream->start, ready);
		stream->start += ready;
		done += ready;
	}
	return size ? done / size : 0;
}

char *fgets(char *restrict line, int size, FILE *restrict stream)
{
	int length = 0, character = 0;

	if (size == 1)
		return strcpy(line, "");
	while (length < size - 1 && character != '\n' && (character = fgetc(stream)) != EOF)
		line[length++] = (char)character;
	line[length] = '\0';
	return length ? line : NULL;
}

ssize_t getline(char **restrict line, size_t *restrict size, FILE *restrict stream)
{
	size_t length = 0;
	int character = 0;

	if (!*line)
		*size = 0;
	while (character != '\n' && (character = fgetc(stream)) != EOF) {
		if (length + 2 > *size) {
			char *larger = realloc(*line, 2 * *size + 80);

			if (!larger)
				return -1;
			*line = larger;
			*size = 2 * *size + 80;
		}
		(*line)[length++] = (char)character;
	}
	if (!length)
		return -1;
	(*line)[length] = '\0';
	return (ssize_t)length;
}

static void prepare_to_write(FILE *stream)
{
	if (stream->mode == MODE_UNDECIDED)
		stream->mode = isatty(stream->fd) ? _IOLBF : _IOFBF;
	if (!stream->writing)
		settle(stream);
	stream->writing = true;
}

int stream_write(FILE *stream, const char *text, size_t length)
{
	int result = 0;

	prepare_to_write(stream);
	if (length > BUFSIZ - stream->end)
		result = settle(stream);
	if (length > BUFSIZ)
		return write_all(stream, text, length);
	memcpy(stream->buffer + stream->end, text, length);
	stream->end += length;
	if (stream->mode == _IONBF || (stream->mode == _IOLBF && memchr(text, '\n', length)))
		result |= settle(stream);
	return result;
}

size_t fwrite(const void *restrict memory, size_t size, size_t count, FILE *restrict stream)
{
	return !size || stream_write(stream, memory, size * count) < 0 ? 0 : count;
}

int fputc(int character, FILE *stream)
{
	char byte = (char)character;

	return stream_write(stream, &byte, 1) < 0 ? EOF : (unsigned char)byte;
}

int putc(int character, FILE *stream)
{
	return fputc(character, stream);
}

int putchar(int character)
{
	return fputc(character, stdout);
}

int fputs(const char *restrict text, FILE *restrict stream)
{
	return stream_write(stream, text, strlen(text));
}

int puts(const char *text)
{
	return fputs(text, stdout) < 0 ? EOF : putchar('\n');
}
