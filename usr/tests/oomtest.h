/* The operations that oomtest lets run out of memory, and how to describe one. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * prepare() makes what perform() needs, and is not made to fail; perform() returns 0 or the errno
 * that a system call gave; undo() takes back what perform() did, as far as it got. All run in a
 * child that has performed and undone the operation once before, so that its own pages are there.
 */
struct operation {
	const char *name;
	void (*prepare)(void); /* or NULL */
	int (*perform)(void);
	void (*undo)(void); /* or NULL */
	bool may_die;       /* the failing allocation may be one in a fault, which kills */
	bool once;          /* can be performed only once in a process: not before or after, too */
};

/* The argument that makes oomtest exit at once; its status says what became of n. */
#define OOMTEST_REPORT "--report"

extern const struct operation memory_operations[];
extern const size_t memory_operation_count;
extern const struct operation file_operations[];
extern const size_t file_operation_count;
extern const struct operation object_operations[];
extern const size_t object_operation_count;
