/*
 * rm [-r] [-f] PATH…: removes files; with -r also directories and all in them; with -f a missing
 * file is no error.
 */
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "usr/bin/tool.h"

static bool recursive, force;

static int remove_path(const char *path);

static int remove_directory(const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	char child[PATH_MAX];
	int status = 0;

	if (!directory) {
		warn("%s", path);
		return 1;
	}
	/* Removing may move the other entries, so it starts over until nothing is left. */
	while (status == 0 && (entry = readdir(directory))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(child, sizeof(child), "%s/%s", path, entry->d_name);
		status = remove_path(child);
		rewinddir(directory);
	}
	closedir(directory);
	if (status == 0 && rmdir(path) < 0) {
		warn("%s", path);
		status = 1;
	}
	return status;
}

static int remove_path(const char *path)
{
	struct stat info;

	if (recursive && lstat(path, &info) == 0 && S_ISDIR(info.st_mode))
		return remove_directory(path);
	if (unlink(path) == 0 || (force && errno == ENOENT))
		return 0;
	warn("%s", path);
	return 1;
}

int main(int argc, char **argv)
{
	int status = 0, option;

	while ((option = getopt(argc, argv, "rf")) != -1) {
		if (option == '?')
			return EXIT_FAILURE;
		recursive |= option == 'r';
		force |= option == 'f';
	}
	if (optind == argc && !force)
		errx(EXIT_FAILURE, "usage: rm [-r] [-f] PATH…");
	for (; optind < argc; optind++) {
		int length;
		const char *name = last_name(argv[optind], &length);

		/* Not "/", "." or "..": a pattern like .* easily includes the last. */
		if (length < 3 && (int)strspn(name, ".") == length) {
			warnx("%s is not removed", argv[optind]);
			status = 1;
		} else {
			status |= remove_path(argv[optind]);
		}
	}
	return status;
}
