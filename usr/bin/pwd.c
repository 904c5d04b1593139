/*
 * pwd: prints the working directory.
 */
#include <err.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "usr/bin/tool.h"

int main(void)
{
	char path[PATH_MAX];

	if (!getcwd(path, sizeof(path)))
		err(EXIT_FAILURE, "getcwd");
	puts(path);
	return output_status(0, 1);
}
