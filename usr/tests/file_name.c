/* Names: renaming, symbolic links, lengths, directories that change while they are read, mounts. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "usr/tests/filetest.h"

#define NAME_LONGEST    255
#define PATH_LONGEST    4095
#define LINKS_FOLLOWED  40
#define CROWD           6
#define CROWD_ROUNDS    3000
#define MANY_ENTRIES    300
#define RENAME_ONLY_NEW 1 /* RENAME_NOREPLACE */

static void rename_replaces(void)
{
	make_file("a", "first");
	make_file("b", "second");
	CHECK(rename("a", "b") == 0);
	expect_file("b", "first");
	CHECK_ERROR(access("a", F_OK), ENOENT);
	CHECK(rename("b", "b") == 0);
	CHECK(link("b", "c") == 0);
	CHECK(rename("b", "c") == 0); /* two names of one file: both stay */
	CHECK(access("b", F_OK) == 0 && access("c", F_OK) == 0);
	CHECK_ERROR(renameat2(AT_FDCWD, "b", AT_FDCWD, "c", RENAME_ONLY_NEW), EEXIST);
	CHECK(renameat2(AT_FDCWD, "b", AT_FDCWD, "d", RENAME_ONLY_NEW) == 0);
	CHECK_ERROR(renameat2(AT_FDCWD, "c", AT_FDCWD, "d", 1u << 20), EINVAL);
}

static void rename_directories(void)
{
	CHECK(mkdir("a", DIRECTORY_MODE) == 0 && mkdir("a/b", DIRECTORY_MODE) == 0);
	CHECK(mkdir("empty", DIRECTORY_MODE) == 0 && mkdir("full", DIRECTORY_MODE) == 0);
	make_file("full/file", "x");
	make_file("file", "y");
	CHECK_ERROR(rename("a", "full"), ENOTEMPTY);
	CHECK_ERROR(rename("a", "a/b/c"), EINVAL);
	CHECK_ERROR(rename("a/b", "a"), ENOTEMPTY);
	CHECK_ERROR(rename("a", "file"), ENOTDIR);
	CHECK_ERROR(rename("file", "empty"), EISDIR);
	CHECK_ERROR(rename("file/", "new"), ENOTDIR);
	CHECK_ERROR(rename("file", "new/"), ENOTDIR);
	CHECK_ERROR(rename("file/x", ""), ENOTDIR); /* the old name's folders come first */
	CHECK_ERROR(rename("none/x", ""), ENOENT);
	CHECK_ERROR(rename("file", ""), ENOENT);
	CHECK_ERROR(rename(".", ""), ENOENT);
	CHECK_ERROR(rename("", "file/x"), ENOENT);
	CHECK_ERROR(rename(".", "new"), EBUSY);
	CHECK_ERROR(rename("a/..", "new"), EBUSY);
	CHECK(rename("a", "empty") == 0);
	CHECK(access("empty/b", F_OK) == 0);
	CHECK(rename("empty", "new/") == 0);
	CHECK(access("new/b", F_OK) == 0);
}

/* A process whose working directory is moved stays in it. */
static void rename_below_cwd(void)
{
	char before[PATH_LONGEST], after[PATH_LONGEST];

	CHECK(mkdir("a", DIRECTORY_MODE) == 0 && mkdir("b", DIRECTORY_MODE) == 0);
	CHECK(mkdir("a/deep", DIRECTORY_MODE) == 0 && chdir("a/deep") == 0);
	CHECK(getcwd(before, sizeof(before)));
	CHECK(rename("../../a", "../../b/moved") == 0);
	CHECK(getcwd(after, sizeof(after)));
	CHECK(strcmp(before, after) != 0);
	CHECK(strcmp(after + strlen(after) - strlen("/b/moved/deep"), "/b/moved/deep") == 0);
	CHECK(access("../../../b/moved", F_OK) == 0);
}

static void directory_links(void)
{
	struct stat status;

	CHECK(mkdir("a", DIRECTORY_MODE) == 0);
	CHECK(stat("a", &status) == 0);
	CHECK_EQUAL(status.st_nlink, 2);
	CHECK(mkdir("a/b", DIRECTORY_MODE) == 0 && mkdir("a/c", DIRECTORY_MODE) == 0);
	make_file("a/file", "x");
	CHECK(stat("a", &status) == 0);
	CHECK_EQUAL(status.st_nlink, 4);
	CHECK(mkdir("d", DIRECTORY_MODE) == 0 && rename("a/b", "d/b") == 0 && rmdir("a/c") == 0);
	CHECK(stat("a", &status) == 0);
	CHECK_EQUAL(status.st_nlink, 2);
	CHECK(stat("d", &status) == 0);
	CHECK_EQUAL(status.st_nlink, 3);
}

