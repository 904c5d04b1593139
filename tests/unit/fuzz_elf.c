/*
 * Hostile ELF files, made up by libFuzzer (fuzz.py): a header and what follows it. What is accepted
 * is as lib/elf.h promises: segments in ascending order, in pages of their own, below the limit and
 * inside the file.
 */
#include "lib/elf.h"
#include "lib/string.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

#define ADDRESS_LIMIT 0x3ffffff000UL
#define HEADERS_MAX   64

#define HOLDS(condition) (void)((condition) ? 0 : (__builtin_trap(), 0))

static void check_image(const struct elf_image *image, u64 file_size)
{
	u64 end = image->start;

	HOLDS(image->segments > 0 && image->segments <= ELF_SEGMENTS_MAX);
	HOLDS(is_aligned(image->start | image->end, PAGE_SIZE) && image->end <= ADDRESS_LIMIT);
	HOLDS(is_aligned(image->alignment, image->alignment) && image->alignment >= PAGE_SIZE);
	HOLDS(image->entry < ADDRESS_LIMIT);
	HOLDS(image->interpreter_size <= file_size);
	for (u32 i = 0; i < image->segments; i++) {
		const struct elf_segment *segment = &image->segment[i];

		HOLDS(segment->address >= end && segment->memory_size > 0);
		HOLDS(segment->file_size <= segment->memory_size);
		HOLDS(segment->file_offset <= file_size);
		HOLDS(segment->file_size <= file_size - segment->file_offset);
		HOLDS(segment->address % PAGE_SIZE == segment->file_offset % PAGE_SIZE);
		end = segment->address + segment->memory_size;
		HOLDS(end > segment->address && end <= image->end);
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static Elf64_Phdr table[HEADERS_MAX];
	struct elf_image image;
	Elf64_Ehdr header;

	if (size < sizeof(header))
		return 0;
	memcpy(&header, data, sizeof(header));
	if (elf_check_header(&header) != 0 || header.e_phnum > HEADERS_MAX ||
		size - sizeof(header) < elf_program_headers_size(&header))
		return 0;
	memcpy(table, data + sizeof(header), elf_program_headers_size(&header));
	if (elf_read_image(&header, table, size * PAGE_SIZE, ADDRESS_LIMIT, &image) == 0)
		check_image(&image, size * PAGE_SIZE);
	return 0;
}
