/*
 * uname [-a] [-s] [-n] [-r] [-v] [-m]: prints what system this is.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "usr/bin/tool.h"

int main(int argc, char **argv)
{
	static const char letters[] = "snrvm";
	struct utsname name;
	const char *fields[] = { name.sysname, name.nodename, name.release, name.version,
		name.machine };
	const char *separator = "";
	unsigned int wanted = 0;
	int option;

	while ((option = getopt(argc, argv, "asnrvm")) != -1) {
		if (option == '?')
			return EXIT_FAILURE;
		wanted |= option == 'a' ? ~0U : 1U << (strchr(letters, option) - letters);
	}
	if (!wanted)
		wanted = 1;
	if (uname(&name) < 0)
		err(EXIT_FAILURE, "uname");
	for (int i = 0; letters[i]; i++) {
		if (wanted >> i & 1) {
			printf("%s%s", separator, fields[i]);
			separator = " ";
		}
	}
	putchar('\n');
	return output_status(0, 1);
}
