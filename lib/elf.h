/*
 * ELF executables: whether the kernel can run a file, and which part of it goes where. Two
 * steps, since the program headers have to be read from the file in between. Nothing is allocated
 * or locked, and the file may be hostile: the segments of an accepted one lie in the file, in
 * order, in pages of their own, within the user's addresses.
 */
#pragma once

#include "lib/abi/elf.h"
#include "lib/types.h"

#define ELF_SEGMENTS_MAX 16

struct elf_segment {
	u64 address;     /* of its first byte; its page offset is also that of file_offset */
	u64 memory_size; /* > 0; bytes past file_size read as zero */
	u64 file_offset;
	u64 file_size;
	u32 flags; /* PF_R, PF_W, PF_X */
};

struct elf_image {
	bool relocatable; /* ET_DYN: all addresses may move by a multiple of `alignment` */
	u64 alignment;    /* a power of two, at least PAGE_SIZE */
	u64 start, end;   /* of the pages from the first segment to the last one */
	u64 entry;
	u64 program_headers; /* their address in memory (AT_PHDR); 0 if they are not loaded */
	u32 program_header_count;
	/* Where in the file the path of the dynamic linker is, NUL included; size 0: none. */
	u64 interpreter_offset, interpreter_size;
	u32 segments;
	struct elf_segment segment[ELF_SEGMENTS_MAX];
};

/*
 * Checks a header that was read from a file. 0: the program headers are the
 * elf_program_headers_size() bytes at header->e_phoff. -ENOEXEC: this cannot be run.
 */
MUST_CHECK int elf_check_header(const Elf64_Ehdr *header);

static inline size_t elf_program_headers_size(const Elf64_Ehdr *header)
{
	return header->e_phnum * sizeof(Elf64_Phdr);
}

/*
 * Fills `image` from a checked header and its program headers. `file_size` is in bytes, and
 * every user address is below `address_limit`. -ENOEXEC: no segment, too many, or a bad path of the
 * dynamic linker. -EINVAL: segments that make no sense. -ENOMEM: a segment beyond the limit.
 */
MUST_CHECK int elf_read_image(const Elf64_Ehdr *header, const Elf64_Phdr *program_header,
	u64 file_size, u64 address_limit, struct elf_image *image);
