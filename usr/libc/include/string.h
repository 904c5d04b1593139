#ifndef COWSLIP_LIBC_STRING_H
#define COWSLIP_LIBC_STRING_H

#include <stddef.h>

void *memcpy(void *restrict destination, const void *restrict source, size_t length);
void *memmove(void *destination, const void *source, size_t length);
void *memset(void *destination, int byte, size_t length);
int memcmp(const void *a, const void *b, size_t length);
void *memchr(const void *memory, int byte, size_t length);

size_t strlen(const char *string);
size_t strnlen(const char *string, size_t limit);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t limit);
int strcasecmp(const char *a, const char *b);
char *strchr(const char *string, int character);
char *strrchr(const char *string, int character);
char *strchrnul(const char *string, int character);
char *strstr(const char *string, const char *part);
size_t strspn(const char *string, const char *accepted);
size_t strcspn(const char *string, const char *rejected);
char *strpbrk(const char *string, const char *accepted);

char *strcpy(char *restrict destination, const char *restrict source);
char *stpcpy(char *restrict destination, const char *restrict source);
char *strncpy(char *restrict destination, const char *restrict source, size_t limit);
char *strcat(char *restrict destination, const char *restrict source);
char *strncat(char *restrict destination, const char *restrict source, size_t limit);
size_t strlcpy(char *restrict destination, const char *restrict source, size_t size);
size_t strlcat(char *restrict destination, const char *restrict source, size_t size);
char *strdup(const char *string);
char *strndup(const char *string, size_t limit);
char *strtok_r(char *restrict string, const char *restrict separators, char **restrict rest);
char *strtok(char *restrict string, const char *restrict separators);
char *strsep(char **string, const char *separators);

/* Both return a text that must not be changed, for unknown numbers too. */
char *strerror(int number);
char *strsignal(int number);

/* "INT" for SIGINT; NULL for a number without a name. */
const char *sigabbrev_np(int number);

#endif
