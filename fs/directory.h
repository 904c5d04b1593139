/*
 * Reading directories. The caller gives a function that takes one name after another until it says
 * that it has no room.
 */
#pragma once

#include "lib/types.h"

struct file;
struct file_operations;

/* Positions 0 and 1 are "." and "..", a directory's own entries follow. Generated entries of a
 * directory that has a list operation have positions from here on. */
#define DIRECTORY_FIRST_POSITION 2
#define DIRECTORY_LIST_POSITION  (1UL << 32)

struct directory_cursor {
	u64 position; /* of the next entry */
	u64 start;    /* of the first one */
	/*
	 * Takes an entry, whose successor has `next` as its position; type: DT_*. False: no room, the
	 * entry comes again next time. Touches no user memory, since names_lock may be held.
	 */
	bool (*emit)(struct directory_cursor *cursor, const char *name, u64 inode, u32 type,
		u64 next);
};

/* Of inodes that are directories. */
extern const struct file_operations directory_file_operations;

/* Emits from the file's offset on, and moves it. 0, or -ENOTDIR, -ENOENT (removed). */
int directory_read(struct file *file, struct directory_cursor *cursor);
