#ifndef COWSLIP_LIBC_DIRENT_H
#define COWSLIP_LIBC_DIRENT_H

#include <sys/types.h>

#include "lib/abi/dirent.h"

struct dirent {
	ino_t d_ino;
	off_t d_off;
	unsigned short d_reclen;
	unsigned char d_type;
	char d_name[256];
};

typedef struct directory DIR;

DIR *opendir(const char *path);
DIR *fdopendir(int fd);
struct dirent *readdir(DIR *directory); /* valid until the next call */
void rewinddir(DIR *directory);
int dirfd(DIR *directory);
int closedir(DIR *directory);
ssize_t getdents64(int fd, void *buffer, size_t length);

#endif
