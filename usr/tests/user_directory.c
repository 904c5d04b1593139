/* Names and directories: what may be made, linked, removed and entered, and what may not. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "usr/tests/memory.h"
#include "usr/tests/usertests.h"

#define FILE_MODE      0644
#define DIRECTORY_MODE 0755
#define MANY_ENTRIES   500
#define DEPTH          50
#define PATH_BYTES     512

static void path_errors(void)
{
	write_file("file", "x", 1);
	CHECK(mkdir("directory", DIRECTORY_MODE) == 0);
	CHECK(mkdir("directory/full", DIRECTORY_MODE) == 0);

	CHECK_ERROR(open("", O_RDONLY), ENOENT);
	CHECK_ERROR(open("absent", O_RDONLY), ENOENT);
	CHECK_ERROR(open("absent/file", O_CREAT | O_RDWR, FILE_MODE), ENOENT);
	CHECK_ERROR(open("directory", O_RDWR), EISDIR);
	CHECK_ERROR(open("directory", O_CREAT | O_WRONLY, FILE_MODE), EISDIR);
	CHECK_ERROR(open("file", O_RDONLY | O_DIRECTORY), ENOTDIR);
	CHECK_ERROR(mkdir("file", DIRECTORY_MODE), EEXIST);
	CHECK_ERROR(mkdir("directory", DIRECTORY_MODE), EEXIST);
	CHECK_ERROR(mkdir("absent/new", DIRECTORY_MODE), ENOENT);
	CHECK_ERROR(mkdir("", DIRECTORY_MODE), ENOENT);
	CHECK_ERROR(unlink("absent"), ENOENT);
	CHECK_ERROR(unlink("directory"), EISDIR);
	CHECK_ERROR(rmdir("file"), ENOTDIR);
	CHECK_ERROR(rmdir("absent"), ENOENT);
	CHECK_ERROR(rmdir("directory"), ENOTEMPTY);
	CHECK_ERROR(link("absent", "new"), ENOENT);
	CHECK_ERROR(link("file", "directory"), EEXIST);
	CHECK_ERROR(link("directory", "new"), EPERM);
	CHECK_ERROR(chdir("file"), ENOTDIR);
	CHECK_ERROR(chdir("absent"), ENOENT);
	CHECK_ERROR(rename("absent", "new"), ENOENT);
	CHECK_ERROR(rename("directory", "directory/full/new"), EINVAL);
	CHECK_ERROR(rename("file", "directory"), EISDIR);
	CHECK_ERROR(rename("directory", "file"), ENOTDIR);
}

static void file_as_directory(void)
{
	write_file("file", "x", 1);
	CHECK_ERROR(chdir("file"), ENOTDIR);
	CHECK_ERROR(open("file/below", O_RDONLY), ENOTDIR);
	CHECK_ERROR(open("file/below", O_CREAT | O_RDWR, FILE_MODE), ENOTDIR);
	CHECK_ERROR(open("file/", O_RDONLY), ENOTDIR);
	CHECK_ERROR(open("file/.", O_RDONLY), ENOTDIR);
	CHECK_ERROR(mkdir("file/below", DIRECTORY_MODE), ENOTDIR);
	CHECK_ERROR(unlink("file/below"), ENOTDIR);
	CHECK_ERROR(link("file", "file/below"), ENOTDIR);
	check_file("file", "x", 1);

	int fd = open(".", O_RDONLY);
	char byte;
	CHECK(fd >= 0);
	CHECK_ERROR(read(fd, &byte, 1), EISDIR);
	CHECK_ERROR(write(fd, &byte, 1), EBADF);
}

static void remove_dots(void)
{
	CHECK(mkdir("d", DIRECTORY_MODE) == 0);
	CHECK(chdir("d") == 0);
	CHECK_ERROR(rmdir("."), EINVAL);
	CHECK_ERROR(rmdir(".."), ENOTEMPTY);
	CHECK(chdir("/") == 0);
	CHECK_ERROR(rmdir("/"), EBUSY);
	CHECK_ERROR(rmdir("/."), EINVAL);
	CHECK_ERROR(unlink("/"), EISDIR);
	CHECK(chdir("..") == 0);
	CHECK(access("bin", F_OK) == 0 || !memory_has_ledger());
}

/* In a working directory that no longer has a name nothing can be made, but it can be left. */
static void unlinked_directory(void)
{
	char path[PATH_BYTES];

	CHECK(mkdir("d", DIRECTORY_MODE) == 0);
	CHECK(chdir("d") == 0);
	CHECK(rmdir("../d") == 0);
	CHECK_ERROR(open("new", O_CREAT | O_RDWR, FILE_MODE), ENOENT);
	CHECK_ERROR(mkdir("new", DIRECTORY_MODE), ENOENT);
	CHECK_ERROR(open("../d", O_RDONLY), ENOENT);
	CHECK(getcwd(path, sizeof(path)) == NULL);
	CHECK_EQUAL(errno, ENOENT);
	int pid = tap_fork();
	if (pid == 0)
		_exit(0); /* drops its reference to the directory */
	tap_join(pid);
	CHECK(chdir("..") == 0);
	CHECK_ERROR(chdir("d"), ENOENT);
}

