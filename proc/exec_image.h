/*
 * ELF files in an address space: the program that exec runs, and its dynamic linker. No locks: both
 * belong to the task that calls exec, and so does the space until it is the process's.
 */
#pragma once

#include "lib/elf.h"
#include "lib/types.h"

struct file;
struct space;

struct exec_image {
	struct file *file; /* counted by whom it belongs to */
	struct elf_image elf;
	u64 bias; /* how far its addresses are moved */
};

/* No file, not moved. */
static inline void exec_image_clear(struct exec_image *image)
{
	image->file = NULL;
	image->bias = 0;
}

/* Fills in image->elf from image->file. As elf_read_image(), or what reading returns. */
int exec_image_read(struct exec_image *image) MUST_CHECK;

/* The path of the dynamic linker, for kfree(); NULL: none is wanted; or an error pointer. */
char *exec_image_interpreter(const struct exec_image *image);

/* Maps the segments, moved by image->bias. 0 or an errno. */
int exec_image_map(const struct exec_image *image, struct space *space) MUST_CHECK;

/* The same where there is room, if the image may be moved: sets image->bias. */
int exec_image_place(struct exec_image *image, struct space *space) MUST_CHECK;
