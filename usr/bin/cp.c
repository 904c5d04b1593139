/*
 * cp [-r] SOURCE… DESTINATION: copies files; with -r also directories and all in them, and links
 * as links.
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

static bool recursive;
static struct stat first_made; /* the top directory of the copy, which may be in the source */

static int copy(const char *source, const char *destination);

static int copy_content(int from, int to)
{
	static char buffer[16384];
	ssize_t length;

	while ((length = read(from, buffer, sizeof(buffer))) > 0)
		for (ssize_t done = 0, n; done < length; done += n)
			if ((n = write(to, buffer + done, length - done)) < 0)
				return -1;
	return length < 0 ? -1 : 0;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static int copy_file(const char *source, const char *destination, mode_t mode)
{
	int from = open(source, O_RDONLY);
	int to = from < 0 ? -1 : open(destination, O_WRONLY | O_CREAT | O_TRUNC, mode & 0777);
	int status = to < 0 || copy_content(from, to) < 0;

	if (status)
		warn("%s", from < 0 ? source : destination);
	if (from >= 0)
		close(from);
	if (to >= 0)
		close(to);
	return status;
}

/* A symbolic link, a FIFO, a device. */
static int copy_special(const char *source, const char *destination, const struct stat *info)
{
	char target[PATH_MAX] = "";

	if (!S_ISLNK(info->st_mode) && mknod(destination, info->st_mode, info->st_rdev) == 0)
		return 0;
	if (S_ISLNK(info->st_mode) && readlink(source, target, sizeof(target) - 1) > 0 &&
		symlink(target, destination) == 0)
		return 0;
	warn("%s", destination);
	return 1;
}

static int copy_directory(const char *source, const char *destination, mode_t mode)
{
	DIR *directory = opendir(source);
	char from[PATH_MAX], to[PATH_MAX];
	struct dirent *entry;
	int status = 0;

	if (!directory || (mkdir(destination, mode & 0777) < 0 && errno != EEXIST)) {
		warn("%s", directory ? destination : source);
		return 1;
	}
	if (!first_made.st_ino)
		stat(destination, &first_made);
	while ((entry = readdir(directory))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(from, sizeof(from), "%s/%s", source, entry->d_name);
		snprintf(to, sizeof(to), "%s/%s", destination, entry->d_name);
		status |= copy(from, to);
	}
	closedir(directory);
	return status;
}

static int copy(const char *source, const char *destination)
{
	struct stat info, old;

	if ((recursive ? lstat(source, &info) : stat(source, &info)) < 0) {
		warn("%s", source);
		return 1;
	}
	if (same_file(&info, &first_made) ||
		(stat(destination, &old) == 0 && same_file(&info, &old))) {
		warnx("%s is not copied into itself", source);
		return 1;
	}
	if (recursive && !S_ISDIR(info.st_mode) && !S_ISREG(info.st_mode))
		return copy_special(source, destination, &info);
	if (!S_ISDIR(info.st_mode))
		return copy_file(source, destination, info.st_mode);
	if (recursive)
		return copy_directory(source, destination, info.st_mode);
	warnx("%s is a directory (-r copies it)", source);
	return 1;
}

int main(int argc, char **argv)
{
	const char *destination = argv[argc - 1];
	struct stat info;
	int status = 0, option;
	bool into;

	while ((option = getopt(argc, argv, "r")) != -1) {
		if (option == '?')
			return EXIT_FAILURE;
		recursive = true;
	}
	if (argc - optind < 2)
		errx(EXIT_FAILURE, "usage: cp [-r] SOURCE… DESTINATION");
	into = stat(destination, &info) == 0 && S_ISDIR(info.st_mode);
	if (argc - optind > 2 && !into)
		errx(EXIT_FAILURE, "%s is not a directory", destination);
	for (; optind < argc - 1; optind++) {
		char path[PATH_MAX];
		int length;
		const char *name = last_name(argv[optind], &length);

		snprintf(path, sizeof(path), "%s/%.*s", destination, length, name);
		first_made.st_ino = 0;
		status |= copy(argv[optind], into ? path : destination);
	}
	return status;
}