/* The same with an open descriptor of it. */
static void unlinked_directory_open(void)
{
	CHECK(mkdir("d", DIRECTORY_MODE) == 0);
	int fd = open("d", O_RDONLY | O_DIRECTORY);
	CHECK(fd >= 0);
	CHECK(rmdir("d") == 0);
	CHECK(mkdir("d", DIRECTORY_MODE) == 0);
	CHECK(fchdir(fd) == 0);
	CHECK_ERROR(open("new", O_CREAT | O_RDWR, FILE_MODE), ENOENT);
	CHECK(close(fd) == 0);
}

static void hard_links(void)
{
	struct stat first, second;

	write_file("one", "content", 7);
	CHECK(link("one", "two") == 0);
	CHECK(stat("one", &first) == 0 && stat("two", &second) == 0);
	CHECK_EQUAL(first.st_ino, second.st_ino);
	CHECK_EQUAL(first.st_nlink, 2);
	CHECK(unlink("one") == 0);
	check_file("two", "content", 7);
	CHECK(stat("two", &second) == 0);
	CHECK_EQUAL(second.st_nlink, 1);
	CHECK_ERROR(link("one", "three"), ENOENT);
	CHECK_ERROR(link("two", "two"), EEXIST);
	CHECK(rename("two", "one") == 0);
	check_file("one", "content", 7);
	write_file("four", "other", 5);
	CHECK(rename("one", "four") == 0);
	check_file("four", "content", 7);
}

static void subdirectories(void)
{
	CHECK(mkdir("dd", DIRECTORY_MODE) == 0);
	write_file("dd/ff", "ff", 2);
	CHECK(mkdir("/tmp/../tmp/./tests.dd", DIRECTORY_MODE) == 0);
	CHECK(rmdir("/tmp/tests.dd") == 0);
	CHECK(mkdir("dd/dd", DIRECTORY_MODE) == 0);
	write_file("dd/dd/ff", "FF", 2);
	check_file("dd/dd/../ff", "ff", 2);
	CHECK(link("dd/dd/ff", "dd/dd/ffff") == 0);
	CHECK(unlink("dd/dd/ff") == 0);
	CHECK_ERROR(open("dd/dd/ff", O_RDONLY), ENOENT);
	CHECK(chdir("dd") == 0);
	CHECK(chdir("dd/../../dd/dd/.") == 0);
	check_file("ffff", "FF", 2);
	CHECK(chdir("./../..") == 0);
	CHECK_ERROR(rmdir("dd"), ENOTEMPTY);
	CHECK_ERROR(rmdir("dd/dd"), ENOTEMPTY);
	CHECK(unlink("dd/dd/ffff") == 0);
	CHECK(rmdir("dd/dd") == 0);
	CHECK(unlink("dd/ff") == 0);
	CHECK(rmdir("dd") == 0);
	CHECK_ERROR(rmdir("dd"), ENOENT);
}

static size_t count_entries(void)
{
	size_t count = 0;
	DIR *stream = opendir(".");

	CHECK(stream != NULL);
	for (struct dirent *entry; (entry = readdir(stream)) != NULL;) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			count++;
	}
	closedir(stream);
	return count;
}

/* Enough entries that a listing takes several getdents64() calls. */
static void many_entries(void)
{
	char name[PATH_BYTES];

	write_file("first", "1", 1);
	for (int i = 1; i < MANY_ENTRIES; i++) {
		snprintf(name, sizeof(name), "entry-%d-with-a-name-that-takes-some-room", i);
		CHECK(link("first", name) == 0);
	}
	CHECK_EQUAL(count_entries(), MANY_ENTRIES);
	for (int i = MANY_ENTRIES - 1; i > 0; i--) {
		snprintf(name, sizeof(name), "entry-%d-with-a-name-that-takes-some-room", i);
		CHECK(unlink(name) == 0);
	}
	CHECK_EQUAL(count_entries(), 1);
}

/* Deep nesting, and getcwd() all the way. */
static void deep_directories(void)
{
	char start[PATH_BYTES];
	char path[PATH_BYTES];

	CHECK(getcwd(start, sizeof(start)) != NULL);
	for (int i = 0; i < DEPTH; i++) {
		CHECK(mkdir("deeper", DIRECTORY_MODE) == 0);
		CHECK(chdir("deeper") == 0);
	}
	CHECK(getcwd(path, sizeof(path)) != NULL);
	CHECK_EQUAL(strlen(path), strlen(start) + DEPTH * strlen("/deeper"));
	CHECK(strncmp(path, start, strlen(start)) == 0);
	CHECK(getcwd(path, strlen(start)) == NULL);
	CHECK_EQUAL(errno, ERANGE);
	for (int i = 0; i < DEPTH; i++) {
		CHECK(chdir("..") == 0);
		CHECK(rmdir("deeper") == 0);
	}
	CHECK(getcwd(path, sizeof(path)) != NULL);
	CHECK(strcmp(path, start) == 0);
}

static const struct tap_case cases[] = {
	{ "path-errors", path_errors, 0 },
	{ "file-as-directory", file_as_directory, 0 },
	{ "remove-dots", remove_dots, 0 },
	{ "unlinked-directory", unlinked_directory, 0 },
	{ "unlinked-directory-open", unlinked_directory_open, 0 },
	{ "hard-links", hard_links, 0 },
	{ "subdirectories", subdirectories, 0 },
	{ "many-entries", many_entries, 0 },
	{ "deep-directories", deep_directories, 0 },
};

const struct tap_group user_directory_group = TAP_GROUP(cases);
