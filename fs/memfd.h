/*
 * Files in memory that have no name (memfd_create), and seals, which forbid what a file's users could
 * do to each other.
 *
 *	inode->lock	seals, while they change or must not
 */
#pragma once

#include "fs/file.h"
#include "lib/types.h"

/* The longest name that memfd_create() takes, without its NUL. */
#define MEMFD_NAME_MAX 249

/* Open for reading and writing, counted. seals: that it has from the start. NULL: no memory. */
struct file *memfd_create(const char *name, u32 mode, u32 seals);

/* F_ADD_SEALS: 0; -EINVAL: no such file or seals; -EPERM; -EBUSY: it is mapped for writing. */
int seals_add(struct file *file, u32 seals) MUST_CHECK;

/* F_GET_SEALS: -EINVAL. */
s64 seals_get(struct file *file);
