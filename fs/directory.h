/*
 * Reading directories. The caller passes a function that takes one name after another until it
 * reports that it has no room.
 */
#pragma once

#include "lib/types.h"

struct file;
struct file_operations;

/*
 * Positions 0 and 1 are "." and "..", and a directory's own entries follow. Entries that a list
 * operation generates have positions from DIRECTORY_LIST_POSITION on.
 */
#define DIRECTORY_FIRST_POSITION 2
#define DIRECTORY_LIST_POSITION  (1UL << 32)

struct directory_cursor {
	u64 position; /* of the next entry */
	u64 start;    /* of the first one */
	/*
	 * Takes an entry; `next` is the position behind it; type: DT_*. False: no room, the entry
	 * comes again next time. Must not touch user memory, since names_lock may be held.
	 */
	bool (*emit)(struct directory_cursor *cursor, const char *name, u64 inode, u32 type,
		u64 next);
};

/* For inodes that are directories. */
extern const struct file_operations directory_file_operations;

/*
 * Emits entries from the file's offset on, and advances it. 0, or -ENOTDIR, -EBADF, -ENOENT
 * (removed).
 */
int directory_read(struct file *file, struct directory_cursor *cursor);
