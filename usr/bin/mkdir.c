/*
 * mkdir [-p] DIRECTORY…: makes directories; with -p their parents, too, and it is no error if
 * they exist.
 */
#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int make_with_parents(char *path)
{
	struct stat info;

	for (char *slash = *path ? strchr(path + 1, '/') : NULL; slash;
		slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0777) < 0 && errno != EEXIST)
			return -1;
		*slash = '/';
	}
	if (mkdir(path, 0777) == 0)
		return 0;
	return errno == EEXIST && stat(path, &info) == 0 && S_ISDIR(info.st_mode) ? 0 : -1;
}

int main(int argc, char **argv)
{
	bool parents = false;
	int status = 0, option;

	while ((option = getopt(argc, argv, "p")) != -1) {
		if (option != 'p')
			return EXIT_FAILURE;
		parents = true;
	}
	if (optind == argc)
		errx(EXIT_FAILURE, "usage: mkdir [-p] DIRECTORY…");
	for (; optind < argc; optind++) {
		char *path = argv[optind];

		if ((parents ? make_with_parents(path) : mkdir(path, 0777)) < 0) {
			warn("%s", path);
			status = 1;
		}
	}
	return status;
}
