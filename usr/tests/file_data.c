/* Contents, attributes, descriptors, mappings and devices. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "usr/tests/filetest.h"
#include "usr/tests/memory.h"
#include "usr/tests/thread.h"

#define PAGE            4096
#define DESCRIPTORS_MAX 1024
#define FAR_AWAY        (1l << 30)
#define BLOCK           512
#define SYS_SENDFILE    71

static int open_new(const char *name)
{
	int file = open(name, O_CREAT | O_RDWR | O_TRUNC, FILE_MODE);

	CHECK(file >= 0);
	return file;
}

static void holes(void)
{
	int file = open_new("sparse");
	char buffer[PAGE];
	struct stat status;

	CHECK_EQUAL(pwrite(file, "end", 3, FAR_AWAY), 3);
	CHECK(fstat(file, &status) == 0);
	CHECK_EQUAL(status.st_size, FAR_AWAY + 3);
	CHECK(status.st_blocks <= 2 * PAGE / BLOCK);
	CHECK_EQUAL(pread(file, buffer, PAGE, FAR_AWAY / 2), PAGE);
	for (int i = 0; i < PAGE; i++)
		CHECK_EQUAL(buffer[i], 0);
	CHECK_EQUAL(pread(file, buffer, PAGE, FAR_AWAY), 3);
	CHECK_EQUAL(pread(file, buffer, PAGE, FAR_AWAY + 3), 0);
	CHECK_EQUAL(lseek(file, 0, SEEK_END), FAR_AWAY + 3);
	CHECK_ERROR(lseek(file, -1, SEEK_SET), EINVAL);
	CHECK_ERROR(lseek(file, 0, 77), EINVAL);
	CHECK_ERROR(pread(file, buffer, PAGE, -1), EINVAL);
}

/* Data that was cut off does not come back. */
static void truncation(void)
{
	int file = open_new("file");
	char buffer[2 * PAGE];
	struct stat status;

	memset(buffer, 'x', sizeof(buffer));
	CHECK_EQUAL(write(file, buffer, sizeof(buffer)), sizeof(buffer));
	CHECK(ftruncate(file, 10) == 0);
	CHECK(ftruncate(file, sizeof(buffer)) == 0);
	CHECK_EQUAL(pread(file, buffer, sizeof(buffer), 0), sizeof(buffer));
	for (size_t i = 0; i < sizeof(buffer); i++)
		CHECK_EQUAL(buffer[i], i < 10 ? 'x' : 0);
	CHECK(fstat(file, &status) == 0);
	CHECK(status.st_blocks <= PAGE / BLOCK);
	CHECK(ftruncate(file, 3) == 0);
	CHECK_EQUAL(pwrite(file, "y", 1, 20), 1);
	CHECK_EQUAL(pread(file, buffer, sizeof(buffer), 0), 21);
	CHECK_EQUAL(buffer[3], 0);
	CHECK_ERROR(ftruncate(file, -1), EINVAL);
	CHECK_ERROR(truncate(".", 0), EISDIR);
	CHECK_ERROR(truncate("absent", 0), ENOENT);
	close(file);
	file = open("file", O_RDONLY);
	CHECK_ERROR(ftruncate(file, 0), EINVAL);
	CHECK(truncate("file", 0) == 0);
	CHECK_EQUAL(read(file, buffer, 1), 0);
}

static void vectors(void)
{
	char a[4], b[8];
	const struct iovec out[] = { { "one", 3 }, { "", 0 }, { "-two-", 5 } };
	const struct iovec in[] = { { a, sizeof(a) }, { b, sizeof(b) } };
	struct iovec bad[] = { { a, 1 }, { a, (size_t)-1 } };
	int file = open_new("file");

	CHECK_EQUAL(writev(file, out, 3), 8);
	CHECK_EQUAL(lseek(file, 0, SEEK_SET), 0);
	CHECK_EQUAL(readv(file, in, 2), 8);
	CHECK(memcmp(a, "one-", 4) == 0 && memcmp(b, "two-", 4) == 0);
	CHECK_EQUAL(preadv(file, in, 2, 4), 4);
	CHECK(memcmp(a, "two-", 4) == 0);
	CHECK_ERROR(writev(file, bad, 2), EINVAL);
	CHECK_ERROR(writev(file, out, 1025), EINVAL);
	CHECK_EQUAL(writev(file, out, 0), 0);
}

