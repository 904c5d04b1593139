/*
 * head [-n COUNT] [FILE…]: prints the first lines (10) of files or of standard input.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void print_head(FILE *stream, long lines)
{
	int character;

	while (lines > 0 && (character = getc(stream)) != EOF) {
		putchar(character);
		lines -= character == '\n';
	}
}

int main(int argc, char **argv)
{
	long lines = 10;
	int status = 0, option, files;

	while ((option = getopt(argc, argv, "n:")) != -1) {
		if (option == '?')
			return EXIT_FAILURE;
		lines = atol(optarg);
	}
	files = argc - optind;
	if (!files)
		print_head(stdin, lines);
	for (; optind < argc; optind++) {
		FILE *stream = fopen(argv[optind], "r");

		if (!stream) {
			warn("%s", argv[optind]);
			status = 1;
			continue;
		}
		if (files > 1)
			printf("==> %s <==\n", argv[optind]);
		print_head(stream, lines);
		fclose(stream);
	}
	return status;
}
