/*
 * Descriptors: a table from small numbers to open files. Counted, since clone(CLONE_FILES) shares
 * it. Small tables live in the object itself, so that fork() copies a few words.
 *
 *	lock	all of it
 */
#pragma once

#include <stdatomic.h>

#include "arch/riscv/lock.h"
#include "lib/bitmap.h"
#include "lib/types.h"

struct dentry;
struct file;

#define FILE_TABLE_MAX     4096 /* no RLIMIT_NOFILE allows more; its default: */
#define FILE_TABLE_DEFAULT 1024
#define FILE_TABLE_SMALL   32

struct file_table {
	_Atomic u32 count;
	struct spinlock lock;
	u32 limit;           /* entries from here on were never used, and hold nothing */
	u32 lowest;          /* no entry below is free */
	u32 capacity;        /* of `files` */
	struct file **files; /* `small`, or kmalloc() */
	u64 close_on_exec[BITMAP_WORDS(FILE_TABLE_MAX)]; /* valid where there is a file */
	struct file *small[FILE_TABLE_SMALL];
};

/* An empty table. NULL: no memory. */
struct file_table *file_table_create(void);

/* A copy for fork(), close-on-exec marks included. NULL: no memory. */
struct file_table *file_table_clone(struct file_table *table);

struct file_table *file_table_get(struct file_table *table);

/* Dropping the last reference closes all files. */
void file_table_put(struct file_table *table);

/* The open file, counted; NULL: not open. */
struct file *file_table_find(struct file_table *table, u64 fd);

/* file_dentry() of the open file; NULL: not open. */
struct dentry *file_table_dentry(struct file_table *table, u64 fd);

/*
 * Makes the lowest free descriptor from `from` on refer to the file, whose reference is taken over
 * on success. The result is the descriptor, or -EMFILE (RLIMIT_NOFILE), -ENOMEM, -EINVAL (`from` is
 * out of range).
 */
int file_table_add(struct file_table *table, struct file *file, u64 from,
	bool close_on_exec) MUST_CHECK;

/*
 * Makes sure that the next file_table_add() from 0 will succeed, unless another thread is faster:
 * for calls that would otherwise have much to undo. 0, -EMFILE or -ENOMEM.
 */
int file_table_make_room(struct file_table *table) MUST_CHECK;

/*
 * For dup3(): sets exactly that descriptor; its old file is closed. -EBADF (out of range), -ENOMEM.
 */
int file_table_set(struct file_table *table, u64 fd, struct file *file,
	bool close_on_exec) MUST_CHECK;

/* 0 or -EBADF. */
int file_table_close(struct file_table *table, u64 fd);

/* close_range(2): [first, last]. */
void file_table_close_range(struct file_table *table, u64 first, u64 last);

/* Sets (get: returns) the close-on-exec mark. -EBADF. */
int file_table_set_close_on_exec(struct file_table *table, u64 fd, bool close_on_exec);
int file_table_get_close_on_exec(struct file_table *table, u64 fd);

/* For exec(): closes all marked descriptors. The table has only one user. */
void file_table_close_on_exec(struct file_table *table);

/* The lowest open descriptor at or above `fd`, or -1. */
s64 file_table_next(struct file_table *table, u64 fd);
