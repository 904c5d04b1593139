/*
 * Reading directories, a buffer of entries at a time.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "usr/libc/syscall.h"

#define BUFFER_SIZE 2048

struct directory {
	int fd;
	size_t next; /* entries that are not read yet: from here */
	size_t end;
	_Alignas(uint64_t) char buffer[BUFFER_SIZE];
};

ssize_t getdents64(int fd, void *buffer, size_t length)
{
	return checked_call(SYS_getdents64, fd, buffer, length);
}

DIR *fdopendir(int fd)
{
	DIR *directory = malloc(sizeof(*directory));

	if (!directory)
		return NULL;
	directory->fd = fd;
	directory->next = directory->end = 0;
	return directory;
}

DIR *opendir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory;

	if (fd < 0)
		return NULL;
	directory = fdopendir(fd);
	if (!directory)
		close(fd);
	return directory;
}

/* struct dirent begins like the kernel's entry; d_name ends where the entry does. */
struct dirent *readdir(DIR *directory)
{
	struct dirent *entry;

	if (directory->next == directory->end) {
		ssize_t length = getdents64(directory->fd, directory->buffer, BUFFER_SIZE);

		if (length <= 0)
			return NULL;
		directory->next = 0;
		directory->end = length;
	}
	entry = (struct dirent *)(directory->buffer + directory->next);
	directory->next += entry->d_reclen;
	return entry;
}

void rewinddir(DIR *directory)
{
	lseek(directory->fd, 0, SEEK_SET);
	directory->next = directory->end = 0;
}

int dirfd(DIR *directory)
{
	return directory->fd;
}

int closedir(DIR *directory)
{
	int fd = directory->fd;

	free(directory);
	return close(fd);
}
