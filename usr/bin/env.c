/*
 * env [NAME=VALUE…] [COMMAND [ARGUMENT…]]: prints the environment, or runs a command with a
 * changed one.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "usr/bin/tool.h"

int main(int argc, char **argv)
{
	int i = 1;

	for (; i < argc && strchr(argv[i], '='); i++)
		putenv(argv[i]);
	if (i < argc) {
		execvp(argv[i], argv + i);
		err(errno == ENOENT ? 127 : 126, "%s", argv[i]);
	}
	for (char **entry = environ; *entry; entry++)
		puts(*entry);
	return output_status(0, 1);
}
