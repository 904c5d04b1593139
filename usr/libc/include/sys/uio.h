#ifndef COWSLIP_LIBC_SYS_UIO_H
#define COWSLIP_LIBC_SYS_UIO_H

#include <sys/types.h>

#include "lib/abi/uio.h"

ssize_t readv(int fd, const struct iovec *vectors, int count);
ssize_t writev(int fd, const struct iovec *vectors, int count);
ssize_t preadv(int fd, const struct iovec *vectors, int count, off_t offset);
ssize_t pwritev(int fd, const struct iovec *vectors, int count, off_t offset);

#endif
