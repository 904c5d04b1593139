/*
 * ls [-a] [-l] [-1] [PATH…]: lists directories, sorted. -a shows names that begin with a dot,
 * -l type and permissions, links, owner, group, size (or device number) and where a symbolic
 * link leads. On a terminal names stand in columns, unless -1 or -l is given.
 */
#include <dirent.h>
#include <err.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "usr/bin/tool.h"

struct list {
	char **names;
	size_t count;
};

static bool show_all, show_long, one_per_line;

static void append(struct list *list, const char *name)
{
	char **larger = realloc(list->names, (list->count + 1) * sizeof(*larger));
	char *copy = strdup(name);

	if (!larger || !copy)
		err(EXIT_FAILURE, "%s", name);
	list->names = larger;
	list->names[list->count++] = copy;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void format_mode(mode_t mode, char *text)
{
	static const char types[] = "?pc?d?b?-?l?s???";

	text[0] = types[mode >> 12 & 15];
	for (int i = 0; i < 9; i++)
		text[1 + i] = mode & 0400U >> i ? "rwx"[i % 3] : '-';
	if (mode & S_ISUID)
		text[3] = 's';
	if (mode & S_ISGID)
		text[6] = 's';
	if (mode & S_ISVTX)
		text[9] = 't';
	text[10] = '\0';
}

static int print_long(const char *path, const char *name)
{
	char mode[11], target[PATH_MAX], size[24];
	struct stat info;
	ssize_t length;

	if (lstat(path, &info) < 0) {
		warn("%s", path);
		return 1;
	}
	format_mode(info.st_mode, mode);
	if (S_ISCHR(info.st_mode) || S_ISBLK(info.st_mode))
		snprintf(size, sizeof(size), "%lu,%lu", info.st_rdev >> 8 & 0xfff,
			info.st_rdev & 0xff);
	else
		snprintf(size, sizeof(size), "%ld", info.st_size);
	printf("%s %3u %4u %4u %9s %s", mode, info.st_nlink, info.st_uid, info.st_gid, size, name);
	if (S_ISLNK(info.st_mode) && (length = readlink(path, target, sizeof(target))) > 0)
		printf(" -> %.*s", (int)length, target);
	putchar('\n');
	return 0;
}

static void print_columns(const struct list *list, size_t terminal_width)
{
	size_t width = 1, columns, rows;

	for (size_t i = 0; i < list->count; i++)
		if (strlen(list->names[i]) + 2 > width)
			width = strlen(list->names[i]) + 2;
	columns = terminal_width > width ? terminal_width / width : 1;
	rows = (list->count + columns - 1) / columns;
	for (size_t row = 0; row < rows; row++) {
		for (size_t i = row; i < list->count; i += rows)
			printf("%-*s", i + rows < list->count ? (int)width : 0, list->names[i]);
		putchar('\n');
	}
}

/* 0: the output is not a terminal. */
static size_t terminal_width(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO))
		return 0;
	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
}

static int list_directory(const char *path)
{
	DIR *directory = opendir(path);
	size_t width = terminal_width();
	struct list list = { 0 };
	struct dirent *entry;
	int status = 0;

	if (!directory) {
		warn("%s", path);
		return 1;
	}
	while ((entry = readdir(directory)))
		if (show_all || entry->d_name[0] != '.')
			append(&list, entry->d_name);
	closedir(directory);
	qsort(list.names, list.count, sizeof(*list.names), by_name);

	if (width && !show_long && !one_per_line) {
		print_columns(&list, width);
		return 0;
	}
	for (size_t i = 0; i < list.count; i++) {
		char full[PATH_MAX];

		snprintf(full, sizeof(full), "%s/%s", path, list.names[i]);
		if (show_long)
			status |= print_long(full, list.names[i]);
		else
			puts(list.names[i]);
	}
	return status;
}

static int list_path(const char *path, bool with_title)
{
	struct stat info;

	if ((show_long ? lstat(path, &info) : stat(path, &info)) < 0) {
		warn("%s", path);
		return 1;
	}
	if (S_ISDIR(info.st_mode)) {
		if (with_title)
			printf("%s:\n", path);
		return list_directory(path);
	}
	if (show_long)
		return print_long(path, path);
	puts(path);
	return 0;
}

int main(int argc, char **argv)
{
	int status = 0, option;
	bool many;

	while ((option = getopt(argc, argv, "al1")) != -1) {
		if (option == '?')
			return EXIT_FAILURE;
		show_all |= option == 'a';
		show_long |= option == 'l';
		one_per_line |= option == '1';
	}
	if (optind == argc)
		status = list_path(".", false);
	for (many = argc - optind > 1; optind < argc; optind++)
		status |= list_path(argv[optind], many);
	return output_status(status, 1);
}
