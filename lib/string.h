/*
 * Memory and string functions under their standard names, since the compiler calls the first
 * four by itself. They take kernel pointers only and may be called from anywhere.
 */
#pragma once

#include "lib/types.h"

void *memcpy(void *restrict destination, const void *restrict source, size_t length);
void *memmove(void *destination, const void *source, size_t length);
void *memset(void *destination, int byte, size_t length);
int memcmp(const void *a, const void *b, size_t length);
void *memchr(const void *memory, int byte, size_t length);

size_t strlen(const char *string);
/* At most `limit`, and nothing past the first `limit` bytes is read. */
size_t strnlen(const char *string, size_t limit);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t limit);
char *strchr(const char *string, int character);
char *strrchr(const char *string, int character);

/* Copies what fits in `size` bytes, always ends it with NUL (size > 0), returns strlen(source). */
size_t strlcpy(char *restrict destination, const char *restrict source, size_t size);

/* Whether `string` begins with `prefix`. */
bool string_starts_with(const char *string, const char *prefix);
