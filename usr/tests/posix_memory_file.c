/* Files without a name, and their seals; programs that are written to; copies; exchanged names. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "usr/tests/posixtest.h"

#define PAGE       4096
#define NAME_LIMIT 249

static void memory_files(void)
{
	char name[NAME_LIMIT + 2], text[8] = { 0 };
	struct stat status;
	int file;

	memset(name, 'x', sizeof(name));
	name[NAME_LIMIT + 1] = '\0';
	GIVES(-EINVAL, memfd_create, name, 0);
	name[NAME_LIMIT] = '\0';
	close((int)WORKS(memfd_create, name, 0));
	GIVES(-EINVAL, memfd_create, "x", 1 << 20);
	GIVES(-EFAULT, memfd_create, BAD_POINTER, 0);
	file = (int)WORKS(memfd_create, "x", MFD_CLOEXEC);
	GIVES(FD_CLOEXEC, fcntl, file, F_GETFD);
	CHECK(fstat(file, &status) == 0);
	CHECK(S_ISREG(status.st_mode) && (status.st_mode & 0777) == 0777 && status.st_nlink == 0);
	GIVES(4, write, file, "text", 4);
	GIVES(4, pread64, file, text, sizeof(text), 0);
	CHECK(strcmp(text, "text") == 0);
	GIVES(F_SEAL_SEAL, fcntl, file, F_GET_SEALS);
	GIVES(-EPERM, fcntl, file, F_ADD_SEALS, F_SEAL_WRITE);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", file);
	memset(text, 0, sizeof(text));
	CHECK(readlink(name, text, sizeof(text) - 1) > 0);
	CHECK(strcmp(text, "/memfd:") == 0);
}

static void sealed_size(void)
{
	int file = (int)WORKS(memfd_create, "x", MFD_ALLOW_SEALING);

	GIVES(0, fcntl, file, F_GET_SEALS);
	GIVES(0, ftruncate, file, PAGE);
	GIVES(-EINVAL, fcntl, file, F_ADD_SEALS, 1 << 20);
	GIVES(0, fcntl, file, F_ADD_SEALS, F_SEAL_SHRINK);
	GIVES(-EPERM, ftruncate, file, 1);
	GIVES(0, ftruncate, file, 2 * PAGE);
	GIVES(0, fallocate, file, 0, 0, PAGE); /* does not shrink the file */
	GIVES(0, fcntl, file, F_ADD_SEALS, F_SEAL_GROW);
	GIVES(-EPERM, ftruncate, file, 3 * PAGE);
	GIVES(-EPERM, pwrite64, file, "x", 1, 2 * PAGE);
	GIVES(-EPERM, fallocate, file, 0, 0, 3 * PAGE);
	GIVES(-EPERM, fallocate, file, FALLOC_FL_KEEP_SIZE, 0, 3 * PAGE);
	GIVES(0, fallocate, file, FALLOC_FL_KEEP_SIZE, 0, 2 * PAGE);
	GIVES(1, pwrite64, file, "x", 1, 0);
	GIVES(F_SEAL_SHRINK | F_SEAL_GROW, fcntl, file, F_GET_SEALS);
	GIVES(0, fcntl, file, F_ADD_SEALS, F_SEAL_SEAL);
	GIVES(-EPERM, fcntl, file, F_ADD_SEALS, F_SEAL_WRITE);
}

static void sealed_contents(void)
{
	int file = (int)WORKS(memfd_create, "x", MFD_ALLOW_SEALING);
	const int both = PROT_READ | PROT_WRITE;
	void *memory;

	GIVES(0, ftruncate, file, PAGE);
	memory = (void *)WORKS(mmap, NULL, PAGE, both, MAP_SHARED, file, 0);
	GIVES(-EBUSY, fcntl, file, F_ADD_SEALS, F_SEAL_WRITE);
	GIVES(0, munmap, memory, PAGE);
	GIVES(0, fcntl, file, F_ADD_SEALS, F_SEAL_WRITE);
	GIVES(-EPERM, write, file, "x", 1);
	GIVES(-EPERM, fallocate, file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, PAGE);
	GIVES(-EPERM, mmap, NULL, PAGE, both, MAP_SHARED, file, 0);
	memory = (void *)WORKS(mmap, NULL, PAGE, both, MAP_PRIVATE, file, 0);
	*(volatile char *)memory = 1; /* a page of its own */
	memory = (void *)WORKS(mmap, NULL, PAGE, PROT_READ, MAP_SHARED, file, 0);
	GIVES(-EACCES, mprotect, memory, PAGE, both);
}

