/*
 * The first stack of a program. From its end downwards:
 *
 *	eight zero bytes
 *	the path that was executed
 *	environment strings, argument strings
 *	16 random bytes
 *	the auxiliary vector, NULL, environment pointers, NULL, argument pointers
 *	argc				<- stack pointer, a multiple of 16
 *
 * The strings are measured first, so that everything has its place, and then copied from one
 * address space to the other through a small buffer.
 */
#include "proc/exec_stack.h"

#include "fs/credentials.h"
#include "fs/random.h"
#include "lib/abi/auxv.h"
#include "lib/abi/errno.h"
#include "lib/abi/resource.h"
#include "lib/abi/signal.h"
#include "lib/abi/time.h"
#include "lib/string.h"
#include "mm/limit.h"
#include "mm/space.h"
#include "mm/uaccess.h"
#include "proc/exec_image.h"

#define STACK_ALIGNMENT 16
#define STACK_ROOM      KIB(128) /* below what exec puts there */
#define END_MARK        8        /* bytes of zeroes at the very end */
#define RANDOM_SIZE     16
#define AUXV_PAIRS      19

/* What every program may rely on: RV64GC. */
#define HWCAP (HWCAP_ISA_I | HWCAP_ISA_M | HWCAP_ISA_A | HWCAP_ISA_F | HWCAP_ISA_D | HWCAP_ISA_C)

/* Words for the new stack, written in chunks. The first error is kept. */
struct writer {
	struct space *space;
	u64 at; /* where the buffer's first word goes */
	u32 used;
	int error;
	u64 buffer[64];
};

static void flush(struct writer *writer)
{
	size_t size = writer->used * sizeof(u64);

	if (!writer->error)
		writer->error =
			copy_to_user(writer->space, UADDR(writer->at), writer->buffer, size);
	writer->at += size;
	writer->used = 0;
}

static void put(struct writer *writer, u64 word)
{
	if (writer->used == ARRAY_SIZE(writer->buffer))
		flush(writer);
	writer->buffer[writer->used++] = word;
}

static void put_pair(struct writer *writer, u64 type, u64 value)
{
	put(writer, type);
	put(writer, value);
}

int string_list_get(const struct string_list *list, u64 index, u64 *address)
{
	if (!list->space) {
		*address = (u64)list->kernel[index];
		return 0;
	}
	*address = 0;
	if (!list->user)
		return 0;
	return copy_from_user(list->space, address, UADDR(list->user + index * sizeof(*address)),
		sizeof(*address));
}

/*
 * Reads a part of a string. Returns the number of bytes; if the string ends in this part, they
 * include the NUL, and *ended is set.
 */
static ssize_t read_part(struct space *space, u64 address, char *to, size_t size, bool *ended)
{
	ssize_t length;

	if (space) {
		length = copy_string_from_user(space, to, UADDR(address), size);
	} else {
		const char *string = (const char *)address;

		length = (ssize_t)strnlen(string, size);
		memcpy(to, string, (size_t)length);
		if ((size_t)length == size)
			length = -ENAMETOOLONG;
		else
			to[length] = '\0';
	}
	*ended = length != -ENAMETOOLONG;
	if (!*ended)
		return (ssize_t)size;
	return length < 0 ? length : length + 1;
}

/* Both passes read strings through such a buffer. */
#define PART_SIZE 512

static ssize_t measure_string(struct space *space, u64 address)
{
	char part[PART_SIZE];
	size_t size = 0;
	bool ended;

	do {
		ssize_t length = read_part(space, address + size, part, sizeof(part), &ended);

		if (length < 0)
			return length;
		size += (size_t)length;
		if (size > EXEC_STRING_MAX)
			return -E2BIG;
	} while (!ended);
	return (ssize_t)size;
}

/* Copies a string, NUL included, to *to, which moves on; it must end before `limit`. */
static int copy_string(struct space *from_space, u64 address, struct space *space, u64 *to,
	u64 limit)
{
	char part[PART_SIZE];
	bool ended;

	do {
		ssize_t length = read_part(from_space, address, part, sizeof(part), &ended);
		int error;

		if (length < 0)
			return (int)length;
		if ((u64)length > limit - *to)
			return -EFAULT; /* it has grown since it was measured */
		error = copy_to_user(space, UADDR(*to), part, (size_t)length);
		if (error)
			return error;
		*to += (u64)length;
		address += (u64)length;
	} while (!ended);
	return 0;
}

/* The strings of a list from `first` on: how many, and their bytes. */
struct extent {
	u64 count;
	u64 bytes;
};

/* How much all strings together may take. */
static u64 strings_limit(void)
{
	u64 limit = limit_of_caller(RLIMIT_STACK) / 4;

	return min(max(limit, EXEC_STRINGS_MIN), EXEC_STRINGS_MAX);
}

static int measure(const struct string_list *list, u64 first, u64 limit, struct extent *extent)
{
	for (u64 i = first;; i++) {
		u64 address;
		int error = string_list_get(list, i, &address);
		ssize_t size;

		if (error)
			return error;
		if (!address)
			return 0;
		size = measure_string(list->space, address);
		if (size < 0)
			return (int)size;
		extent->count++;
		extent->bytes += (u64)size;
		if (extent->bytes + extent->count * sizeof(u64) > limit)
			return -E2BIG;
	}
}

