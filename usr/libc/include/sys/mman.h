#ifndef COWSLIP_LIBC_SYS_MMAN_H
#define COWSLIP_LIBC_SYS_MMAN_H

#include <sys/types.h>

#include "lib/abi/mman.h"

#define MAP_FAILED ((void *)-1)

void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset);
int munmap(void *address, size_t length);
int mprotect(void *address, size_t length, int protection);
void *mremap(void *address, size_t length, size_t new_length, int flags, ...);
int msync(void *address, size_t length, int flags);
int madvise(void *address, size_t length, int advice);
int mincore(void *address, size_t length, unsigned char *resident);
int mlock(const void *address, size_t length);
int munlock(const void *address, size_t length);
int memfd_create(const char *name, unsigned int flags);

#endif