static void symbolic_links(void)
{
	char target[PATH_LONGEST];

	CHECK(mkdir("d", DIRECTORY_MODE) == 0);
	make_file("d/file", "content");
	CHECK(symlink("d", "to-d") == 0 && symlink("file", "d/to-file") == 0);
	CHECK(symlink("/", "to-root") == 0 && symlink("nowhere", "dangling") == 0);
	expect_file("to-d/to-file", "content");
	CHECK(access("to-root/tmp", F_OK) == 0);
	CHECK_EQUAL(readlink("to-d", target, sizeof(target)), 1);
	CHECK_EQUAL(readlink("d/to-file", target, 2), 2);
	CHECK(memcmp(target, "fi", 2) == 0);
	CHECK_ERROR(readlink("d", target, sizeof(target)), EINVAL);
	CHECK_ERROR(readlink("", target, sizeof(target)), ENOENT);
	CHECK_ERROR(readlink("to-d", target, 0), EINVAL);
	CHECK_ERROR(symlink("", "empty"), ENOENT);
	CHECK_ERROR(symlink("x", "to-d"), EEXIST);
	CHECK_ERROR(mkdir("dangling", DIRECTORY_MODE), EEXIST);
	CHECK_ERROR(open("dangling", O_RDONLY), ENOENT);
	CHECK_ERROR(open("dangling", O_CREAT | O_EXCL | O_WRONLY, FILE_MODE), EEXIST);
	CHECK_ERROR(open("to-d", O_RDONLY | O_NOFOLLOW), ELOOP);
	CHECK_ERROR(rmdir("to-d"), ENOTDIR);
	CHECK_ERROR(unlink("to-d/"), ENOTDIR);
	make_file("dangling", "made through the link");
	expect_file("nowhere", "made through the link");
	CHECK(unlink("to-d") == 0);
	CHECK(access("d/file", F_OK) == 0);
}

static void link_chains(void)
{
	char name[16] = "0", next[16];

	make_file("0", "end");
	for (int i = 1; i <= LINKS_FOLLOWED + 1; i++) {
		snprintf(next, sizeof(next), "%d", i);
		CHECK(symlink(name, next) == 0);
		strcpy(name, next);
	}
	snprintf(name, sizeof(name), "%d", LINKS_FOLLOWED);
	expect_file(name, "end");
	CHECK_ERROR(open(next, O_RDONLY), ELOOP);
	CHECK(symlink("round", "round") == 0);
	CHECK_ERROR(open("round", O_RDONLY), ELOOP);
	CHECK_ERROR(open("round", O_CREAT | O_WRONLY, FILE_MODE), ELOOP);
	CHECK_ERROR(open("round/x", O_RDONLY), ELOOP);
}

static void lengths(void)
{
	static char name[NAME_LONGEST + 2], path[PATH_LONGEST + 2];

	memset(name, 'n', NAME_LONGEST);
	make_file(name, "x");
	expect_file(name, "x");
	CHECK(rename(name, "short") == 0 && rename("short", name) == 0);
	name[NAME_LONGEST] = 'n';
	CHECK_ERROR(open(name, O_RDONLY), ENAMETOOLONG);
	CHECK_ERROR(mkdir(name, DIRECTORY_MODE), ENAMETOOLONG);
	name[NAME_LONGEST] = '\0';

	for (size_t i = 0; i < PATH_LONGEST; i++)
		path[i] = i % 2 ? '/' : '.';
	path[PATH_LONGEST - 1] = 'f'; /* "./././f" */
	make_file(path, "far");
	expect_file("f", "far");
	path[PATH_LONGEST - 1] = '/';
	path[PATH_LONGEST] = 'f';
	CHECK_ERROR(open(path, O_RDONLY), ENAMETOOLONG);
}

static void slashes(void)
{
	CHECK(mkdir("d//", DIRECTORY_MODE) == 0);
	make_file("d///file", "x");
	expect_file(".//d/.././d//file", "x");
	CHECK_ERROR(open("d/file/", O_RDONLY), ENOTDIR);
	CHECK_ERROR(open("d/new/", O_CREAT | O_WRONLY, FILE_MODE), EISDIR);
	CHECK_ERROR(open("d/", O_CREAT | O_WRONLY, FILE_MODE), EISDIR);
	CHECK_ERROR(mknod("d/new/", S_IFREG | FILE_MODE, 0), ENOENT);
	CHECK_ERROR(link("d/file", "d/new/"), ENOENT);
	CHECK_ERROR(symlink("x", "d/new/"), ENOENT);
	CHECK_ERROR(mkdir("/", DIRECTORY_MODE), EEXIST);
	CHECK_ERROR(mkdir("d/.", DIRECTORY_MODE), EEXIST);
	CHECK_ERROR(mkdir("d/..", DIRECTORY_MODE), EEXIST);
	CHECK_ERROR(rmdir("d/."), EINVAL);
	CHECK_ERROR(rmdir("d/.."), ENOTEMPTY);
	CHECK_ERROR(rmdir("/"), EBUSY);
	CHECK_ERROR(unlink("/"), EISDIR);
}