/* Copies what was measured, and writes a pointer to each string. */
static int copy(const struct string_list *list, u64 first, u64 count, struct writer *writer,
	u64 *to, u64 limit)
{
	for (u64 i = first; i < first + count; i++) {
		u64 address;
		int error = string_list_get(list, i, &address);

		if (!error && !address)
			error = -EFAULT; /* the list has shrunk since it was measured */
		if (error)
			return error;
		put(writer, *to);
		error = copy_string(list->space, address, writer->space, to, limit);
		if (error)
			return error;
	}
	return 0;
}

/* Which user and group the program has, and whether it should distrust its caller. */
static void put_credentials(struct writer *writer, const struct credentials *credentials,
	bool secure)
{
	const struct identity *user = &credentials->user, *group = &credentials->group;

	put_pair(writer, AT_UID, user->real);
	put_pair(writer, AT_EUID, user->effective);
	put_pair(writer, AT_GID, group->real);
	put_pair(writer, AT_EGID, group->effective);
	put_pair(writer, AT_SECURE, secure);
}

static void put_auxv(struct writer *writer, const struct exec_image *program, u64 base, u64 random,
	u64 path)
{
	const struct elf_image *image = &program->elf;
	u64 bias = program->bias;

	put_pair(writer, AT_HWCAP, HWCAP);
	put_pair(writer, AT_PAGESZ, PAGE_SIZE);
	put_pair(writer, AT_CLKTCK, CLOCK_TICKS_PER_SECOND);
	put_pair(writer, AT_PHDR, image->program_headers ? image->program_headers + bias : 0);
	put_pair(writer, AT_PHENT, sizeof(Elf64_Phdr));
	put_pair(writer, AT_PHNUM, image->program_header_count);
	put_pair(writer, AT_BASE, base);
	put_pair(writer, AT_FLAGS, 0);
	put_pair(writer, AT_ENTRY, image->entry + bias);
	put_pair(writer, AT_RANDOM, random);
	put_pair(writer, AT_EXECFN, path);
	put_pair(writer, AT_SYSINFO_EHDR, writer->space->layout.vdso);
	put_pair(writer, AT_MINSIGSTKSZ, MINSIGSTKSZ);
	put_pair(writer, AT_NULL, 0);
}

/* Maps the stack from its end to the stack pointer, and a little more. */
static int map_stack(struct space *space, u64 pointer)
{
	const struct region model = {
		.start = align_down(pointer, PAGE_SIZE) - STACK_ROOM,
		.end = space->layout.stack_end,
		.flags = REGION_READ | REGION_WRITE | REGION_GROWS_DOWN,
	};

	return space_map_exactly(space, &model);
}

/* argc, the strings, and the pointers to them. */
static int fill(struct writer *writer, const struct exec_strings *strings,
	const struct string_list *prefix, struct extent arguments, struct extent environment,
	const struct program_strings *places)
{
	u64 to = places->argument_start;
	int error;

	put(writer, arguments.count);
	error = copy(prefix, 0, strings->prefix_count, writer, &to, places->argument_end);
	if (!error)
		error = copy(strings->arguments, strings->skip,
			arguments.count - strings->prefix_count, writer, &to, places->argument_end);
	put(writer, 0);
	to = places->environment_start;
	if (!error)
		error = copy(strings->environment, 0, environment.count, writer, &to,
			places->environment_end);
	put(writer, 0);
	return error;
}

int exec_stack_build(struct space *space, const struct exec_strings *strings,
	const struct exec_image *program, u64 base, const struct credentials *credentials,
	struct exec_stack *stack)
{
	const struct string_list prefix = { .kernel = strings->prefix };
	struct program_strings *places = &stack->strings;
	struct extent arguments = {}, environment = {};
	u64 path_size = strlen(strings->path) + 1, path, random, words;
	struct writer writer = { .space = space };
	u8 random_data[RANDOM_SIZE];
	u64 limit = strings_limit();
	int error;

	error = measure(&prefix, 0, limit, &arguments);
	if (!error)
		error = measure(strings->arguments, strings->skip, limit, &arguments);
	if (!error)
		error = measure(strings->environment, 0, limit, &environment);
	if (error)
		return error;
	if (!arguments.count)
		return -EFAULT; /* there was one at the first look */
	if (arguments.bytes + environment.bytes +
			(arguments.count + environment.count) * sizeof(u64) >
		limit)
		return -E2BIG;

	path = space->layout.stack_end - END_MARK - path_size;
	places->environment_end = path;
	places->environment_start = places->environment_end - environment.bytes;
	places->argument_end = places->environment_start;
	places->argument_start = places->argument_end - arguments.bytes;
	random = align_down(places->argument_start, STACK_ALIGNMENT) - RANDOM_SIZE;
	words = 1 + arguments.count + 1 + environment.count + 1 + 2 * AUXV_PAIRS;
	stack->pointer = align_down(random - words * sizeof(u64), STACK_ALIGNMENT);

	error = map_stack(space, stack->pointer);
	if (error)
		return error;
	random_bytes(random_data, sizeof(random_data));
	error = copy_to_user(space, UADDR(path), strings->path, path_size);
	if (!error)
		error = copy_to_user(space, UADDR(random), random_data, sizeof(random_data));
	if (error)
		return error;
	writer.at = stack->pointer;
	error = fill(&writer, strings, &prefix, arguments, environment, places);
	if (error)
		return error;
	put_credentials(&writer, credentials, strings->secure);
	put_auxv(&writer, program, base, random, path);
	flush(&writer);
	return writer.error;
}