static void appending(void)
{
	int file = open_new("file"), appender = open("file", O_WRONLY | O_APPEND);

	CHECK_EQUAL(write(file, "12345", 5), 5);
	CHECK_EQUAL(write(appender, "a", 1), 1);
	CHECK_EQUAL(lseek(appender, 0, SEEK_CUR), 6);
	CHECK_EQUAL(lseek(appender, 0, SEEK_SET), 0);
	CHECK_EQUAL(write(appender, "b", 1), 1);
	CHECK_EQUAL(pwrite(appender, "c", 1, 0), 1); /* as on Linux: also appended */
	expect_file("file", "12345abc");
	CHECK(fcntl(appender, F_SETFL, 0) == 0);
	CHECK_EQUAL(pwrite(appender, "X", 1, 0), 1);
	expect_file("file", "X2345abc");
}

static void sending(void)
{
	int from = open_new("from"), to = open_new("to");
	long offset = 2;

	CHECK_EQUAL(write(from, "0123456789", 10), 10);
	CHECK_EQUAL(kernel_call(SYS_SENDFILE, to, from, &offset, 4l), 4);
	CHECK_EQUAL(offset, 6);
	CHECK_EQUAL(kernel_call(SYS_SENDFILE, to, from, &offset, 100l), 4);
	CHECK_EQUAL(kernel_call(SYS_SENDFILE, to, from, &offset, 100l), 0);
	expect_file("to", "23456789");
	CHECK_EQUAL(lseek(from, 7, SEEK_SET), 7);
	CHECK_EQUAL(kernel_call(SYS_SENDFILE, to, from, NULL, 2l), 2);
	CHECK_EQUAL(lseek(from, 0, SEEK_CUR), 9);
}

static void attributes(void)
{
	const struct timespec times[2] = { { 1000, 5 }, { 2000, 999999999 } };
	const struct timespec wrong[2] = { { 0, 0 }, { 0, 1000000000 } };
	const struct timespec keep[2] = { { 0, UTIME_OMIT }, { 0, UTIME_NOW } };
	struct stat status;

	umask(027);
	close(open("file", O_CREAT | O_WRONLY, 0666));
	CHECK(stat("file", &status) == 0);
	CHECK_EQUAL(status.st_mode, S_IFREG | 0640);
	CHECK(chmod("file", 07777) == 0 && stat("file", &status) == 0);
	CHECK_EQUAL(status.st_mode, S_IFREG | 07777);
	CHECK(chown("file", 12, 34) == 0 && stat("file", &status) == 0);
	CHECK_EQUAL(status.st_uid, 12);
	CHECK_EQUAL(status.st_gid, 34);
	CHECK_EQUAL(status.st_mode, S_IFREG | 01777);
	CHECK(chown("file", (unsigned int)-1, 5) == 0 && stat("file", &status) == 0);
	CHECK_EQUAL(status.st_uid, 12);
	CHECK(utimensat(AT_FDCWD, "file", times, 0) == 0 && stat("file", &status) == 0);
	CHECK_EQUAL(status.st_atim.tv_sec, 1000);
	CHECK_EQUAL(status.st_mtim.tv_nsec, 999999999);
	CHECK(utimensat(AT_FDCWD, "file", keep, 0) == 0 && stat("file", &status) == 0);
	CHECK_EQUAL(status.st_atim.tv_sec, 1000);
	CHECK(status.st_mtim.tv_sec != 2000 || status.st_mtim.tv_nsec != 999999999);
	CHECK_ERROR(utimensat(AT_FDCWD, "file", wrong, 0), EINVAL);
	CHECK(chmod("file", 0600) == 0);
	CHECK_ERROR(access("file", X_OK), EACCES);
	CHECK(access("file", R_OK | W_OK) == 0);
	CHECK_ERROR(access("file", 8), EINVAL);
	CHECK_ERROR(stat("file/x", &status), ENOTDIR);
	CHECK_ERROR(fstatat(AT_FDCWD, "file", &status, 1 << 20), EINVAL);
}

