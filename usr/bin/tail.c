/*
 * tail [-n COUNT] [FILE]: prints the last lines (10) of a file or of standard input.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	FILE *stream = stdin;
	size_t count = 10, next = 0;
	char **lines, *line = NULL;
	size_t size;
	int option;

	while ((option = getopt(argc, argv, "n:")) != -1) {
		if (option == '?')
			return EXIT_FAILURE;
		count = strtoul(optarg, NULL, 10);
	}
	if (optind < argc && !(stream = fopen(argv[optind], "r")))
		err(EXIT_FAILURE, "%s", argv[optind]);
	if (!count)
		return 0;

	/* A ring of the last lines: the next one takes the place of the oldest. */
	lines = calloc(count, sizeof(*lines));
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
	return 0;
}
