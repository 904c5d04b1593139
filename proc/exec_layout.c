/* Where the parts of a program go (proc/exec_layout.h). */
#include "proc/exec_layout.h"

#include "arch/riscv/pte.h"
#include "fs/random.h"
#include "proc/exec_image.h"

/* Two thirds up, out of the way of heap and mappings. */
#define PROGRAM_BASE (USER_END / 3 * 2)

/* Between the vDSO and the end of the stack. */
#define STACK_END_GAP (15 * PAGE_SIZE)

/* Bounds of the room for the stack, whatever its limit is. */
#define STACK_ROOM_MIN MIB(128)
#define STACK_ROOM_MAX GIB(64)

/* The least room that a stack has in its last-level table. */
#define STACK_IN_TABLE KIB(256)

#define TABLE_SPAN (PAGE_SIZE * TABLE_ENTRIES) /* what a last-level table maps */

/* How the bits of one random number are used. */
#define TOP_GIGABYTE_BITS 4
#define TOP_PAGE_BITS     17 /* 512 MiB */
#define MAP_PAGE_BITS     14 /* 64 MiB */
#define PROGRAM_SPAN_BITS 13 /* 16 GiB in units of TABLE_SPAN */
#define PROGRAM_PAGE_BITS 9  /* within it */
#define HEAP_PAGE_BITS    7

_Static_assert(TOP_GIGABYTE_BITS + TOP_PAGE_BITS + MAP_PAGE_BITS + PROGRAM_SPAN_BITS +
			PROGRAM_PAGE_BITS + HEAP_PAGE_BITS ==
		64,
	"one number is enough");

bool exec_layout_random = true;

static u64 take(u64 *number, u32 bits)
{
	u64 taken = *number & (BIT(bits) - 1);

	*number >>= bits;
	return taken;
}

void exec_layout_choose(struct exec_layout *layout, u64 stack_limit, bool random)
{
	u64 room = min(max(stack_limit, (u64)STACK_ROOM_MIN), (u64)STACK_ROOM_MAX);
	u64 number = 0, top;

	if (random)
		random_bytes(&number, sizeof(number));
	top = USER_END - take(&number, TOP_GIGABYTE_BITS) * GIB(1);
	top -= take(&number, TOP_PAGE_BITS) * PAGE_SIZE;
	if (top % TABLE_SPAN < STACK_IN_TABLE)
		top -= STACK_IN_TABLE;
	layout->vdso = top - PAGE_SIZE;
	layout->stack_end = layout->vdso - STACK_END_GAP;
	layout->map_top = align_down(layout->stack_end - room, GIB(1)) -
		take(&number, MAP_PAGE_BITS) * PAGE_SIZE;
	layout->program = (u32)number;
	layout->random = random;
}

void exec_layout_program(struct exec_layout *layout, struct exec_image *image)
{
	u64 number = layout->program, base = PROGRAM_BASE;
	u64 size = align_up(image->elf.end - image->elf.start, PAGE_SIZE);

	if (layout->random) {
		u64 room = size < TABLE_SPAN ? TABLE_SPAN - size : TABLE_SPAN;
		u64 spans = take(&number, PROGRAM_SPAN_BITS);

		base = align_up(base, TABLE_SPAN) + spans * TABLE_SPAN;
		base += align_down(take(&number, PROGRAM_PAGE_BITS) * room >> PROGRAM_PAGE_BITS,
			PAGE_SIZE);
	}
	image->bias = align_down(base, image->elf.alignment) - image->elf.start;
}

/* In the first half of the room that is left in the program's last table. */
u64 exec_layout_heap(struct exec_layout *layout, u64 program_end)
{
	u64 number = layout->program >> (PROGRAM_SPAN_BITS + PROGRAM_PAGE_BITS);
	u64 start = align_up(program_end, PAGE_SIZE);
	u64 room = (align_up(start + 1, TABLE_SPAN) - start) / 2;

	if (!layout->random)
		return program_end;
	return start + align_down(number * room >> HEAP_PAGE_BITS, PAGE_SIZE);
}
