/*
 * mv SOURCE… DESTINATION: renames a file, or moves files into a directory.
 */
#include <err.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int main(int argc, char **argv)
{
	const char *destination = argv[argc - 1];
	struct stat info;
	int status = 0, into;

	if (argc < 3)
		errx(EXIT_FAILURE, "usage: mv SOURCE… DESTINATION");
	into = stat(destination, &info) == 0 && S_ISDIR(info.st_mode);
	if (argc > 3 && !into)
		errx(EXIT_FAILURE, "%s is not a directory", destination);
	for (int i = 1; i < argc - 1; i++) {
		char path[PATH_MAX];
		char *slash = strrchr(argv[i], '/');

		snprintf(path, sizeof(path), "%s/%s", destination, slash ? slash + 1 : argv[i]);
		if (rename(argv[i], into ? path : destination) < 0) {
			warn("%s", argv[i]);
			status = 1;
		}
	}
	return status;
}
