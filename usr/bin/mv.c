/*
 * mv SOURCE… DESTINATION: renames a file, or moves files into a directory. A move to another
 * file system is done by cp and rm.
 */
#include <err.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "usr/bin/tool.h"

static int run(char *const *argv)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		execvp(argv[0], argv);
		err(EXIT_FAILURE, "%s", argv[0]);
	}
	return child < 0 || waitpid(child, &status, 0) < 0 || status;
}

static int move(char *source, char *destination)
{
	char *copy[] = { "cp", "-r", "--", source, destination, NULL };
	char *remove[] = { "rm", "-r", "--", source, NULL };

	if (rename(source, destination) == 0)
		return 0;
	if (errno == EXDEV)
		return run(copy) || run(remove);
	warn("%s", source);
	return 1;
}

int main(int argc, char **argv)
{
	char *destination = argv[argc - 1];
	struct stat info;
	int status = 0, into;

	if (getopt(argc, argv, "") != -1)
		return EXIT_FAILURE;
	if (argc - optind < 2)
		errx(EXIT_FAILURE, "usage: mv SOURCE… DESTINATION");
	into = stat(destination, &info) == 0 && S_ISDIR(info.st_mode);
	if (argc - optind > 2 && !into)
		errx(EXIT_FAILURE, "%s is not a directory", destination);
	for (; optind < argc - 1; optind++) {
		char path[PATH_MAX];
		int length;
		const char *name = last_name(argv[optind], &length);

		snprintf(path, sizeof(path), "%s/%.*s", destination, length, name);
		status |= move(argv[optind], into ? path : destination);
	}
	return status;
}
