/*
 * Files whose text is made when it is read, as in /proc. What is written to them goes to a
 * function at once.
 */
#pragma once

#include "fs/file.h"
#include "fs/mount.h"
#include "lib/format.h"
#include "lib/types.h"

/* Text that grows as it is written. Lack of memory is remembered, and further text dropped. */
struct text {
	struct format_sink sink;
	char *data; /* kmalloc(), no NUL */
	size_t size, capacity;
	int error;  /* 0 or -ENOMEM */
	u64 before; /* bytes of earlier pieces */
	u64 next;   /* where the next piece begins; 0: this is the last, or none is made yet */
};

void text_init(struct text *text);
void text_free(struct text *text);
void text_append(struct text *text, const char *string, size_t size);
void text_printf(struct text *text, const char *format, ...) PRINTF_LIKE(2, 3);

/*
 * For texts of any length. Whether the piece is long enough: then the next one begins at `next`,
 * which is not 0.
 */
bool text_pauses(struct text *text, u64 next);

/* Appends a name to a list, with those of its characters that are in `special` as octal numbers. */
void text_append_name(struct text *text, const char *name, const char *special);

/* A generated file; `argument` is what its inode was made with. Unused members are NULL. */
struct pseudo_file {
	const char *name;
	u32 permissions;
	/* Makes the text, or a piece from out->next on. 0 or an errno, which read(2) returns. */
	int (*show)(struct text *out, void *argument);
	/* Takes one write(2), NUL-terminated, less than a page. 0 or an errno. */
	int (*write)(void *argument, const char *text, size_t size);
	/* Binary data, instead of show: as file_operations.read. */
	ssize_t (*read)(void *argument, struct io *io, u64 *offset);
};

/* Adds such a file to a directory while its file system is being filled. 0 or -ENOMEM. */
int pseudo_add(struct dentry *directory, const struct pseudo_file *file, void *argument) MUST_CHECK
	REQUIRES(names_lock);

/* An inode for it, for directories that make their dentries on demand. NULL: no memory. */
struct inode *pseudo_inode(struct mount *mount, const struct pseudo_file *file, void *argument);

/*
 * For directories whose entries are numbers, made on demand. pseudo_number(): the number that a
 * name spells, in decimal without leading zeroes, or -1. pseudo_entry(): an entry that is not
 * linked, or an error pointer; takes over the reference to the inode (NULL: no memory).
 * pseudo_emit(): gives a reader the entry called `number`, at DIRECTORY_LIST_POSITION + number.
 * False: no room.
 */
s64 pseudo_number(const char *name);
struct dentry *pseudo_entry(struct dentry *parent, const char *name, struct inode *inode);
bool pseudo_emit(struct directory_cursor *cursor, u64 number, u64 inode, u32 type);

/* Their truncate operation does nothing: `echo >file` truncates a file that has no contents. */
int pseudo_truncate(struct inode *inode, u64 size);
