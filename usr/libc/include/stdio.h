/*
 * Streams with a buffer, and formatted output. Formats are those of lib/format.h: no floating
 * point. stdout is flushed at each newline on a terminal, elsewhere when the buffer is full;
 * stderr after each call.
 */
#ifndef COWSLIP_LIBC_STDIO_H
#define COWSLIP_LIBC_STDIO_H

#include <stdarg.h>
#include <sys/types.h>

#include "lib/abi/fcntl.h"

#define EOF    (-1)
#define BUFSIZ 1024
#define _IOFBF 0
#define _IOLBF 1
#define _IONBF 2

typedef struct stream FILE;

extern FILE *const stdin;
extern FILE *const stdout;
extern FILE *const stderr;

FILE *fopen(const char *restrict path, const char *restrict mode);
FILE *fdopen(int fd, const char *mode);
int fclose(FILE *stream);
int fflush(FILE *stream); /* NULL: every stream */
int fileno(FILE *stream);
int feof(FILE *stream);
int ferror(FILE *stream);
void clearerr(FILE *stream);
int setvbuf(FILE *restrict stream, char *restrict buffer, int mode, size_t size);
int fseek(FILE *stream, long offset, int origin);
long ftell(FILE *stream);
void rewind(FILE *stream);

size_t fread(void *restrict memory, size_t size, size_t count, FILE *restrict stream);
int fgetc(FILE *stream);
int getc(FILE *stream);
int getchar(void);
int ungetc(int character, FILE *stream);
char *fgets(char *restrict line, int size, FILE *restrict stream);
ssize_t getline(char **restrict line, size_t *restrict size, FILE *restrict stream);

size_t fwrite(const void *restrict memory, size_t size, size_t count, FILE *restrict stream);
int fputc(int character, FILE *stream);
int putc(int character, FILE *stream);
int putchar(int character);
int fputs(const char *restrict text, FILE *restrict stream);
int puts(const char *text);
void perror(const char *prefix);

#define PRINTF_ARGUMENTS(text, first) __attribute__((format(printf, text, first)))

int printf(const char *restrict format, ...) PRINTF_ARGUMENTS(1, 2);
int fprintf(FILE *restrict stream, const char *restrict format, ...) PRINTF_ARGUMENTS(2, 3);
int dprintf(int fd, const char *restrict format, ...) PRINTF_ARGUMENTS(2, 3);
int sprintf(char *restrict text, const char *restrict format, ...) PRINTF_ARGUMENTS(2, 3);
int snprintf(char *restrict buffer, size_t size, const char *restrict format, ...)
	PRINTF_ARGUMENTS(3, 4);
int asprintf(char **restrict text, const char *restrict format, ...) PRINTF_ARGUMENTS(2, 3);
int vprintf(const char *restrict format, va_list arguments) PRINTF_ARGUMENTS(1, 0);
int vfprintf(FILE *restrict stream, const char *restrict format, va_list arguments)
	PRINTF_ARGUMENTS(2, 0);
int vdprintf(int fd, const char *restrict format, va_list arguments) PRINTF_ARGUMENTS(2, 0);
int vsnprintf(char *restrict buffer, size_t size, const char *restrict format, va_list arguments)
	PRINTF_ARGUMENTS(3, 0);

int remove(const char *path);
int rename(const char *path, const char *new_path);
int renameat2(int directory, const char *path, int new_directory, const char *new_path,
	unsigned int flags);

#endif
