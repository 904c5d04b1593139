/*
 * head [-n COUNT] [FILE…]: prints the first lines (10) of files or of standard input.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "usr/bin/tool.h"

static int print_head(FILE *stream, const char *name, unsigned long lines)
{
	int character;

	while (lines > 0 && (character = getc(stream)) != EOF) {
		putchar(character);
		lines -= character == '\n';
	}
	return close_input(stream, name);
}

int main(int argc, char **argv)
{
	unsigned long lines = 10;
	int status = 0, option, files;

	while ((option = getopt(argc, argv, "n:")) != -1) {
		if (option == '?')
			return EXIT_FAILURE;
		lines = parse_count(optarg);
	}
	files = argc - optind;
	if (!files)
		status = print_head(stdin, "-", lines);
	for (; optind < argc; optind++) {
		FILE *stream = fopen(argv[optind], "r");

		if (!stream) {
			warn("%s", argv[optind]);
			status = 1;
			continue;
		}
		if (files > 1)
			printf("==> %s <==\n", argv[optind]);
		status |= print_head(stream, argv[optind], lines);
	}
	return output_status(status, 1);
}
