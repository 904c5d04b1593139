/*
 * grep [-v] [-i] [-n] [-c] [-q] PATTERN [FILE…]: prints the lines in which the pattern is found.
 * The pattern: ordinary characters, . any character, [a-z] [^a-z] a set, * any number of the
 * item before it, ^ and $ the ends of the line, \ makes the next character ordinary.
 */
#include <ctype.h>
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "usr/bin/tool.h"

static bool inverted, ignore_case, numbered, only_count, quiet;

/* Returns the end of one item of the pattern. */
static const char *item_end(const char *item)
{
	if (*item == '\\' && item[1])
		return item + 2;
	if (*item != '[' || !item[1] || (item[1] == '^' && !item[2]))
		return item + 1;

	const char *end = strchr(item + (item[1] == '^' ? 3 : 2), ']');

	return end ? end + 1 : item + 1;
}

static bool in_set(const char *set, const char *end, char character)
{
	bool wanted = *set != '^';

	for (set += !wanted; set < end; set++) {
		char low = *set, high = low;

		if (set[1] == '-' && set + 2 < end) {
			high = set[2];
			set += 2;
		}
		if (character >= low && character <= high)
			return wanted;
	}
	return !wanted;
}

static bool item_matches(const char *item, const char *end, char character)
{
	if (!character)
		return false;
	if (ignore_case)
		character = (char)tolower(character);
	if (*item == '.')
		return true;
	if (*item == '[' && end > item + 1)
		return in_set(item + 1, end - 1, character);
	if (*item == '\\' && end == item + 2)
		item++;
	return *item == character;
}

/* Whether the pattern matches exactly here. */
static bool matches_here(const char *pattern, const char *text)
{
	while (*pattern) {
		const char *end = item_end(pattern);

		if (pattern[0] == '$' && !pattern[1])
			return !*text;
		if (*end == '*') {
			const char *last = text;

			while (item_matches(pattern, end, *last))
				last++;
			for (; last >= text; last--)
				if (matches_here(end + 1, last))
					return true;
			return false;
		}
		if (!item_matches(pattern, end, *text))
			return false;
		pattern = end;
		text++;
	}
	return true;
}

static bool matches(const char *pattern, const char *text)
{
	if (*pattern == '^')
		return matches_here(pattern + 1, text);
	for (;; text++) {
		if (matches_here(pattern, text))
			return true;
		if (!*text)
			return false;
	}
}

/* Returns how many lines matched. */
static unsigned long search(const char *pattern, FILE *stream, const char *prefix)
{
	unsigned long found = 0, number = 0;
	char *line = NULL;
	size_t size;
	ssize_t length;

	while ((length = getline(&line, &size, stream)) > 0) {
		number++;
		if (line[length - 1] == '\n')
			line[length - 1] = '\0';
		if (matches(pattern, line) == inverted)
			continue;
		found++;
		if (quiet || only_count)
			continue;
		fputs(prefix, stdout);
		if (numbered)
			printf("%lu:", number);
		puts(line);
	}
	free(line);
	if (only_count)
		printf("%s%lu\n", prefix, found);
	return found;
}

int main(int argc, char **argv)
{
	unsigned long found = 0;
	bool trouble = false, many;
	char *pattern;
	int option;

	while ((option = getopt(argc, argv, "vincq")) != -1) {
		if (option == '?')
			return 2;
		inverted |= option == 'v';
		ignore_case |= option == 'i';
		numbered |= option == 'n';
		only_count |= option == 'c';
		quiet |= option == 'q';
	}
	if (optind == argc)
		errx(2, "usage: grep [-v] [-i] [-n] [-c] [-q] PATTERN [FILE…]");
	pattern = argv[optind++];
	for (char *at = pattern; ignore_case && *at; at++)
		*at = (char)tolower(*at);

	if (optind == argc) {
		found = search(pattern, stdin, "");
		trouble = close_input(stdin, "-");
	}
	for (many = argc - optind > 1; optind < argc; optind++) {
		FILE *stream = fopen(argv[optind], "r");
		char prefix[256] = "";

		if (!stream) {
			warn("%s", argv[optind]);
			trouble = true;
			continue;
		}
		if (many)
			snprintf(prefix, sizeof(prefix), "%s:", argv[optind]);
		found += search(pattern, stream, prefix);
		trouble |= close_input(stream, argv[optind]);
	}
	return output_status(trouble ? 2 : found == 0, 2);
}
