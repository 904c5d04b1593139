/*
 * Unpacks cpio archives (newc, several one after another) into the root directory. What is wrong
 * with them is said on the console; what could be read stays.
 */
#ifndef COWSLIP_FS_INITRAMFS_H
#define COWSLIP_FS_INITRAMFS_H

#include "lib/types.h"

/* 0; -EINVAL: not a cpio archive, or a broken one; -ENOSPC or -ENOMEM: it does not fit. */
int initramfs_unpack(const void *start, size_t size);

#endif