static void descriptors(void)
{
	int file = open_new("file"), first, many[4];

	CHECK_EQUAL(dup2(file, file), file);
	CHECK_ERROR(dup3(file, file, 0), EINVAL);
	CHECK_ERROR(dup2(file, DESCRIPTORS_MAX), EBADF);
	CHECK_ERROR(dup2(99, 5), EBADF);
	CHECK_EQUAL(dup3(file, 20, O_CLOEXEC), 20);
	CHECK_EQUAL(fcntl(20, F_GETFD), FD_CLOEXEC);
	CHECK(fcntl(20, F_SETFD, 0) == 0);
	CHECK_EQUAL(fcntl(20, F_GETFD), 0);
	CHECK_EQUAL(fcntl(file, F_DUPFD, 20), 21);
	CHECK_EQUAL(fcntl(file, F_DUPFD_CLOEXEC, 40), 40);
	CHECK_EQUAL(fcntl(40, F_GETFD), FD_CLOEXEC);
	CHECK_ERROR(fcntl(file, F_DUPFD, DESCRIPTORS_MAX), EINVAL);
	CHECK_ERROR(fcntl(file, 12345), EINVAL);
	CHECK_ERROR(fcntl(99, F_GETFD), EBADF);
	CHECK_EQUAL(fcntl(file, F_GETFL) & (O_ACCMODE | O_APPEND), O_RDWR);
	first = dup(file);
	while (dup(file) >= 0)
		;
	CHECK_EQUAL(errno, EMFILE);
	CHECK_ERROR(open("file", O_RDONLY), EMFILE);
	CHECK_ERROR(open("new", O_CREAT | O_RDWR, FILE_MODE), EMFILE);
	CHECK_ERROR(access("new", F_OK), ENOENT);
	CHECK_ERROR(pipe(many), EMFILE);
	close(first);
	close(DESCRIPTORS_MAX - 1);
	CHECK(pipe(many) == 0);
	CHECK_EQUAL(many[0], first);
	CHECK_EQUAL(many[1], DESCRIPTORS_MAX - 1);
}

static void open_flags(void)
{
	struct stat status;
	char byte;
	int file, path;

	make_file("file", "text");
	CHECK_ERROR(open("file", O_CREAT | O_EXCL | O_RDWR, FILE_MODE), EEXIST);
	CHECK_ERROR(open("file", O_RDONLY | O_DIRECTORY), ENOTDIR);
	CHECK_ERROR(open(".", O_CREAT | O_RDONLY, FILE_MODE), EISDIR);
	file = open(".", O_RDONLY);
	CHECK_ERROR(read(file, &byte, 1), EISDIR);
	CHECK_ERROR(write(file, &byte, 1), EBADF);
	path = open("file", O_PATH);
	CHECK(path >= 0);
	CHECK_ERROR(read(path, &byte, 1), EBADF);
	CHECK_ERROR(fchmod(path, 0600), EBADF);
	CHECK(fstat(path, &status) == 0);
	CHECK_EQUAL(status.st_size, 4);
	file = open("file", O_RDWR | O_TRUNC);
	CHECK(fstat(path, &status) == 0);
	CHECK_EQUAL(status.st_size, 0);
	CHECK(unlink("file") == 0);
	CHECK_EQUAL(write(file, "again", 5), 5);
	CHECK(fstat(path, &status) == 0);
	CHECK_EQUAL(status.st_nlink, 0);
	CHECK_EQUAL(status.st_size, 5);
}

/* Through /proc an open file can be opened once more, and its name can be read. */
static void descriptors_in_proc(void)
{
	char path[64], target[256] = { 0 };
	int file = open_new("file"), other, ends[2];

	CHECK_EQUAL(write(file, "text", 4), 4);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	other = open(path, O_RDONLY);
	CHECK(other >= 0);
	CHECK_EQUAL(read(other, target, 4), 4);
	CHECK(unlink("file") == 0);
	CHECK(readlink(path, target, sizeof(target) - 1) > 0);
	CHECK(strcmp(target + strlen(target) - strlen("/file (deleted)"), "/file (deleted)") == 0);
	CHECK(open(path, O_RDONLY) >= 0);
	CHECK(pipe(ends) == 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[1]);
	CHECK(readlink(path, target, sizeof(target) - 1) > 0);
	CHECK(memcmp(target, "pipe:[", 6) == 0);
	other = open(path, O_WRONLY);
	CHECK(other >= 0);
	CHECK_EQUAL(write(other, "x", 1), 1);
	CHECK_EQUAL(read(ends[0], target, 8), 1);
	CHECK_ERROR(open("/proc/self/fd/99", O_RDONLY), ENOENT);
}

static void read_past_end(void *mapping)
{
	(void)*(volatile char *)((char *)mapping + 2 * (size_t)PAGE);
}

