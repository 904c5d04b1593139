/*
 * Where the parts of a program go in a new address space: at random, unless the command line says
 * `norandmaps` or the process asked for it by personality(2). No locks: exec's own.
 *
 *	program, heap	from two thirds of the address space up, if the program can be moved
 *	mappings	downwards from below the room that the stack may grow into
 *	stack, vDSO	at the top
 *
 * Fork and exit pay for each page table, and a small process should touch few: so the stack and the
 * vDSO share theirs, and so do a small program and its heap. The mappings have a gigabyte, and so
 * a middle-level table, to themselves: if it has many entries, parent and child need not copy it
 * just for their stacks.
 */
#pragma once

#include "arch/riscv/layout.h"
#include "lib/types.h"

struct exec_image;
struct space;

/* No part of the stack or the vDSO lies below: a program that cannot be moved must end here. */
#define EXEC_ADDRESS_LIMIT (USER_END - GIB(17))

struct exec_layout {
	u64 vdso;      /* its code; its data lie in the page before */
	u64 stack_end; /* below it, with a gap */
	u64 map_top;   /* mappings are placed below */
	u32 program;   /* the random bits that are left for the program and its heap */
	bool random;
};

/* Whether programs are placed at random at all. Set at boot. */
extern bool exec_layout_random;

/* stack_limit: how large the stack may become, in bytes. */
void exec_layout_choose(struct exec_layout *layout, u64 stack_limit, bool random);

/* Sets the bias of a program that can be moved. */
void exec_layout_program(struct exec_layout *layout, struct exec_image *image);

/* Where the heap of a program that ends at `program_end` begins. */
u64 exec_layout_heap(struct exec_layout *layout, u64 program_end);
