/* Several processes in one directory at the same time: creating, linking, unlinking, writing. */
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

#define FILE_MODE     0644
#define WRITERS       4
#define WRITER_BLOCKS 12
#define BLOCK_BYTES   500
#define WRITER_FILES  20
#define CONCURRENT    40
#define LINK_STEPS    300
#define NAME_BYTES    32

static void name_of(char *name, const char *prefix, int number)
{
	snprintf(name, NAME_BYTES, "%s%d", prefix, number);
}

/* Each process writes a file of its own, block by block; no file may hold another's blocks. */
static void four_writers(void)
{
	char name[NAME_BYTES];
	char content[WRITER_BLOCKS * BLOCK_BYTES];
	int children[WRITERS];

	for (int i = 0; i < WRITERS; i++) {
		children[i] = tap_fork();
		if (children[i] != 0)
			continue;
		char block[BLOCK_BYTES];
		name_of(name, "writer", i);
		memset(block, '0' + i, sizeof(block));
		int fd = open(name, O_CREAT | O_RDWR, FILE_MODE);
		CHECK(fd >= 0);
		for (int b = 0; b < WRITER_BLOCKS; b++)
			CHECK_EQUAL(write(fd, block, sizeof(block)), sizeof(block));
		_exit(0);
	}
	for (int i = 0; i < WRITERS; i++)
		tap_join(children[i]);
	for (int i = 0; i < WRITERS; i++) {
		name_of(name, "writer", i);
		memset(content, '0' + i, sizeof(content));
		check_file(name, content, sizeof(content));
		CHECK(unlink(name) == 0);
	}
}

/* Each process creates and deletes files of its own in the one directory. */
static void create_and_delete(void)
{
	char name[NAME_BYTES];
	char prefix[NAME_BYTES];
	int children[WRITERS];

	for (int i = 0; i < WRITERS; i++) {
		children[i] = tap_fork();
		if (children[i] != 0)
			continue;
		for (int n = 0; n < WRITER_FILES; n++) {
			snprintf(prefix, sizeof(prefix), "%c", 'p' + i);
			name_of(name, prefix, n);
			int fd = open(name, O_CREAT | O_EXCL | O_RDWR, FILE_MODE);
			CHECK(fd >= 0);
			close(fd);
			if (n % 2 == 1) {
				name_of(name, prefix, n / 2);
				CHECK(unlink(name) == 0);
			}
		}
		_exit(0);
	}
	for (int i = 0; i < WRITERS; i++)
		tap_join(children[i]);
	for (int i = 0; i < WRITERS; i++) {
		for (int n = 0; n < WRITER_FILES; n++) {
			snprintf(prefix, sizeof(prefix), "%c", 'p' + i);
			name_of(name, prefix, n);
			CHECK_EQUAL(access(name, F_OK) == 0, n >= WRITER_FILES / 2);
		}
	}
}

/* Finds which of C0 … C39 are in the directory; fails on any other number, or one listed twice. */
static void check_listing(bool *present)
{
	DIR *stream = opendir(".");

	CHECK(stream != NULL);
	memset(present, 0, CONCURRENT * sizeof(*present));
	for (struct dirent *entry; (entry = readdir(stream)) != NULL;) {
		const char *name = entry->d_name;
		if (name[0] != 'C')
			continue;
		unsigned long number = strtoul(name + 1, NULL, 10);
		CHECK(number < CONCURRENT);
		if (present[number])
			FAIL("%s is listed twice", name);
		present[number] = true;
	}
	closedir(stream);
}

/* Two processes and one file per round: who links, who creates and who unlinks changes by round. */
static void concurrent_create(void)
{
	bool present[CONCURRENT];
	char name[NAME_BYTES];

	for (int i = 0; i < CONCURRENT; i++) {
		name_of(name, "C", i);
		unlink(name);
		int pid = tap_fork();
		if (pid != 0 && i % 3 == 1) {
			link("C0", name);
		} else if (pid == 0 && i % 5 == 1) {
			link("C0", name);
		} else {
			int fd = open(name, O_CREAT | O_RDWR, FILE_MODE);
			CHECK(fd >= 0);
			close(fd);
		}
		if (pid == 0)
			_exit(0);
		tap_join(pid);
	}
	check_listing(present);
	for (int i = 0; i < CONCURRENT; i++)
		CHECK(present[i]);
}

/* 40 rounds in which one name is opened and unlinked many times at once. */
static void concurrent_unlink(void)
{
	bool present[CONCURRENT];
	char name[NAME_BYTES];

	for (int i = 0; i < CONCURRENT; i++) {
		name_of(name, "C", i);
		int pid = tap_fork();
		for (int n = 0; n < 6; n++) {
			if ((i % 3 == 0 && pid == 0) || (i % 3 == 1 && pid != 0)) {
				int fd = open(name, O_CREAT | O_RDWR, FILE_MODE);
				CHECK(fd >= 0);
				close(fd);
			} else {
				unlink(name);
			}
		}
		unlink(name);
		if (pid == 0)
			_exit(0);
		tap_join(pid);
		unlink(name);
	}
	check_listing(present);
	for (int i = 0; i < CONCURRENT; i++)
		CHECK(!present[i]);
}

/* One name, created, linked to and unlinked in any order by two processes. */
static void link_and_unlink(void)
{
	write_file("target", "t", 1);
	int pid = tap_fork();
	unsigned int state = pid == 0 ? 1 : 97;

	for (int i = 0; i < LINK_STEPS; i++) {
		state = state * 1103515245u + 12345u;
		unsigned int choice = (state >> 16) % 3;
		if (choice == 0) {
			int fd = open("x", O_CREAT | O_RDWR, FILE_MODE);
			CHECK(fd >= 0);
			close(fd);
		} else if (choice == 1) {
			CHECK(link("target", "x") == 0 || errno == EEXIST);
		} else {
			CHECK(unlink("x") == 0 || errno == ENOENT);
		}
	}
	if (pid == 0)
		_exit(0);
	tap_join(pid);
	unlink("x");
	struct stat status;
	CHECK(stat("target", &status) == 0);
	CHECK_EQUAL(status.st_nlink, 1);
}

/* One file, a child that appends and one that counts: its length only ever grows. */
static void reader_beside_appender(void)
{
	char line[BLOCK_BYTES];
	struct stat status;
	off_t length = 0;

	write_file("log", "", 0);
	int pid = tap_fork();
	if (pid == 0) {
		memset(line, 'l', sizeof(line));
		int fd = open("log", O_WRONLY | O_APPEND);
		CHECK(fd >= 0);
		for (int i = 0; i < LINK_STEPS; i++)
			CHECK_EQUAL(write(fd, line, sizeof(line)), sizeof(line));
		_exit(0);
	}
	int fd = open("log", O_RDONLY);
	while (length < (off_t)LINK_STEPS * BLOCK_BYTES) {
		CHECK(fstat(fd, &status) == 0);
		CHECK(status.st_size >= length);
		length = status.st_size;
		if (length > 0) {
			CHECK_EQUAL(pread(fd, line, 1, length - 1), 1);
			CHECK_EQUAL(line[0], 'l');
		}
	}
	tap_join(pid);
}

static const struct tap_case cases[] = {
	{ "four-writers", four_writers, 0 },
	{ "create-and-delete", create_and_delete, 0 },
	{ "concurrent-create", concurrent_create, 0 },
	{ "concurrent-unlink", concurrent_unlink, 0 },
	{ "link-and-unlink", link_and_unlink, 0 },
	{ "reader-beside-appender", reader_beside_appender, 0 },
};

const struct tap_group user_writer_group = TAP_GROUP(cases);
