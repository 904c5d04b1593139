/*
 * ELF files in an address space: reading their headers, and mapping their segments. The pages are
 * those of the page cache; only those that are written to are copied. Locks: see exec_image.h.
 */
#include "proc/exec_image.h"

#include "fs/file.h"
#include "lib/error.h"
#include "mm/slab.h"
#include "mm/space.h"
#include "mm/uaccess.h"
#include "proc/exec_layout.h"

int exec_image_read(struct exec_image *image)
{
	Elf64_Phdr program_header[ELF_SEGMENTS_MAX * 2];
	Elf64_Ehdr header;
	ssize_t size = file_read_kernel(image->file, &header, sizeof(header), 0);
	size_t headers_size;
	int error;

	if (size < 0)
		return (int)size;
	if (size < (ssize_t)sizeof(header))
		return -ENOEXEC;
	error = elf_check_header(&header);
	if (error)
		return error;
	headers_size = elf_program_headers_size(&header);
	if (headers_size > sizeof(program_header))
		return -ENOEXEC;
	size = file_read_kernel(image->file, program_header, headers_size, (s64)header.e_phoff);
	if (size < 0)
		return (int)size;
	if (size < (ssize_t)headers_size)
		return -ENOEXEC;
	return elf_read_image(&header, program_header, inode_size(image->file->inode),
		EXEC_ADDRESS_LIMIT, &image->elf);
}

char *exec_image_interpreter(const struct exec_image *image)
{
	u64 size = image->elf.interpreter_size;
	ssize_t length;
	char *path;

	if (!size)
		return NULL;
	path = kmalloc(size);
	if (!path)
		return error_pointer(-ENOMEM);
	length = file_read_kernel(image->file, path, size, (s64)image->elf.interpreter_offset);
	if (length == (ssize_t)size && path[size - 1] == '\0')
		return path;
	kfree(path);
	return error_pointer(length < 0 ? (int)length : -ENOEXEC);
}

static u32 region_flags(const struct elf_segment *segment)
{
	u32 flags = 0;

	if (segment->flags & PF_R)
		flags |= REGION_READ;
	if (segment->flags & PF_W)
		flags |= REGION_READ | REGION_WRITE; /* no page is write-only */
	if (segment->flags & PF_X)
		flags |= REGION_EXECUTE;
	return flags;
}

/* Maps pages that hold bytes of the file; file NULL: zeroes. */
static int map_pages(struct space *space, struct file *file, const struct elf_segment *segment,
	u64 start, u64 end)
{
	struct region model = {
		.start = start,
		.end = end,
		.flags = region_flags(segment),
		.offset = file ? segment->file_offset >> PAGE_SHIFT : 0,
	};
	int error = file ? file_map(file, &model) : 0;

	if (error)
		return error;
	error = space_map_exactly(space, &model);
	region_model_done(&model);
	return error;
}

/* What lies in memory but not in the file reads as zeroes: the end of a page, then whole pages. */
static int map_segment(const struct exec_image *image, struct space *space,
	const struct elf_segment *segment)
{
	u64 start = segment->address + image->bias;
	u64 file_end = start + segment->file_size, end = start + segment->memory_size;
	u64 middle = align_up(file_end, PAGE_SIZE);
	int error;

	if (segment->file_size) {
		error = map_pages(space, image->file, segment, align_down(start, PAGE_SIZE),
			middle);
		if (error)
			return error;
		if (end > file_end && (segment->flags & PF_W)) {
			error = clear_user(space, UADDR(file_end), min(end, middle) - file_end);
			if (error)
				return error;
		}
	} else {
		middle = align_down(start, PAGE_SIZE);
	}
	if (end <= middle)
		return 0;
	return map_pages(space, NULL, segment, middle, align_up(end, PAGE_SIZE));
}

int exec_image_map(const struct exec_image *image, struct space *space)
{
	int error = 0;

	for (u32 i = 0; i < image->elf.segments && !error; i++)
		error = map_segment(image, space, &image->elf.segment[i]);
	return error;
}

/* Finds room by mapping that much and unmapping it again: nobody else knows the space yet. */
int exec_image_place(struct exec_image *image, struct space *space)
{
	u64 slack = image->elf.alignment - PAGE_SIZE;
	const struct region model = { .end = image->elf.end - image->elf.start + slack };
	s64 start;
	int error;

	if (image->elf.relocatable) {
		start = space_map(space, &model, MAP_ANYWHERE);
		if (start < 0)
			return (int)start;
		error = space_unmap(space, (u64)start, model.end);
		if (error)
			return error;
		image->bias = align_up((u64)start, image->elf.alignment) - image->elf.start;
	}
	return exec_image_map(image, space);
}
