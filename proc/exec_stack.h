/*
 * The first stack of a program: its arguments, environment and auxiliary vector, as Linux lays
 * them out.
 */
#pragma once

#include "lib/types.h"
#include "proc/exec.h"
#include "proc/task.h"

struct credentials;
struct exec_image;

/*
 * The longest string, and the most that all strings and the pointers to them may take: a quarter of
 * RLIMIT_STACK within these.
 */
#define EXEC_STRING_MAX  KIB(128)
#define EXEC_STRINGS_MIN KIB(128)
#define EXEC_STRINGS_MAX MIB(6)

/* Scripts put strings before the arguments: this many at each of so many levels. */
#define EXEC_SCRIPT_LEVELS 5
#define EXEC_PREFIX_MAX    (2 * EXEC_SCRIPT_LEVELS + 1)

struct exec_strings {
	const char *path;                        /* AT_EXECFN */
	const char *prefix[EXEC_PREFIX_MAX + 1]; /* arguments that come first; NULL at the end */
	u32 prefix_count;
	const struct string_list *arguments;
	u32 skip; /* so many of them are left out */
	const struct string_list *environment;
	bool secure; /* AT_SECURE: the program is to distrust its caller */
};

/* Where things lie. */
struct exec_stack {
	u64 pointer; /* the program's first stack pointer */
	struct program_strings strings;
};

/* The address of a string in its space, 0 behind the last one. 0 or -EFAULT, -ENOMEM. */
int string_list_get(const struct string_list *list, u64 index, u64 *address) MUST_CHECK;

/*
 * Maps the stack into a new space, where its layout says, and fills it. base: of the dynamic linker, or 0; credentials: that
 * the program will have. -E2BIG,
 * -EFAULT (a bad pointer, or strings that change meanwhile), -ENOMEM.
 */
int exec_stack_build(struct space *space, const struct exec_strings *strings,
	const struct exec_image *program, u64 base, const struct credentials *credentials,
	struct exec_stack *stack) MUST_CHECK;
