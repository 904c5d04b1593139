/* Files seen through descriptors: offsets, truncation, holes, and files without a name. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "usr/tests/memory.h"
#include "usr/tests/usertests.h"

#define FILE_MODE       0644
#define TRUNCATE_ROUNDS 100
#define SHARED_WRITES   500
#define SHARED_BYTES    10
#define BIG_CHUNKS      1024
#define BIG_CHUNK       (3 * 1024 + 7) /* a multiple of no block or page size */
#define HOLE_OFFSET     (1 << 20)
#define TMPFS_TYPE      0x01021994

static int create(const char *name)
{
	int fd = open(name, O_CREAT | O_TRUNC | O_RDWR, FILE_MODE);

	if (fd < 0)
		FAIL("create %s: errno %d", name, errno);
	return fd;
}

static void truncate_seen_through_other(void)
{
	char buffer[32];
	int writer = create("file");

	CHECK_EQUAL(write(writer, "abcd", 4), 4);
	int reader = open("file", O_RDONLY);
	CHECK(reader >= 0);
	CHECK_EQUAL(read(reader, buffer, sizeof(buffer)), 4);

	int truncater = open("file", O_WRONLY | O_TRUNC);
	CHECK(truncater >= 0);
	int late = open("file", O_RDONLY);
	CHECK_EQUAL(read(late, buffer, sizeof(buffer)), 0);
	CHECK_EQUAL(read(reader, buffer, sizeof(buffer)), 0);
	CHECK_EQUAL(write(truncater, "abcdef", 6), 6);
	CHECK_EQUAL(read(late, buffer, sizeof(buffer)), 6);
	CHECK(memcmp(buffer, "abcdef", 6) == 0);
	CHECK_EQUAL(read(reader, buffer, sizeof(buffer)), 2);
	CHECK(memcmp(buffer, "ef", 2) == 0);
	CHECK_EQUAL(write(writer, "X", 1), 1); /* at its own offset, 4 */
	check_file("file", "abcdXf", 6);
}

/* Writing at an offset that truncation has left beyond the end makes a hole of zeros. */
static void write_behind_truncated(void)
{
	int writer = create("file");

	CHECK_EQUAL(write(writer, "abcd", 4), 4);
	CHECK(ftruncate(writer, 0) == 0);
	CHECK_EQUAL(write(writer, "ef", 2), 2);
	check_file("file", "\0\0\0\0ef", 6);
	CHECK(ftruncate(writer, 5) == 0);
	CHECK(ftruncate(writer, 8) == 0);
	check_file("file", "\0\0\0\0e\0\0\0", 8);
	CHECK_ERROR(ftruncate(writer, -1), EINVAL);
}

static void truncate_while_writing(void)
{
	char buffer[32];

	write_file("file", "start", 5);
	int pid = tap_fork();
	if (pid == 0) {
		for (int i = 0; i < TRUNCATE_ROUNDS; i++) {
			char content[32];
			int fd = open("file", O_WRONLY);
			CHECK(fd >= 0);
			CHECK_EQUAL(write(fd, "1234567890", 10), 10);
			close(fd);
			fd = open("file", O_RDONLY);
			CHECK(fd >= 0);
			CHECK(read(fd, content, sizeof(content)) >= 0);
			close(fd);
		}
		_exit(0);
	}
	for (int i = 0; i < TRUNCATE_ROUNDS; i++) {
		int fd = open("file", O_CREAT | O_WRONLY | O_TRUNC, FILE_MODE);
		CHECK(fd >= 0);
		CHECK_EQUAL(write(fd, "xyz", 3), 3);
		close(fd);
	}
	tap_join(pid);
	int fd = open("file", O_RDONLY);
	ssize_t count = read(fd, buffer, sizeof(buffer));
	CHECK(count == 3 || count == 10);
}

static void unlinked_file(void)
{
	char buffer[8];
	struct stat status;
	int fd = create("file");

	CHECK_EQUAL(write(fd, "hello", 5), 5);
	CHECK(unlink("file") == 0);
	CHECK_ERROR(open("file", O_RDONLY), ENOENT);
	CHECK(fstat(fd, &status) == 0);
	CHECK_EQUAL(status.st_nlink, 0);
	CHECK_EQUAL(status.st_size, 5);
	int other = create("file");
	CHECK_EQUAL(write(other, "yyy", 3), 3);
	CHECK_EQUAL(pread(fd, buffer, sizeof(buffer), 0), 5);
	CHECK(memcmp(buffer, "hello", 5) == 0);
	CHECK_EQUAL(write(fd, " world", 6), 6);
	check_file("file", "yyy", 3);
}

