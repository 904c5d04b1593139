/*
 * echo [-n] [WORD…]: prints its arguments; -n leaves out the newline.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "usr/bin/tool.h"

int main(int argc, char **argv)
{
	bool newline = !(argc > 1 && strcmp(argv[1], "-n") == 0);

	for (int i = newline ? 1 : 2; i < argc; i++)
		printf("%s%s", argv[i], i + 1 < argc ? " " : "");
	if (newline)
		putchar('\n');
	return output_status(0, 1);
}
