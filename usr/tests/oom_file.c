/* Operations on files, directories and pipes. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "usr/tests/memory.h"
#include "usr/tests/oomtest.h"
#include "usr/tests/tap.h"

#define FILE_MODE      0644
#define DIRECTORY_MODE 0755
#define WRITE_BYTES    (10 * PAGE_BYTES)
#define PIPE_BYTES     (3 * PAGE_BYTES)
#define DIRECTORIES    4
#define ENTRY_BYTES    512

static unsigned char *buffer; /* touched, so that no fault comes in between */
static int ends[2] = { -1, -1 };
static int file = -1;

static void close_if_open(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void prepare_buffer(void)
{
	buffer = memory_map_pages(WRITE_BYTES / PAGE_BYTES);
	memset(buffer, 'w', WRITE_BYTES);
}

static int pipe_through(void)
{
	if (pipe(ends) < 0)
		return errno;
	ssize_t count = write(ends[1], buffer, PIPE_BYTES);
	if (count < 0)
		return errno;
	if (read(ends[0], buffer, (size_t)count) != count)
		return errno;
	return count == PIPE_BYTES ? 0 : ENOMEM;
}

static void undo_pipe(void)
{
	close_if_open(&ends[0]);
	close_if_open(&ends[1]);
}

static int create_file(void)
{
	file = open("created", O_CREAT | O_RDWR, FILE_MODE);
	return file < 0 ? errno : 0;
}

static int create_and_write(void)
{
	int error = create_file();

	if (error != 0)
		return error;
	ssize_t count = write(file, buffer, WRITE_BYTES);
	if (count < 0)
		return errno;
	return count == WRITE_BYTES ? 0 : ENOMEM;
}

/* Writes one byte to each page of a file of holes: every write needs one page, or none. */
static int write_sparsely(void)
{
	int error = create_file();

	for (long page = 0; error == 0 && page < 4; page++) {
		ssize_t count = pwrite(file, buffer, 1, page * (long)MIB);
		if (count < 0)
			error = errno;
	}
	return error;
}

static void undo_file(void)
{
	close_if_open(&file);
	unlink("created");
}

static int make_directories(void)
{
	char name[16];

	for (int i = 0; i < DIRECTORIES; i++) {
		snprintf(name, sizeof(name), "directory%d", i);
		if (mkdir(name, DIRECTORY_MODE) < 0)
			return errno;
	}
	return 0;
}

static void undo_directories(void)
{
	char name[16];

	for (int i = 0; i < DIRECTORIES; i++) {
		snprintf(name, sizeof(name), "directory%d", i);
		rmdir(name);
	}
}

static void prepare_link(void)
{
	int fd = open("target", O_CREAT | O_RDWR, FILE_MODE);

	CHECK(fd >= 0);
	close(fd);
}

static int link_and_rename(void)
{
	if (link("target", "link") < 0)
		return errno;
	return rename("link", "a-name-that-is-longer-than-many-others-are") < 0 ? errno : 0;
}

static void undo_link(void)
{
	unlink("link");
	unlink("a-name-that-is-longer-than-many-others-are");
}

static int change_directory(void)
{
	char path[ENTRY_BYTES];

	if (mkdir("entered", DIRECTORY_MODE) < 0)
		return errno;
	if (chdir("entered") < 0)
		return errno;
	return getcwd(path, sizeof(path)) == NULL ? errno : 0;
}

static void undo_change(void)
{
	char path[ENTRY_BYTES];

	if (getcwd(path, sizeof(path)) != NULL && strstr(path, "/entered") != NULL)
		CHECK(chdir("..") == 0);
	rmdir("entered");
}

static int list_directory(void)
{
	char entries[ENTRY_BYTES];

	file = open(".", O_RDONLY | O_DIRECTORY);
	if (file < 0)
		return errno;
	return syscall(SYS_getdents64, file, entries, sizeof(entries)) < 0 ? errno : 0;
}

static void undo_list(void)
{
	close_if_open(&file);
}

/* The kernel makes the file's text when it is read. */
static int read_made(const char *name)
{
	char text[ENTRY_BYTES];

	file = open(name, O_RDONLY);
	if (file < 0)
		return errno;
	return read(file, text, sizeof(text)) < 0 ? errno : 0;
}

static int read_proc(void)
{
	return read_made("/proc/self/maps");
}

static int read_proc_of_thread(void)
{
	char name[48];

	snprintf(name, sizeof(name), "/proc/self/task/%d/stat", getpid());
	return read_made(name);
}

/* Enough descriptors that their table must grow. */
static int many_descriptors(void)
{
	for (int fd = 100; fd < 1000; fd += 300) {
		if (fcntl(STDOUT_FILENO, F_DUPFD, fd) < 0)
			return errno;
	}
	return 0;
}

static void undo_descriptors(void)
{
	for (int fd = 100; fd < 1000; fd++)
		close(fd);
}

const struct operation file_operations[] = {
	{ "pipe", prepare_buffer, pipe_through, undo_pipe, false, false },
	{ "create", NULL, create_file, undo_file, false, false },
	{ "write", prepare_buffer, create_and_write, undo_file, false, false },
	{ "write-sparsely", prepare_buffer, write_sparsely, undo_file, false, false },
	{ "mkdir", NULL, make_directories, undo_directories, false, false },
	{ "link", prepare_link, link_and_rename, undo_link, false, false },
	{ "chdir", NULL, change_directory, undo_change, false, false },
	{ "list", NULL, list_directory, undo_list, false, false },
	{ "read-proc", NULL, read_proc, undo_list, false, false },
	{ "read-proc-of-thread", NULL, read_proc_of_thread, undo_list, false, false },
	{ "descriptors", NULL, many_descriptors, undo_descriptors, false, true },
};

const size_t file_operation_count = sizeof(file_operations) / sizeof(file_operations[0]);
