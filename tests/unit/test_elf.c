/* ELF checks (lib/elf.h): sound executables, and every way in which they can be unsound. */
#include "lib/elf.h"
#include "lib/error.h"
#include "tests/unit/unit.h"

#define ADDRESS_LIMIT 0x3ffffff000UL
#define FILE_SIZE     0x5000

static Elf64_Ehdr header;
static Elf64_Phdr table[ELF_SEGMENTS_MAX + 4];
static struct elf_image image;

/* Text at 0x10000, data with bss at 0x13e00, as a linker would place them. */
static void sound_file(void)
{
	header = (Elf64_Ehdr){
		.e_ident = ELFMAG,
		.e_type = ET_EXEC,
		.e_machine = EM_RISCV,
		.e_entry = 0x10200,
		.e_phoff = 64,
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = 3,
	};
	header.e_ident[EI_CLASS] = ELFCLASS64;
	header.e_ident[EI_DATA] = ELFDATA2LSB;
	table[0] = (Elf64_Phdr){
		.p_type = PT_LOAD,
		.p_flags = PF_R | PF_X,
		.p_offset = 0,
		.p_vaddr = 0x10000,
		.p_filesz = 0x2345,
		.p_memsz = 0x2345,
		.p_align = 0x1000,
	};
	table[1] = (Elf64_Phdr){
		.p_type = PT_LOAD,
		.p_flags = PF_R | PF_W | 0xf0000000,
		.p_offset = 0x2e00,
		.p_vaddr = 0x13e00,
		.p_filesz = 0x300,
		.p_memsz = 0x2300,
		.p_align = 0x1000,
	};
	table[2] = (Elf64_Phdr){ .p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W };
}

static int read_image(void)
{
	int error = elf_check_header(&header);

	return error ? error : elf_read_image(&header, table, FILE_SIZE, ADDRESS_LIMIT, &image);
}

static void sound(void)
{
	sound_file();
	CHECK_EQUAL(read_image(), 0);
	CHECK_EQUAL(image.segments, 2);
	CHECK_EQUAL(image.start, 0x10000);
	CHECK_EQUAL(image.end, 0x17000);
	CHECK_EQUAL(image.entry, 0x10200);
	CHECK_EQUAL(image.alignment, PAGE_SIZE);
	CHECK_EQUAL(image.program_headers, 0x10040);
	CHECK_EQUAL(image.program_header_count, 3);
	CHECK(!image.relocatable);
	CHECK_EQUAL(image.segment[1].address, 0x13e00);
	CHECK_EQUAL(image.segment[1].memory_size, 0x2300);
	CHECK_EQUAL(image.segment[1].file_offset, 0x2e00);
	CHECK_EQUAL(image.segment[1].file_size, 0x300);
	CHECK_EQUAL(image.segment[1].flags, PF_R | PF_W);
}

static void variants(void)
{
	sound_file();
	header.e_type = ET_DYN;
	table[0].p_vaddr = 0;
	table[0].p_align = 0x200000;
	table[1].p_align = 0x3000; /* not a power of two: ignored */
	CHECK_EQUAL(read_image(), 0);
	CHECK(image.relocatable && image.alignment == 0x200000 && image.start == 0);

	sound_file();
	header.e_phoff = 0x4000; /* in no segment */
	CHECK_EQUAL(read_image(), 0);
	CHECK_EQUAL(image.program_headers, 0);

	sound_file();
	table[1].p_filesz = 0; /* bss alone */
	CHECK_EQUAL(read_image(), 0);

	sound_file();
	table[1].p_filesz = table[1].p_memsz = 0; /* nothing to load, wherever it is */
	table[1].p_vaddr = 1;
	CHECK_EQUAL(read_image(), 0);
	CHECK_EQUAL(image.segments, 1);

	sound_file();
	table[1].p_vaddr = ADDRESS_LIMIT - 0x1200;
	table[1].p_memsz = 0x1200;
	CHECK_EQUAL(read_image(), 0);
	CHECK_EQUAL(image.end, ADDRESS_LIMIT);
}

#define REFUSED(error, change)                    \
	do {                                      \
		sound_file();                     \
		change;                           \
		CHECK_EQUAL(read_image(), error); \
	} while (0)

static void no_executable(void)
{
	REFUSED(-ENOEXEC, header.e_ident[0] = 0);
	REFUSED(-ENOEXEC, header.e_ident[3] = 'f');
	REFUSED(-ENOEXEC, header.e_ident[EI_CLASS] = 1);
	REFUSED(-ENOEXEC, header.e_ident[EI_DATA] = 2);
	REFUSED(-ENOEXEC, header.e_machine = 62);
	REFUSED(-ENOEXEC, header.e_type = 1);
	REFUSED(-ENOEXEC, header.e_type = 4);
	REFUSED(-ENOEXEC, header.e_phentsize = 32);
	REFUSED(-ENOEXEC, header.e_phnum = 0);
	REFUSED(-ENOEXEC, header.e_phnum = 0xffff);
	REFUSED(-ENOEXEC, table[0].p_type = table[1].p_type = PT_NOTE);
}

