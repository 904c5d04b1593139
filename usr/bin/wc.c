/*
 * wc [-l] [-w] [-c] [FILE…]: counts lines, words and bytes.
 */
#include <ctype.h>
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "usr/bin/tool.h"

struct counts {
	unsigned long lines, words, bytes;
};

static bool show_lines, show_words, show_bytes;

static struct counts count(FILE *stream)
{
	struct counts counts = { 0 };
	bool in_word = false;
	int character;

	while ((character = getc(stream)) != EOF) {
		counts.bytes++;
		counts.lines += character == '\n';
		counts.words += !in_word && !isspace(character);
		in_word = !isspace(character);
	}
	return counts;
}

/* As POSIX wants it: one blank between numbers, and before a name if there is one. */
static void show(const struct counts *counts, const char *name)
{
	const char *blank = "";

	if (show_lines) {
		printf("%lu", counts->lines);
		blank = " ";
	}
	if (show_words) {
		printf("%s%lu", blank, counts->words);
		blank = " ";
	}
	if (show_bytes)
		printf("%s%lu", blank, counts->bytes);
	printf("%s%s\n", name[0] ? " " : "", name);
}

int main(int argc, char **argv)
{
	struct counts total = { 0 };
	int status = 0, option, files;

	while ((option = getopt(argc, argv, "lwc")) != -1) {
		if (option == '?')
			return EXIT_FAILURE;
		show_lines |= option == 'l';
		show_words |= option == 'w';
		show_bytes |= option == 'c';
	}
	if (!show_lines && !show_words && !show_bytes)
		show_lines = show_words = show_bytes = true;
	files = argc - optind;
	if (!files) {
		total = count(stdin);
		show(&total, "");
		status = close_input(stdin, "-");
	}
	for (; optind < argc; optind++) {
		FILE *stream = fopen(argv[optind], "r");
		struct counts counts;

		if (!stream) {
			warn("%s", argv[optind]);
			status = 1;
			continue;
		}
		counts = count(stream);
		status |= close_input(stream, argv[optind]);
		show(&counts, argv[optind]);
		total.lines += counts.lines;
		total.words += counts.words;
		total.bytes += counts.bytes;
	}
	if (files > 1)
		show(&total, "total");
	return output_status(status, 1);
}