/* Two processes that share an open file share its offset: neither overwrites the other's data. */
static void shared_offset(void)
{
	char content[SHARED_BYTES];
	size_t counts[2] = { 0, 0 };
	int fd = create("file");
	int pid = tap_fork();

	memset(content, pid == 0 ? 'c' : 'p', sizeof(content));
	for (int i = 0; i < SHARED_WRITES; i++)
		CHECK_EQUAL(write(fd, content, sizeof(content)), sizeof(content));
	if (pid == 0)
		_exit(0);
	tap_join(pid);

	CHECK_EQUAL(lseek(fd, 0, SEEK_CUR), 2 * SHARED_WRITES * SHARED_BYTES);
	CHECK(lseek(fd, 0, SEEK_SET) == 0);
	for (;;) {
		ssize_t count = read(fd, content, sizeof(content));
		if (count == 0)
			break;
		CHECK_EQUAL(count, sizeof(content));
		for (size_t i = 1; i < sizeof(content); i++)
			CHECK_EQUAL(content[i], content[0]);
		counts[content[0] == 'c']++;
	}
	CHECK_EQUAL(counts[0], SHARED_WRITES);
	CHECK_EQUAL(counts[1], SHARED_WRITES);
}

static void dup_offset(void)
{
	char buffer[4];
	int fd = create("file");
	int same = dup(fd);
	int other = open("file", O_RDWR);

	CHECK(same > fd && other > same);
	CHECK_EQUAL(write(fd, "ab", 2), 2);
	CHECK_EQUAL(write(same, "cd", 2), 2);
	CHECK_EQUAL(lseek(fd, 0, SEEK_CUR), 4);
	CHECK_EQUAL(read(other, buffer, 4), 4);
	CHECK(memcmp(buffer, "abcd", 4) == 0);
	close(fd);
	CHECK_EQUAL(write(same, "e", 1), 1);
	CHECK_EQUAL(dup2(other, same), same);
	CHECK_EQUAL(write(same, "f", 1), 1); /* at other's offset, 4 */
	check_file("file", "abcdf", 5);
	CHECK_EQUAL(dup2(other, other), other);
	CHECK_ERROR(dup3(other, other, 0), EINVAL);
	CHECK_ERROR(dup2(99, other), EBADF);
	CHECK_ERROR(dup2(other, -1), EBADF);
}

static void append(void)
{
	int first = open("file", O_CREAT | O_WRONLY | O_APPEND, FILE_MODE);
	int second = open("file", O_WRONLY | O_APPEND);

	CHECK(first >= 0 && second >= 0);
	CHECK_EQUAL(write(first, "one", 3), 3);
	CHECK_EQUAL(write(second, "two", 3), 3);
	CHECK_EQUAL(lseek(first, 0, SEEK_SET), 0);
	CHECK_EQUAL(write(first, "three", 5), 5);
	check_file("file", "onetwothree", 11);
}

static void seek_and_holes(void)
{
	char buffer[16];
	int fd = create("file");

	CHECK_EQUAL(lseek(fd, HOLE_OFFSET, SEEK_SET), HOLE_OFFSET);
	CHECK_EQUAL(read(fd, buffer, 1), 0);
	CHECK_EQUAL(write(fd, "end", 3), 3);
	CHECK_EQUAL(lseek(fd, 0, SEEK_END), HOLE_OFFSET + 3);
	CHECK_EQUAL(lseek(fd, -5, SEEK_CUR), HOLE_OFFSET - 2);
	CHECK_EQUAL(read(fd, buffer, sizeof(buffer)), 5);
	CHECK(memcmp(buffer, "\0\0end", 5) == 0);
	CHECK_ERROR(lseek(fd, -1, SEEK_SET), EINVAL);
	CHECK_ERROR(lseek(fd, 0, 99), EINVAL);
	CHECK_EQUAL(pread(fd, buffer, 4, HOLE_OFFSET / 2), 4);
	CHECK(memcmp(buffer, "\0\0\0\0", 4) == 0);

	int ends[2];
	CHECK(pipe(ends) == 0);
	CHECK_ERROR(lseek(ends[0], 0, SEEK_SET), ESPIPE);
	CHECK_ERROR(pread(ends[0], buffer, 1, 0), ESPIPE);
}

static void vectors(void)
{
	char first[3], second[4], third[8];
	struct iovec out[3] = { { "abc", 3 }, { NULL, 0 }, { "defgh", 5 } };
	struct iovec in[3] = { { first, 3 }, { second, 4 }, { third, 8 } };
	int fd = create("file");

	CHECK_EQUAL(writev(fd, out, 3), 8);
	CHECK_EQUAL(lseek(fd, 0, SEEK_SET), 0);
	CHECK_EQUAL(readv(fd, in, 3), 8);
	CHECK(memcmp(first, "abc", 3) == 0);
	CHECK(memcmp(second, "defg", 4) == 0);
	CHECK_EQUAL(third[0], 'h');
}

