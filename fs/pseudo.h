/*
 * Files whose text is made when it is read, as in /proc. What is written to them goes to a
 * function at once.
 */
#ifndef COWSLIP_FS_PSEUDO_H
#define COWSLIP_FS_PSEUDO_H

#include "fs/file.h"
#include "fs/mount.h"
#include "lib/format.h"
#include "lib/types.h"

/* Text that grows as it is written. Out of memory is remembered, and what follows is dropped. */
struct text {
	struct format_sink sink;
	char *data; /* kmalloc(), no NUL */
	size_t size, capacity;
	int error; /* 0 or -ENOMEM */
};

void text_init(struct text *text);
void text_free(struct text *text);
void text_append(struct text *text, const char *string, size_t size);
void text_printf(struct text *text, const char *format, ...) PRINTF_LIKE(2, 3);

/* A generated file. `argument` is the inode's own. Unused members are NULL. */
struct pseudo_file {
	const char *name;
	u32 permissions;
	/* 0 or an errno, which read() then returns. */
	int (*show)(struct text *out, u64 argument);
	/* One write(2), NUL-terminated, at most a page. 0 or an errno. */
	int (*write)(u64 argument, const char *text, size_t size);
};

/* Adds such a file to a directory while its file system is being filled. 0 or -ENOMEM. */
int pseudo_add(struct dentry *directory, const struct pseudo_file *file, u64 argument) MUST_CHECK;

/* An inode for it, for those who make their dentries as they are asked for. NULL: no memory. */
struct inode *pseudo_inode(struct mount *mount, const struct pseudo_file *file, u64 argument);

#endif
