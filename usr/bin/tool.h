/*
 * What several tools need: a count of lines, the end of input and output, a path's last part.
 */
#pragma once

#include <ctype.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The status to exit with: `status`, or `failed` if some output could not be written. */
static inline int output_status(int status, int failed)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	warnx("the output could not be written");
	return failed;
}

/* Parses the number of lines that an option gives. */
static inline unsigned long parse_count(const char *text)
{
	char *end;
	unsigned long count = strtoul(text, &end, 10);

	if (!isdigit(*text) || *end)
		errx(EXIT_FAILURE, "%s is not a number of lines", text);
	return count;
}

/* Closes a stream that was read to its end. After a read error, complains and returns 1. */
static inline int close_input(FILE *stream, const char *name)
{
	int failed = ferror(stream);

	if (failed)
		warnx("%s: cannot be read", name);
	fclose(stream);
	return failed;
}

/* The last part of a path, and its length without trailing slashes. */
static inline const char *last_name(const char *path, int *length)
{
	const char *end = path + strlen(path), *start;

	while (end > path + 1 && end[-1] == '/')
		end--;
	for (start = end; start > path && start[-1] != '/'; start--)
		;
	*length = (int)(end - start);
	return start;
}