static void relative_to_descriptor(void)
{
	int directory, file;

	CHECK(mkdir("d", DIRECTORY_MODE) == 0);
	directory = open("d", O_RDONLY | O_DIRECTORY);
	file = openat(directory, "file", O_CREAT | O_RDWR, FILE_MODE);
	CHECK(directory >= 0 && file >= 0);
	CHECK(mkdirat(directory, "sub", DIRECTORY_MODE) == 0);
	CHECK(faccessat(directory, "../d/sub", F_OK, 0) == 0);
	CHECK(unlinkat(directory, "sub", AT_REMOVEDIR) == 0);
	CHECK_ERROR(unlinkat(directory, "file", AT_REMOVEDIR), ENOTDIR);
	CHECK_ERROR(openat(file, "x", O_RDONLY), ENOTDIR);
	CHECK_ERROR(openat(99, "x", O_RDONLY), EBADF);
	CHECK_ERROR(openat(99, "", O_RDONLY), ENOENT);
	CHECK(openat(99, "/", O_RDONLY) >= 0);
	CHECK_ERROR(fchdir(file), ENOTDIR);
	CHECK(fchdir(directory) == 0);
	CHECK(access("file", F_OK) == 0);
}

static int count_entries(DIR *directory, int remove_each)
{
	struct dirent *entry;
	int count = 0;

	while ((entry = readdir(directory))) {
		if (entry->d_name[0] == '.')
			continue;
		count++;
		if (remove_each)
			CHECK(unlinkat(dirfd(directory), entry->d_name, 0) == 0);
	}
	return count;
}

static void reading_directories(void)
{
	char name[32];
	DIR *directory;

	CHECK(mkdir("d", DIRECTORY_MODE) == 0);
	for (int i = 0; i < MANY_ENTRIES; i++) {
		snprintf(name, sizeof(name), "d/entry-%d", i);
		make_file(name, "");
	}
	directory = opendir("d");
	CHECK(directory);
	CHECK_EQUAL(count_entries(directory, 0), MANY_ENTRIES);
	rewinddir(directory);
	CHECK_EQUAL(count_entries(directory, 1), MANY_ENTRIES);
	rewinddir(directory);
	CHECK_EQUAL(count_entries(directory, 0), 0);
	CHECK(rmdir("d") == 0);
	rewinddir(directory);
	errno = 0;
	CHECK(!readdir(directory));
	closedir(directory);
}

static void removed_cwd(void)
{
	char path[PATH_LONGEST];

	CHECK(mkdir("d", DIRECTORY_MODE) == 0 && chdir("d") == 0);
	CHECK(rmdir("../d") == 0);
	CHECK_ERROR(getcwd(path, sizeof(path)) ? 0 : -1, ENOENT);
	CHECK_ERROR(open("new", O_CREAT | O_WRONLY, FILE_MODE), ENOENT);
	CHECK_ERROR(mkdir("new", DIRECTORY_MODE), ENOENT);
	CHECK(access(".", F_OK) == 0);
	CHECK(chdir("..") == 0);
	CHECK(getcwd(path, sizeof(path)));
	CHECK_ERROR(getcwd(path, 2) ? 0 : -1, ERANGE);
}

static void changed_root(void)
{
	char path[PATH_LONGEST];

	CHECK(mkdir("root", DIRECTORY_MODE) == 0 && mkdir("root/d", DIRECTORY_MODE) == 0);
	make_file("outside", "x");
	make_file("root/inside", "y");
	CHECK(symlink("/inside", "root/link") == 0);
	CHECK(chroot("root") == 0 && chdir("/") == 0);
	expect_file("/link", "y");
	expect_file("/../../inside", "y");
	CHECK_ERROR(access("/../outside", F_OK), ENOENT);
	CHECK(chdir("d") == 0);
	CHECK(getcwd(path, sizeof(path)) && strcmp(path, "/d") == 0);
	CHECK(chdir("../..") == 0);
	CHECK(getcwd(path, sizeof(path)) && strcmp(path, "/") == 0);
}