static void mappings(void)
{
	int file = open_new("file");
	char *shared, *private, buffer[8];

	CHECK(ftruncate(file, PAGE + 10) == 0);
	shared = mmap(NULL, 3l * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	private = mmap(NULL, 2l * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
	CHECK(shared != MAP_FAILED && private != MAP_FAILED);
	CHECK_EQUAL(pwrite(file, "abcdef", 6, PAGE), 6);
	CHECK(memcmp(shared + PAGE, "abcdef", 6) == 0);
	CHECK(memcmp(private + PAGE, "abcdef", 6) == 0);
	shared[PAGE] = 'S';
	CHECK_EQUAL(pread(file, buffer, 3, PAGE), 3);
	CHECK(memcmp(buffer, "Sbc", 3) == 0);
	CHECK_EQUAL(private[PAGE], 'S'); /* not copied yet */
	private[PAGE + 1] = 'P';
	CHECK_EQUAL(shared[PAGE + 1], 'b');
	shared[PAGE + 2] = 'X';
	CHECK_EQUAL(private[PAGE + 2], 'c'); /* its own copy */
	CHECK_EQUAL(private[PAGE + 100], 0);
	CHECK_EQUAL(WTERMSIG(tap_in_child(read_past_end, shared)), SIGBUS);
	close(file);
	CHECK(unlink("file") == 0);
	CHECK_EQUAL(shared[PAGE], 'S');
	CHECK(munmap(shared, 3l * PAGE) == 0 && munmap(private, 2l * PAGE) == 0);
}

static void mapping_rights(void)
{
	int file;

	make_file("file", "text");
	file = open("file", O_RDONLY);
	CHECK_ERROR(mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED, file, 0) == MAP_FAILED ? -1 : 0,
		EACCES);
	char *mapping = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, file, 0);

	CHECK(mapping != MAP_FAILED);
	CHECK_ERROR(mprotect(mapping, PAGE, PROT_READ | PROT_WRITE), EACCES);
	mapping = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
	CHECK(mapping != MAP_FAILED);
	mapping[0] = 'T';
	expect_file("file", "text");
	close(file);
	file = open("file", O_WRONLY);
	CHECK_ERROR(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, file, 0) == MAP_FAILED ? -1 : 0,
		EACCES);
	file = open(".", O_RDONLY);
	CHECK_ERROR(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, file, 0) == MAP_FAILED ? -1 : 0,
		ENODEV);
}

static void devices(void)
{
	int null = open("/dev/null", O_RDWR), zero = open("/dev/zero", O_RDWR);
	int full = open("/dev/full", O_RDWR);
	char buffer[8] = "xxxxxxx", *mapping;

	CHECK(null >= 0 && zero >= 0 && full >= 0);
	CHECK_EQUAL(write(null, buffer, 8), 8);
	CHECK_EQUAL(read(null, buffer, 8), 0);
	CHECK_EQUAL(read(zero, buffer, 4), 4);
	CHECK(memcmp(buffer, "\0\0\0\0xxx", 8) == 0);
	CHECK_ERROR(write(full, buffer, 1), ENOSPC);
	mapping = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, zero, 0);
	CHECK(mapping != MAP_FAILED && mapping[PAGE - 1] == 0);
	mapping[0] = 1;
	mapping = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, zero, 0);
	CHECK(mapping != MAP_FAILED && mapping[0] == 0);
	int child = tap_fork();

	if (child == 0) {
		mapping[0] = 7;
		_exit(0);
	}
	tap_join(child);
	CHECK_EQUAL(mapping[0], 7);
	CHECK(mknod("mine", S_IFCHR | 0600, 1 << 8 | 3) == 0);
	null = open("mine", O_WRONLY);
	CHECK_EQUAL(write(null, buffer, 8), 8);
	CHECK(mknod("unknown", S_IFCHR | 0600, 200 << 8 | 3) == 0);
	CHECK_ERROR(open("unknown", O_RDONLY), ENXIO);
	CHECK_ERROR(mknod("directory", S_IFDIR | 0700, 0), EPERM);
	CHECK_ERROR(mknod("what", 0110000 | 0700, 0), EINVAL);
}

static const struct tap_case cases[] = {
	{ "holes", holes, 0 },
	{ "truncation", truncation, 0 },
	{ "vectors", vectors, 0 },
	{ "appending", appending, 0 },
	{ "sending", sending, 0 },
	{ "attributes", attributes, 0 },
	{ "descriptors", descriptors, 0 },
	{ "open-flags", open_flags, 0 },
	{ "descriptors-in-proc", descriptors_in_proc, 0 },
	{ "mappings", mappings, 0 },
	{ "mapping-rights", mapping_rights, 0 },
	{ "devices", devices, 0 },
};

const struct tap_group file_data_group = TAP_GROUP(cases);
