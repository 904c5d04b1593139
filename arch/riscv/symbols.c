/*
 * Names for kernel addresses (arch/riscv/symbols.h). The build makes the table from the linked image
 * and links it in again (tools/symbols.py).
 *
 * With frame pointers, the two words below the address in s0 are the return address and the
 * caller's s0 (psABI, "Frame Pointer Convention").
 */
#include "arch/riscv/symbols.h"

#include "arch/riscv/kmap.h"
#include "lib/log.h"

#define BACKTRACE_MAX 32

struct symbol {
	u32 offset; /* of the function, from image_start */
	u32 name;   /* of its name, from symbol_names */
};

extern const struct symbol symbol_table_start[], symbol_table_end[];
extern const char symbol_names[];

static bool in_text(u64 address)
{
	return address >= (u64)image_start && address < (u64)text_end;
}

const char *symbol_name(u64 address, u64 *offset)
{
	const struct symbol *low = symbol_table_start, *high = symbol_table_end;
	u64 wanted = address - (u64)image_start;

	if (!in_text(address) || low == high || wanted < low->offset)
		return NULL;
	while (high - low > 1) {
		const struct symbol *middle = low + (high - low) / 2;

		if (middle->offset <= wanted)
			low = middle;
		else
			high = middle;
	}
	*offset = wanted - low->offset;
	return symbol_names + low->name;
}

void backtrace_show(u64 address)
{
	u64 offset = 0;
	const char *name = symbol_name(address, &offset);

	log_raw("  %016lx %s+0x%lx\n", address, name ? name : "?", offset);
}

/* In a kernel stack; the first one lies in the image. */
static bool is_stack_address(u64 address)
{
	return is_aligned(address, sizeof(u64)) &&
		((address >= STACKS_BASE && address < STACKS_BASE + STACKS_SIZE) ||
			(address >= (u64)rodata_end && address < (u64)image_end));
}

u32 backtrace_take(u64 frame_pointer, u64 *callers, u32 size)
{
	u32 number = 0;

	while (number < size && is_stack_address(frame_pointer - 16)) {
		const u64 *words = (const u64 *)frame_pointer;

		if (!in_text(words[-1]))
			break;
		callers[number++] = words[-1] - 4;
		/* Callers' frames are further up; a chain that loops would never end. */
		if (words[-2] <= frame_pointer)
			break;
		frame_pointer = words[-2];
	}
	return number;
}

void backtrace(u64 pc, u64 frame_pointer)
{
	u64 callers[BACKTRACE_MAX];
	u32 number = backtrace_take(frame_pointer, callers, BACKTRACE_MAX);

	log_raw("called by:\n");
	backtrace_show(pc);
	for (u32 i = 0; i < number; i++)
		backtrace_show(callers[i]);
}

void backtrace_here(void)
{
	backtrace((u64)__builtin_return_address(0), (u64)__builtin_frame_address(0));
}
