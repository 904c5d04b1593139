/*
 * ELF files in an address space: the program that exec runs, and its dynamic linker. No locks: both
 * belong to the task that calls exec, and so does the space until it becomes the process's.
 */
#pragma once

#include "lib/elf.h"
#include "lib/types.h"

struct file;
struct space;

struct exec_image {
	struct file *file; /* the image's owner holds the reference */
	struct elf_image elf;
	u64 bias; /* how far its addresses are moved */
};

/* No file, not moved. */
static inline void exec_image_clear(struct exec_image *image)
{
	image->file = NULL;
	image->bias = 0;
}

/* Fills in image->elf from image->file. Errors as elf_read_image(), or those of reading. */
int exec_image_read(struct exec_image *image) MUST_CHECK;

/* The dynamic linker's path, which the caller frees; NULL: none is needed; or an error pointer. */
char *exec_image_interpreter(const struct exec_image *image);

/* Maps the segments, moved by image->bias. 0 or an errno. */
int exec_image_map(const struct exec_image *image, struct space *space) MUST_CHECK;

/* The same; an image that can be moved goes where there is room, and its bias is set. */
int exec_image_place(struct exec_image *image, struct space *space) MUST_CHECK;
