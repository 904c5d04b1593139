/*
 * ELF executables: checks of headers and segments. No state, no locks; called by exec.
 */
#include "lib/elf.h"

#include "lib/abi/limits.h"
#include "lib/error.h"
#include "lib/string.h"

/* As many bytes of program headers as Linux reads. */
#define PROGRAM_HEADERS_SIZE_MAX 65536

int elf_check_header(const Elf64_Ehdr *header)
{
	if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
		header->e_ident[EI_CLASS] != ELFCLASS64 ||
		header->e_ident[EI_DATA] != ELFDATA2LSB || header->e_machine != EM_RISCV)
		return -ENOEXEC;
	if (header->e_type != ET_EXEC && header->e_type != ET_DYN)
		return -ENOEXEC;
	if (header->e_phentsize != sizeof(Elf64_Phdr) || header->e_phnum == 0 ||
		elf_program_headers_size(header) > PROGRAM_HEADERS_SIZE_MAX)
		return -ENOEXEC;
	return 0;
}

/* Whether `size` bytes from `start` on end at `limit` or before. */
static bool fits(u64 start, u64 size, u64 limit)
{
	return start <= limit && size <= limit - start;
}

static int check_segment(const Elf64_Phdr *header, u64 file_size, u64 address_limit)
{
	if (header->p_filesz > header->p_memsz)
		return -EINVAL;
	if (!fits(header->p_offset, header->p_filesz, file_size))
		return -EINVAL;
	if (!is_aligned(header->p_vaddr - header->p_offset, PAGE_SIZE))
		return -EINVAL;
	if (!fits(header->p_vaddr, header->p_memsz, address_limit))
		return -ENOMEM;
	return 0;
}

static int add_segment(struct elf_image *image, const Elf64_Phdr *header)
{
	u64 start = align_down(header->p_vaddr, PAGE_SIZE);
	u64 align = header->p_align;

	if (image->segments == ELF_SEGMENTS_MAX)
		return -ENOEXEC;
	if (image->segments == 0)
		image->start = start;
	else if (start < image->end)
		return -EINVAL;
	image->end = align_up(header->p_vaddr + header->p_memsz, PAGE_SIZE);
	if (is_aligned(align, align))
		image->alignment = max(image->alignment, align);

	image->segment[image->segments++] = (struct elf_segment){
		.address = header->p_vaddr,
		.memory_size = header->p_memsz,
		.file_offset = header->p_offset,
		.file_size = header->p_filesz,
		.flags = header->p_flags & (PF_R | PF_W | PF_X),
	};
	return 0;
}

static int take_segment(struct elf_image *image, const Elf64_Phdr *header, u64 file_size,
	u64 address_limit)
{
	int error = check_segment(header, file_size, address_limit);

	return error ? error : add_segment(image, header);
}

/* Only the first one counts, as on Linux. */
static int set_interpreter(struct elf_image *image, const Elf64_Phdr *header, u64 file_size)
{
	if (image->interpreter_size)
		return 0;
	if (header->p_filesz < 2 || header->p_filesz > PATH_MAX ||
		!fits(header->p_offset, header->p_filesz, file_size))
		return -ENOEXEC;
	image->interpreter_offset = header->p_offset;
	image->interpreter_size = header->p_filesz;
	return 0;
}

/* Where the program headers, at `offset` in the file, are in memory. */
static u64 address_of_headers(const struct elf_image *image, u64 offset, u64 size)
{
	for (u32 i = 0; i < image->segments; i++) {
		const struct elf_segment *segment = &image->segment[i];

		if (offset >= segment->file_offset &&
			fits(offset - segment->file_offset, size, segment->file_size))
			return segment->address + (offset - segment->file_offset);
	}
	return 0;
}

int elf_read_image(const Elf64_Ehdr *header, const Elf64_Phdr *program_header, u64 file_size,
	u64 address_limit, struct elf_image *image)
{
	*image = (struct elf_image){
		.relocatable = header->e_type == ET_DYN,
		.alignment = PAGE_SIZE,
		.entry = header->e_entry,
		.program_header_count = header->e_phnum,
	};
	/* Whole pages are mapped, so no segment may end in the limit's own page. */
	address_limit = align_down(address_limit, PAGE_SIZE);

	for (u32 i = 0; i < header->e_phnum; i++) {
		const Elf64_Phdr *segment = &program_header[i];
		int error = 0;

		if (segment->p_type == PT_INTERP)
			error = set_interpreter(image, segment, file_size);
		else if (segment->p_type == PT_LOAD && segment->p_memsz)
			error = take_segment(image, segment, file_size, address_limit);
		if (error)
			return error;
	}
	if (image->segments == 0)
		return -ENOEXEC;
	if (image->alignment > address_limit || image->entry >= address_limit)
		return -EINVAL;
	image->program_headers =
		address_of_headers(image, header->e_phoff, elf_program_headers_size(header));
	return 0;
}
