/*
 * Replacing what a process runs.
 */
#pragma once

#include "lib/types.h"

struct dentry;
struct space;

/* A list of strings: in user memory (an array of pointers that ends with NULL), or the kernel's. */
struct string_list {
	struct space *space;       /* NULL: `kernel` is used */
	u64 user;                  /* address of the array; 0: an empty list */
	const char *const *kernel; /* NULL at the end */
};

/*
 * execve(2) for the current process, which has a trap frame: on success the frame starts the new
 * program. program: what to run, or an error pointer; takes over the reference. path: its name;
 * lost: the name leads nowhere once the program runs, so that it cannot be a script. Errors as
 * execve(2); after an error nothing has changed.
 */
int process_exec(struct dentry *program, const char *path, bool lost,
	const struct string_list *arguments, const struct string_list *environment);

/* A program's dentry by its path, counted, or an error pointer. */
struct dentry *exec_lookup(const char *path);
