/*
 * System calls on memory.
 */
#include <stdarg.h>
#include <sys/mman.h>
#include <unistd.h>

#include "usr/libc/syscall.h"

void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
	return (void *)checked_call(SYS_mmap, address, length, protection, flags, fd, offset);
}

int munmap(void *address, size_t length)
{
	return checked_call(SYS_munmap, address, length);
}

int mprotect(void *address, size_t length, int protection)
{
	return checked_call(SYS_mprotect, address, length, protection);
}

void *mremap(void *address, size_t length, size_t new_length, int flags, ...)
{
	va_list arguments;

	va_start(arguments, flags);
	void *new_address = va_arg(arguments, void *);
	va_end(arguments);
	return (void *)checked_call(SYS_mremap, address, length, new_length, flags, new_address);
}

int msync(void *address, size_t length, int flags)
{
	return checked_call(SYS_msync, address, length, flags);
}

int madvise(void *address, size_t length, int advice)
{
	return checked_call(SYS_madvise, address, length, advice);
}

int mincore(void *address, size_t length, unsigned char *resident)
{
	return checked_call(SYS_mincore, address, length, resident);
}

int mlock(const void *address, size_t length)
{
	return checked_call(SYS_mlock, address, length);
}

int munlock(const void *address, size_t length)
{
	return checked_call(SYS_munlock, address, length);
}

int memfd_create(const char *name, unsigned int flags)
{
	return checked_call(SYS_memfd_create, name, flags);
}

/* Linux's brk returns the end of the heap, moved or not. */
int brk(void *end)
{
	if ((void *)system_call(SYS_brk, end) == end)
		return 0;
	errno = ENOMEM;
	return -1;
}

void *sbrk(intptr_t change)
{
	char *end = (char *)system_call(SYS_brk, 0);

	return change && brk(end + change) < 0 ? (void *)-1 : end;
}
