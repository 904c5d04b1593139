/*
 * The string functions that the kernel has no use for; the others are in lib/string.c.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

int strcasecmp(const char *a, const char *b)
{
	while (*a && tolower(*a) == tolower(*b))
		a++, b++;
	return tolower((unsigned char)*a) - tolower((unsigned char)*b);
}

char *strchrnul(const char *string, int character)
{
	while (*string && *string != (char)character)
		string++;
	return (char *)string;
}

char *strstr(const char *string, const char *part)
{
	size_t length = strlen(part);

	for (; strncmp(string, part, length) != 0; string++)
		if (!*string)
			return NULL;
	return (char *)string;
}

size_t strspn(const char *string, const char *accepted)
{
	size_t length = 0;

	while (string[length] && strchr(accepted, string[length]))
		length++;
	return length;
}

size_t strcspn(const char *string, const char *rejected)
{
	size_t length = 0;

	while (string[length] && !strchr(rejected, string[length]))
		length++;
	return length;
}

char *strpbrk(const char *string, const char *accepted)
{
	string += strcspn(string, accepted);
	return *string ? (char *)string : NULL;
}

char *stpcpy(char *restrict destination, const char *restrict source)
{
	while ((*destination = *source++))
		destination++;
	return destination;
}

char *strcpy(char *restrict destination, const char *restrict source)
{
	stpcpy(destination, source);
	return destination;
}

char *strncpy(char *restrict destination, const char *restrict source, size_t limit)
{
	size_t length = strnlen(source, limit);

	memcpy(destination, source, length);
	memset(destination + length, 0, limit - length);
	return destination;
}

char *strcat(char *restrict destination, const char *restrict source)
{
	strcpy(destination + strlen(destination), source);
	return destination;
}

char *strncat(char *restrict destination, const char *restrict source, size_t limit)
{
	char *end = destination + strlen(destination);
	size_t length = strnlen(source, limit);

	memcpy(end, source, length);
	end[length] = '\0';
	return destination;
}

size_t strlcat(char *restrict destination, const char *restrict source, size_t size)
{
	size_t length = strnlen(destination, size);

	if (length == size)
		return size + strlen(source);
	return length + strlcpy(destination + length, source, size - length);
}

char *strndup(const char *string, size_t limit)
{
	size_t length = strnlen(string, limit);
	char *copy = malloc(length + 1);

	if (!copy)
		return NULL;
	memcpy(copy, string, length);
	copy[length] = '\0';
	return copy;
}

char *strdup(const char *string)
{
	return strndup(string, strlen(string));
}

char *strsep(char **string, const char *separators)
{
	char *start = *string;

	if (!start)
		return NULL;
	*string = strpbrk(start, separators);
	if (*string)
		*(*string)++ = '\0';
	return start;
}

char *strtok_r(char *restrict string, const char *restrict separators, char **restrict rest)
{
	if (!string)
		string = *rest;
	if (!string)
		return NULL;
	string += strspn(string, separators);
	*rest = *string ? string : NULL;
	return strsep(rest, separators);
}

char *strtok(char *restrict string, const char *restrict separators)
{
	static char *rest;

	return strtok_r(string, separators, &rest);
}
