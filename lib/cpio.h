/*
 * cpio archives in the "newc" format, as an initramfs has them: several may follow each other,
 * with zero bytes between. They are read in place, and nothing is allocated; whatever the bytes
 * are, nothing outside of them is read. No locks.
 */
#pragma once

#include "lib/types.h"

struct cpio {
	const u8 *data;
	size_t size;
	size_t offset; /* of the next entry; after an error, of what is wrong */
	u32 archive;   /* how many archives have ended */
	bool inside;   /* of an archive, which has to end with a trailer */
};

struct cpio_entry {
	const char *name; /* relative: no leading '/' or "./", no ".."; empty for the root */
	u32 mode;         /* type and permissions, as in st_mode */
	u32 uid, gid;
	u32 mtime;                      /* seconds since 1970 */
	u32 device_major, device_minor; /* what a device node stands for */
	/*
	 * Entries of one archive with the same inode and file system, and links > 1, are one file.
	 * The last of them carries the content, the others have size 0.
	 */
	u32 archive, inode, file_system_major, file_system_minor;
	u32 links;
	const u8 *data; /* a file's content, or a symbolic link's target without a NUL */
	u32 size;
};

static inline void cpio_open(struct cpio *cpio, const void *data, size_t size)
{
	*cpio = (struct cpio){ .data = data, .size = size };
}

/* 1 and an entry, 0 at the end, or -EINVAL: malformed or cut off at cpio->offset. */
MUST_CHECK int cpio_next(struct cpio *cpio, struct cpio_entry *entry);
