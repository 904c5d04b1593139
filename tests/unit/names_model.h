/*
 * A tree of names, as simple as can be: a list of entries, each of them a name, the directory that
 * it is in and the file that it names. Nothing is reused before model_clear().
 */
#pragma once

#include "lib/abi/limits.h"
#include "tests/unit/names.h"

#define MODEL_PATH_SIZE 1200 /* the longest path that is used here, with its NUL */

struct model_file {
	u32 type;                  /* S_IFMT */
	u32 links;                 /* entries that name it */
	struct model_file *parent; /* of a directory: where ".." leads; of a root: itself */
	struct model_file *root;   /* of the file system that it is in */
	struct model_file *over;   /* of a directory: the root of what is mounted there */
	struct model_file *under;  /* of such a root: that directory */
	u64 number;                /* the kernel's inode number; 0: not known yet */
	char target[MODEL_PATH_SIZE];
};

struct model_entry {
	struct model_file *directory, *file;
	char name[NAME_MAX + 1];
};

/* Starts with an empty root directory, where the process is. */
void model_clear(void);

/* Whether the next call may find no room for what it creates. */
bool model_is_full(void);

int model_call(enum name_call call, const char *first, const char *second);

/* What stat(2) or lstat(2) finds. */
int model_lookup(const char *path, bool follow, struct model_file **file);

u32 model_links(const struct model_file *file);

/* As getcwd(2), without counting the NUL. */
ssize_t model_cwd(char *buffer, size_t size);

/* The n-th entry of the directory (NULL: the working directory). NULL: it has no more. */
struct model_entry *model_entry(const struct model_file *directory, u32 n);

struct model_file *model_root_of_all(void);

/*
 * How many hold a directory, besides its own entries: the process, as its root and its working
 * directory; what is mounted there; and directories removed from it, as long as they are held.
 */
u32 model_holders(const struct model_file *directory);