static void sealed_future(void)
{
	int file = (int)WORKS(memfd_create, "x", MFD_ALLOW_SEALING);
	volatile char *memory;

	GIVES(0, ftruncate, file, PAGE);
	memory = (void *)WORKS(mmap, NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	GIVES(0, fcntl, file, F_ADD_SEALS, F_SEAL_FUTURE_WRITE);
	GIVES(-EPERM, write, file, "x", 1);
	memory[0] = 'y'; /* existing mappings stay */
	GIVES(-EPERM, mmap, NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
}

static void nameless_files(void)
{
	char path[32];
	struct stat status;
	int file;

	GIVES(-EINVAL, openat, AT_FDCWD, ".", O_TMPFILE | O_RDONLY, FILE_MODE);
	close(posix_file("plain", ""));
	GIVES(-ENOTDIR, openat, AT_FDCWD, "plain", O_TMPFILE | O_RDWR, FILE_MODE);
	GIVES(-ENOENT, openat, AT_FDCWD, "nothing", O_TMPFILE | O_RDWR, FILE_MODE);
	file = (int)WORKS(openat, AT_FDCWD, ".", O_TMPFILE | O_RDWR, FILE_MODE);
	CHECK(fstat(file, &status) == 0 && status.st_nlink == 0);
	GIVES(4, write, file, "text", 4);
	GIVES(0, linkat, file, "", AT_FDCWD, "name", AT_EMPTY_PATH);
	CHECK(stat("name", &status) == 0 && status.st_size == 4 && status.st_nlink == 1);
	close(file);
	file = (int)WORKS(openat, AT_FDCWD, ".", O_TMPFILE | O_RDWR, FILE_MODE);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	GIVES(0, linkat, AT_FDCWD, path, AT_FDCWD, "other", AT_SYMLINK_FOLLOW);
	close(file);
	file = (int)WORKS(openat, AT_FDCWD, ".", O_TMPFILE | O_RDWR | O_EXCL, FILE_MODE);
	GIVES(-ENOENT, linkat, file, "", AT_FDCWD, "third", AT_EMPTY_PATH);
	close(file);
	file = (int)WORKS(openat, AT_FDCWD, "name", O_RDWR, 0);
	GIVES(0, unlinkat, AT_FDCWD, "name", 0);
	GIVES(-ENOENT, linkat, file, "", AT_FDCWD, "name", AT_EMPTY_PATH); /* too late for a name */
}

static void copied_ranges(void)
{
	int from = posix_file("from", "0123456789"), to = posix_file("to", "");
	char text[16] = { 0 };
	long offset = 2;
	int ends[2];

	CHECK(pipe(ends) == 0);
	GIVES(10, copy_file_range, from, NULL, to, NULL, 100, 0);
	GIVES(0, copy_file_range, from, NULL, to, NULL, 100, 0); /* at its end */
	GIVES(3, copy_file_range, from, &offset, to, NULL, 3, 0);
	CHECK_EQUAL(offset, 5);
	GIVES(13, pread64, to, text, sizeof(text), 0);
	CHECK(strcmp(text, "0123456789234") == 0);
	GIVES(-EINVAL, copy_file_range, from, NULL, to, NULL, 1, 1);
	GIVES(-EOVERFLOW, copy_file_range, from, &(long){ -1 }, to, NULL, 1, 0);
	GIVES(-EINVAL, copy_file_range, from, &(long){ -2 }, to, NULL, 1, 0);
	GIVES(-EFAULT, copy_file_range, from, BAD_POINTER, to, NULL, 1, 0);
	GIVES(-EBADF, copy_file_range, BAD_FD, NULL, to, NULL, 1, 0);
	offset = 0;
	GIVES(-EINVAL, copy_file_range, to, &offset, to, &(long){ 1 }, 5, 0); /* onto itself */
	GIVES(5, copy_file_range, to, &offset, to, &(long){ 5 }, 5, 0);
	GIVES(1, copy_file_range, to, &(long){ 12 }, to, &(long){ 13 }, 100, 0);
	close(from);
	from = (int)WORKS(openat, AT_FDCWD, "from", O_WRONLY, 0);
	GIVES(-EBADF, copy_file_range, from, NULL, to, NULL, 1, 0);
	from = (int)WORKS(openat, AT_FDCWD, ".", O_RDONLY, 0);
	GIVES(-EISDIR, copy_file_range, from, NULL, to, NULL, 1, 0);
	GIVES(-EISDIR, copy_file_range, to, NULL, from, NULL, 1, 0);
	GIVES(-EINVAL, copy_file_range, to, NULL, ends[0], NULL, 1, 0);
}

static void exchanged_names(void)
{
	struct stat status;

	close(posix_file("a", "first"));
	CHECK(mkdir("directory", DIRECTORY_MODE) == 0 &&
		mkdir("directory/sub", DIRECTORY_MODE) == 0);
	close(posix_file("directory/b", "second!"));
	GIVES(-EINVAL, renameat2, AT_FDCWD, "a", AT_FDCWD, "directory/b",
		RENAME_EXCHANGE | RENAME_NOREPLACE);
	GIVES(-ENOENT, renameat2, AT_FDCWD, "a", AT_FDCWD, "nothing", RENAME_EXCHANGE);
	GIVES(-ENOENT, renameat2, AT_FDCWD, "nothing", AT_FDCWD, "a", RENAME_EXCHANGE);
	GIVES(0, renameat2, AT_FDCWD, "a", AT_FDCWD, "directory/b", RENAME_EXCHANGE);
	CHECK(stat("a", &status) == 0 && status.st_size == 7);
	CHECK(stat("directory/b", &status) == 0 && status.st_size == 5);
	GIVES(-EINVAL, renameat2, AT_FDCWD, "directory", AT_FDCWD, "directory/sub",
		RENAME_EXCHANGE);
	GIVES(-EINVAL, renameat2, AT_FDCWD, "directory/sub", AT_FDCWD, "directory",
		RENAME_EXCHANGE);
	GIVES(0, renameat2, AT_FDCWD, "a", AT_FDCWD, "directory/sub", RENAME_EXCHANGE);
	CHECK(stat("a", &status) == 0 && S_ISDIR(status.st_mode));
	CHECK(stat("directory", &status) == 0 && status.st_nlink == 2);
	GIVES(0, renameat2, AT_FDCWD, "a", AT_FDCWD, "a", RENAME_EXCHANGE);
}

static void programs_in_use(void)
{
	char *const arguments[] = { "program", IDENTITY_ARGUMENT, NULL };
	int file;

	tap_copy_program("program", 0755, 0, 0);
	file = (int)WORKS(openat, AT_FDCWD, "program", O_RDWR, 0);
	GIVES(-ETXTBSY, execve, "program", arguments, NULL);
	close(file);
	file = (int)WORKS(openat, AT_FDCWD, "program", O_RDONLY, 0);
	close(file);
	GIVES(-ETXTBSY, openat, AT_FDCWD, tap_program(), O_RDWR, 0);
	GIVES(-ETXTBSY, truncate, tap_program(), 0);
}

/* Runs the program in a child, which must exit with status 0. */
static void run_at(int directory, const char *path, int flags)
{
	char *const arguments[] = { "program", IDENTITY_ARGUMENT, NULL };
	char *const environment[] = { NULL };
	int child = tap_fork();

	if (child == 0) {
		close(STDOUT_FILENO);
		CHECK(open("out", O_CREAT | O_WRONLY, FILE_MODE) == STDOUT_FILENO);
		kernel_call(SYS_execveat, directory, path, arguments, environment, flags);
		_exit(1);
	}
	tap_join(child);
}

static void execute_at(void)
{
	int directory, file;

	CHECK(mkdir("directory", DIRECTORY_MODE) == 0);
	tap_copy_program("directory/program", 0755, 0, 0);
	CHECK(symlink("program", "directory/link") == 0);
	directory = (int)WORKS(openat, AT_FDCWD, "directory", O_RDONLY | O_DIRECTORY, 0);
	file = (int)WORKS(openat, directory, "program", O_RDONLY, 0);
	run_at(directory, "program", 0);
	run_at(directory, "link", 0);
	run_at(file, "", AT_EMPTY_PATH);
	GIVES(-ELOOP, execveat, directory, "link", NULL, NULL, AT_SYMLINK_NOFOLLOW);
	GIVES(-EINVAL, execveat, directory, "program", NULL, NULL, 1);
	GIVES(-ENOENT, execveat, file, "", NULL, NULL, 0);
	GIVES(-EBADF, execveat, BAD_FD, "", NULL, NULL, AT_EMPTY_PATH);
	GIVES(-EBADF, execveat, BAD_FD, "program", NULL, NULL, 0);
	GIVES(-EACCES, execveat, directory, "", NULL, NULL, AT_EMPTY_PATH);
}

static void writing_back(void)
{
	int file = posix_file("file", "text"), ends[2];

	CHECK(pipe(ends) == 0);
	GIVES(0, readahead, file, 0, PAGE);
	GIVES(-EBADF, readahead, BAD_FD, 0, PAGE);
	GIVES(-EINVAL, readahead, ends[0], 0, PAGE);
	GIVES(0, syncfs, file);
	GIVES(-EBADF, syncfs, BAD_FD);
	GIVES(0, sync_file_range, file, 0, PAGE, 2);
	GIVES(-EINVAL, sync_file_range, file, 0, PAGE, 8);
	GIVES(-EINVAL, sync_file_range, file, -1, PAGE, 2);
	GIVES(-ESPIPE, sync_file_range, ends[0], 0, PAGE, 2);
}

static const struct tap_case cases[] = {
	{ "memory-files", memory_files, 0 },
	{ "sealed-size", sealed_size, 0 },
	{ "sealed-contents", sealed_contents, 0 },
	{ "sealed-future", sealed_future, 0 },
	{ "nameless-files", nameless_files, 0 },
	{ "copied-ranges", copied_ranges, 0 },
	{ "exchanged-names", exchanged_names, 0 },
	{ "programs-in-use", programs_in_use, 0 },
	{ "execute-at", execute_at, 0 },
	{ "writing-back", writing_back, 0 },
};

const struct tap_group posix_memory_file_group = TAP_GROUP(cases);