static void mounts(void)
{
	struct stat outer, inner;
	struct statfs facts;

	CHECK(mkdir("m", DIRECTORY_MODE) == 0);
	make_file("m/hidden", "x");
	CHECK(stat("m", &outer) == 0);
	CHECK_ERROR(mount("none", "m", "no-such-type", 0, NULL), ENODEV);
	CHECK_ERROR(mount("none", "m/hidden", "tmpfs", 0, NULL), ENOTDIR);
	CHECK_ERROR(mount("none", "absent", "tmpfs", 0, NULL), ENOENT);
	CHECK_ERROR(umount2("m", 0), EINVAL);
	CHECK(mount("none", "m", "tmpfs", 0, NULL) == 0);
	CHECK(stat("m", &inner) == 0 && inner.st_dev != outer.st_dev);
	CHECK(statfs("m", &facts) == 0);
	CHECK_EQUAL(facts.f_type, TMPFS_MAGIC);
	CHECK_ERROR(access("m/hidden", F_OK), ENOENT);
	make_file("m/file", "y");
	make_file("other", "z");
	CHECK_ERROR(rename("m/file", "file"), EXDEV);
	CHECK_ERROR(link("other", "m/other"), EXDEV);
	CHECK_ERROR(rmdir("m"), EBUSY);
	CHECK_ERROR(rename("m", "n"), EBUSY);
	CHECK(chdir("m") == 0);
	CHECK(access("../other", F_OK) == 0);
	CHECK_ERROR(umount2("../m", 0), EBUSY);
	CHECK(chdir("..") == 0);
	CHECK(umount2("m", 0) == 0);
	expect_file("m/hidden", "x");
	CHECK(mount("none", "m", "tmpfs", MS_RDONLY, NULL) == 0);
	CHECK_ERROR(open("m/new", O_CREAT | O_WRONLY, FILE_MODE), EROFS);
	CHECK_ERROR(mkdir("m/new", DIRECTORY_MODE), EROFS);
	CHECK(umount2("m", MNT_DETACH) == 0);
	/* A directory that comes and goes: no mount on it, or one that can be found again. */
	if (mount("none", "/proc/self", "tmpfs", 0, NULL) == 0)
		CHECK(umount2("/proc/self", MNT_DETACH) == 0);
	else
		CHECK_EQUAL(errno, ENOENT);
}

/* A random change among a few names, which others change, too: any errno will do. */
static void change_some_name(unsigned int *seed)
{
	char name[16], other[16], content[PATH_LONGEST];
	unsigned int random = *seed = *seed * 1103515245 + 12345;
	int file;

	random >>= 8;
	snprintf(name, sizeof(name), "%c/%c", 'a' + (int)(random % 3), 'p' + (int)(random / 3 % 4));
	random /= 12;
	snprintf(other, sizeof(other), random % 5 ? "%c/%c" : "%c", 'a' + (int)(random % 3),
		'p' + (int)(random / 3 % 4));
	switch (random / 16 % 9) {
	case 0:
		file = open(name, O_CREAT | O_RDWR, FILE_MODE);
		(void)!write(file, name, strlen(name));
		close(file);
		break;
	case 1:
		unlink(name);
		break;
	case 2:
		mkdir(other, DIRECTORY_MODE);
		break;
	case 3:
		rmdir(other);
		break;
	case 4:
		rename(name, other);
		break;
	case 5:
		link(name, other);
		break;
	case 6:
		symlink(name, other);
		break;
	case 7:
		(void)!readlink(name, content, sizeof(content));
		(void)!getcwd(content, sizeof(content));
		break;
	default: {
		DIR *directory = opendir(other);

		if (directory) {
			count_entries(directory, 0);
			closedir(directory);
		}
	}
	}
}

static void names_crowd(void)
{
	int children[CROWD];

	for (int i = 0; i < CROWD; i++) {
		children[i] = tap_fork();
		if (children[i])
			continue;
		unsigned int seed = (unsigned int)i + 1;

		for (int round = 0; round < CROWD_ROUNDS; round++)
			change_some_name(&seed);
		_exit(0);
	}
	for (int i = 0; i < CROWD; i++)
		tap_join(children[i]);
}

static const struct tap_case cases[] = {
	{ "rename-replaces", rename_replaces, 0 },
	{ "rename-directories", rename_directories, 0 },
	{ "rename-below-cwd", rename_below_cwd, 0 },
	{ "directory-links", directory_links, 0 },
	{ "symbolic-links", symbolic_links, 0 },
	{ "link-chains", link_chains, 0 },
	{ "lengths", lengths, 0 },
	{ "slashes", slashes, 0 },
	{ "relative-to-descriptor", relative_to_descriptor, 0 },
	{ "reading-directories", reading_directories, 0 },
	{ "removed-cwd", removed_cwd, 0 },
	{ "changed-root", changed_root, 0 },
	{ "mounts", mounts, 0 },
	{ "names-crowd", names_crowd, 0 },
};

const struct tap_group file_name_group = TAP_GROUP(cases);
