/*
 * Files in memory that have no name (memfd_create), and seals, which keep a file's users from doing
 * each other harm.
 *
 *	inode->lock	seals: held to change them, or to keep them from changing
 */
#pragma once

#include "fs/file.h"
#include "lib/types.h"

/* The longest name that memfd_create() takes, without its NUL. */
#define MEMFD_NAME_MAX 249

/* Open for reading and writing, counted. seals: those it has from the start. NULL: no memory. */
struct file *memfd_create(const char *name, u32 mode, u32 seals);

/*
 * F_ADD_SEALS: 0; -EINVAL: no such seals, or the file has none; -EPERM; -EBUSY: mapped for writing.
 */
int seals_add(struct file *file, u32 seals) MUST_CHECK;

/* F_GET_SEALS: -EINVAL. */
s64 seals_get(struct file *file);
