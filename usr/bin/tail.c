/*
 * tail [-n COUNT] [FILE]: prints the last lines (10) of a file or of standard input; with
 * -n +NUMBER, all from that line on.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "usr/bin/tool.h"

static void print_from(FILE *stream, unsigned long first)
{
	unsigned long number = 1;
	int character;

	while ((character = getc(stream)) != EOF) {
		if (number >= first)
			putchar(character);
		number += character == '\n';
	}
}

/* A ring of the last lines: the next one takes the place of the oldest. */
static void print_last(FILE *stream, size_t count)
{
	char **lines = calloc(count, sizeof(*lines)), *line = NULL;
	size_t next = 0, size;

	if (!lines)
		err(EXIT_FAILURE, "%zu lines", count);
	while (getline(&line, &size, stream) > 0) {
		free(lines[next % count]);
		lines[next++ % count] = line;
		line = NULL;
	}
	for (size_t i = 0; i < count; i++) {
		line = lines[(next + i) % count];
		if (line)
			fputs(line, stdout);
		free(line);
	}
	free(lines);
}

int main(int argc, char **argv)
{
	const char *count = "10";
	FILE *stream = stdin;
	int option;

	while ((option = getopt(argc, argv, "n:")) != -1) {
		if (option == '?')
			return EXIT_FAILURE;
		count = optarg;
	}
	if (argc - optind > 1)
		errx(EXIT_FAILURE, "usage: tail [-n COUNT] [FILE]");
	if (optind < argc && !(stream = fopen(argv[optind], "r")))
		err(EXIT_FAILURE, "%s", argv[optind]);
	if (*count == '+')
		print_from(stream, parse_count(count + 1));
	else if (parse_count(count + (*count == '-')))
		print_last(stream, parse_count(count + (*count == '-')));
	return output_status(close_input(stream, optind < argc ? argv[optind] : "-"), 1);
}
