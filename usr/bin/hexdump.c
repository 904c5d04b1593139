/*
 * hexdump [-n LENGTH] [-s OFFSET] [FILE]: shows bytes as hexadecimal numbers and as text. Lines
 * that repeat the one before are shown as a single *.
 */
#include <ctype.h>
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "usr/bin/tool.h"

#define WIDTH 16

static void print_line(unsigned long offset, const unsigned char *bytes, size_t length)
{
	printf("%08lx ", offset);
	for (size_t i = 0; i < WIDTH; i++) {
		if (i == WIDTH / 2)
			putchar(' ');
		if (i < length)
			printf(" %02x", bytes[i]);
		else
			fputs("   ", stdout);
	}
	fputs("  |", stdout);
	for (size_t i = 0; i < length; i++)
		putchar(isprint(bytes[i]) ? bytes[i] : '.');
	puts("|");
}

static void dump(FILE *stream, unsigned long offset, unsigned long limit)
{
	unsigned char bytes[WIDTH], before[WIDTH];
	bool first = true, repeating = false;
	size_t length;

	while ((length = fread(bytes, 1, limit < WIDTH ? limit : WIDTH, stream)) > 0) {
		if (!first && length == WIDTH && memcmp(bytes, before, WIDTH) == 0) {
			if (!repeating)
				puts("*");
			repeating = true;
		} else {
			print_line(offset, bytes, length);
			repeating = false;
		}
		first = false;
		memcpy(before, bytes, WIDTH);
		offset += length;
		limit -= length;
	}
	printf("%08lx\n", offset);
}

int main(int argc, char **argv)
{
	unsigned long offset = 0, limit = ~0UL;
	FILE *stream = stdin;
	int option;

	while ((option = getopt(argc, argv, "n:s:")) != -1) {
		if (option == '?')
			return EXIT_FAILURE;
		if (option == 'n')
			limit = strtoul(optarg, NULL, 0);
		else
			offset = strtoul(optarg, NULL, 0);
	}
	if (optind < argc && !(stream = fopen(argv[optind], "r")))
		err(EXIT_FAILURE, "%s", argv[optind]);
	if (offset && fseek(stream, (long)offset, SEEK_SET) < 0)
		err(EXIT_FAILURE, "cannot go to %lu", offset);
	dump(stream, offset, limit);
	return output_status(close_input(stream, optind < argc ? argv[optind] : "-"), 1);
}
