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
 * The longest string; and the bounds of what all strings and the pointers to them may take, which
 * is a quarter of RLIMIT_STACK.
 */
#define EXEC_STRING_MAX  KIB(128)
#define EXEC_STRINGS_MIN KIB(128)
#define EXEC_STRINGS_MAX MIB(6)

/* A script's interpreter may be a script, to this depth: each puts strings before the arguments. */
#define EXEC_SCRIPT_LEVELS 5
#define EXEC_PREFIX_MAX    (2 * EXEC_SCRIPT_LEVELS + 1)

struct exec_strings {
	const char *path;                        /* AT_EXECFN */
	const char *prefix[EXEC_PREFIX_MAX + 1]; /* arguments that come first; NULL at the end */
	u32 prefix_count;
	const struct string_list *arguments;
	u32 skip; /* how many of the first ones are left out */
	const struct string_list *environment;
	bool secure; /* AT_SECURE: the program should distrust its caller */
};

/* Where things lie. */
struct exec_stack {
	u64 pointer; /* the program's first stack pointer */
	struct program_strings strings;
};

/* *address: of a string in its space; 0 after the last one. Returns 0, -EFAULT or -ENOMEM. */
int string_list_get(const struct string_list *list, u64 index, u64 *address) MUST_CHECK;

/*
 * Maps the stack into a new space, where its layout says, and fills it. base: the dynamic linker's,
 * or 0; credentials: those that the program will have. 0, -E2BIG, -EFAULT (a bad pointer, or
 * strings that change meanwhile), -ENOMEM.
 */
int exec_stack_build(struct space *space, const struct exec_strings *strings,
	const struct exec_image *program, u64 base, const struct credentials *credentials,
	struct exec_stack *stack) MUST_CHECK;