/* Several MiB in odd pieces, written, read back in other pieces, and gone when truncated. */
static void big_file(void)
{
	static unsigned char chunk[BIG_CHUNK];
	struct stat status;
	int fd = create("file");

	for (unsigned int i = 0; i < BIG_CHUNKS; i++) {
		memset(chunk, (int)(i % 251), sizeof(chunk));
		CHECK_EQUAL(write(fd, chunk, sizeof(chunk)), sizeof(chunk));
	}
	CHECK(fstat(fd, &status) == 0);
	CHECK_EQUAL(status.st_size, (long)BIG_CHUNKS * BIG_CHUNK);
	CHECK(S_ISREG(status.st_mode));
	for (unsigned int i = 0; i < BIG_CHUNKS; i += 17) {
		CHECK_EQUAL(pread(fd, chunk, sizeof(chunk), (off_t)i * BIG_CHUNK), sizeof(chunk));
		CHECK_EQUAL(chunk[0], i % 251);
		CHECK_EQUAL(chunk[BIG_CHUNK - 1], i % 251);
	}
	CHECK(ftruncate(fd, 1) == 0);
	CHECK_EQUAL(pread(fd, chunk, sizeof(chunk), 0), 1);
}

static void access_modes(void)
{
	char byte = 'm';

	write_file("file", "r", 1);
	int reader = open("file", O_RDONLY);
	int writer = open("file", O_WRONLY);
	CHECK_ERROR(write(reader, &byte, 1), EBADF);
	CHECK_ERROR(read(writer, &byte, 1), EBADF);
	CHECK_ERROR(ftruncate(reader, 0), EINVAL);
	CHECK_ERROR(open("file", O_CREAT | O_EXCL | O_RDWR, FILE_MODE), EEXIST);
	CHECK_EQUAL(fcntl(reader, F_GETFL) & O_ACCMODE, O_RDONLY);
	CHECK_EQUAL(fcntl(writer, F_GETFL) & O_ACCMODE, O_WRONLY);
	CHECK_EQUAL(fcntl(reader, F_DUPFD, 50), 50);
	CHECK_EQUAL(read(50, &byte, 1), 1);
	CHECK_EQUAL(byte, 'r');
}

/* Every descriptor that a process may have, and the errno after that. */
static void all_descriptors(void)
{
	int opened = 0;
	int last = -1;

	for (;;) {
		int fd = open("/dev/null", O_RDONLY);
		if (fd < 0)
			break;
		last = fd;
		opened++;
	}
	CHECK_EQUAL(errno, EMFILE);
	CHECK(opened >= 16);
	CHECK_ERROR(dup(0), EMFILE);
	int ends[2] = { -5, -5 };
	close(last);
	CHECK_ERROR(pipe(ends), EMFILE);
	CHECK(ends[0] == -5 && ends[1] == -5);
	CHECK_EQUAL(dup(0), last);
}

/* Writes until nothing more fits; all that was written must be there, and its space come back. */
static void disk_full(void)
{
	static unsigned char block[16 * PAGE_BYTES];
	struct statfs system;
	struct stat status;
	off_t written = 0;
	int fd = create("full");

	if (!memory_has_ledger() && (statfs(".", &system) != 0 || system.f_type != TMPFS_TYPE))
		tap_skip("this file system has no bound");
	if (memory_free_pages() > (long)(2048 * MIB / PAGE_BYTES))
		tap_skip("too much memory to use it up");
	memset(block, 'd', sizeof(block));
	for (;;) {
		ssize_t count = write(fd, block, sizeof(block));
		if (count < 0)
			break;
		CHECK(count > 0);
		written += count;
	}
	CHECK(errno == ENOSPC || errno == ENOMEM);
	CHECK(fstat(fd, &status) == 0);
	CHECK_EQUAL(status.st_size, written);
	CHECK_EQUAL(pread(fd, block, 1, written - 1), 1);
	CHECK_EQUAL(block[0], 'd');
	CHECK(ftruncate(fd, 0) == 0);
	CHECK_EQUAL(pwrite(fd, block, sizeof(block), 0), sizeof(block));
	CHECK(unlink("full") == 0);
}

static const struct tap_case cases[] = {
	{ "truncate-seen-through-other", truncate_seen_through_other, 0 },
	{ "write-behind-truncated", write_behind_truncated, 0 },
	{ "truncate-while-writing", truncate_while_writing, 0 },
	{ "unlinked-file", unlinked_file, 0 },
	{ "shared-offset", shared_offset, 0 },
	{ "dup-offset", dup_offset, 0 },
	{ "append", append, 0 },
	{ "seek-and-holes", seek_and_holes, 0 },
	{ "vectors", vectors, 0 },
	{ "big-file", big_file, 0 },
	{ "access-modes", access_modes, 0 },
	{ "all-descriptors", all_descriptors, 0 },
	{ "disk-full", disk_full, TAP_SLOW },
};

const struct tap_group user_file_group = TAP_GROUP(cases);