static void interpreter(void)
{
	sound_file();
	CHECK_EQUAL(read_image(), 0);
	CHECK_EQUAL(image.interpreter_size, 0);
	table[2] = (Elf64_Phdr){ .p_type = PT_INTERP, .p_offset = 0x200, .p_filesz = 0x20 };
	CHECK_EQUAL(read_image(), 0);
	CHECK_EQUAL(image.interpreter_offset, 0x200);
	CHECK_EQUAL(image.interpreter_size, 0x20);
	CHECK_EQUAL(image.segments, 2);
	REFUSED(-ENOEXEC, table[2].p_type = PT_INTERP);
	REFUSED(-ENOEXEC, table[2] = ((Elf64_Phdr){ .p_type = PT_INTERP, .p_filesz = 4097 }));
	REFUSED(-ENOEXEC,
		table[2] = ((Elf64_Phdr){ .p_type = PT_INTERP,
			.p_offset = FILE_SIZE - 1,
			.p_filesz = 2 }));
}

static void bad_segments(void)
{
	REFUSED(-EINVAL, table[0].p_filesz = 0x2346);
	REFUSED(-EINVAL, table[1].p_offset = FILE_SIZE);
	REFUSED(-EINVAL, table[1].p_offset = UINT64_MAX - 0x1ff);
	REFUSED(-EINVAL, table[1].p_offset += 8);
	REFUSED(-EINVAL, table[1].p_vaddr += 8);
	REFUSED(-EINVAL, table[1].p_vaddr = 0x12e00); /* shares text's last page */
	REFUSED(-EINVAL, table[1].p_vaddr = 0x11e00);
	REFUSED(-EINVAL, table[1].p_vaddr = 0x00e00); /* out of order */
	REFUSED(-EINVAL, table[1].p_filesz = table[1].p_memsz = UINT64_MAX);
	REFUSED(-EINVAL, header.e_entry = ADDRESS_LIMIT);
	REFUSED(-EINVAL, table[0].p_align = 1UL << 63);
	REFUSED(-ENOMEM, table[1].p_memsz = UINT64_MAX);
	REFUSED(-ENOMEM, table[1].p_memsz = 1UL << 40);
	REFUSED(-ENOMEM, table[1].p_vaddr = 0xffffffffffffee00);
	REFUSED(-ENOMEM, table[1].p_vaddr = ADDRESS_LIMIT - 0x200);
}

static void many_segments(void)
{
	for (u32 count = 1; count <= ARRAY_SIZE(table); count++) {
		sound_file();
		header.e_phnum = count;
		for (u32 i = 0; i < count; i++) {
			table[i] = table[0];
			table[i].p_vaddr = 0x10000 + i * 0x4000;
		}
		CHECK_EQUAL(read_image(), count <= ELF_SEGMENTS_MAX ? 0 : -ENOEXEC);
	}
}

/* Whatever the bytes are, what is accepted is as lib/elf.h promises. */
static void anything(void)
{
	u32 accepted = 0;

	for (u32 round = 0; round < 200000; round++) {
		u8 *bytes = unit_random_below(4) ? (u8 *)table : (u8 *)&header;
		size_t size = bytes == (u8 *)table ? 2 * sizeof(table[0]) : sizeof(header);

		sound_file();
		for (u64 changes = 1 + unit_random_below(3); changes > 0; changes--)
			bytes[unit_random_below(size)] = (u8)unit_random();
		if (header.e_phnum > ARRAY_SIZE(table) || read_image() != 0)
			continue;
		accepted++;
		for (u32 i = 0; i < image.segments; i++) {
			const struct elf_segment *segment = &image.segment[i];

			CHECK(segment->memory_size > 0);
			CHECK(segment->file_size <= segment->memory_size);
			CHECK(segment->file_offset + segment->file_size <= FILE_SIZE);
			CHECK(segment->address >= image.start);
			CHECK(segment->address + segment->memory_size <= image.end);
			CHECK(is_aligned(segment->address - segment->file_offset, PAGE_SIZE));
		}
		CHECK(image.end <= ADDRESS_LIMIT && image.start < image.end);
	}
	CHECK(accepted > 1000);
}

int main(void)
{
	static const struct unit_case cases[] = {
		{ "a sound executable", sound },
		{ "its variants", variants },
		{ "nothing to run", no_executable },
		{ "a program that wants a dynamic linker", interpreter },
		{ "segments that make no sense", bad_segments },
		{ "as many segments as can be", many_segments },
		{ "random changes", anything },
	};

	return UNIT_RUN(cases);
}
