/*
 * Replacing what a process runs.
 */
#pragma once

#include "lib/types.h"

struct dentry;
struct space;

/* A list of strings: in user memory (an array of pointers that ends with NULL), or our own. */
struct string_list {
	struct space *space;       /* NULL: `kernel` counts */
	u64 user;                  /* address of the array; 0: an empty list */
	const char *const *kernel; /* NULL at the end */
};

/*
 * execve(2) for the current process, which has a trap frame: on success the frame starts the new
 * program. program: what to run, or an error pointer; the reference is taken over. path: what it is
 * called; `lost`: once it runs, that leads nowhere, so it can be no script. Errors as execve(2); until one
 * is returned nothing has changed.
 */
int process_exec(struct dentry *program, const char *path, bool lost,
	const struct string_list *arguments, const struct string_list *environment);

/* A program's dentry by its path, counted, or an error pointer. */
struct dentry *exec_lookup(const char *path);
