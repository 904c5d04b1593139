/*
 * Kernel stacks: STACK_SIZE bytes with an unmapped guard of the same size below, in a window of
 * virtual addresses of their own. A freed stack stays mapped in a cache for the next fork;
 * memory_reclaim() empties the cache. Nothing here sleeps.
 */
#pragma once

#include "arch/riscv/layout.h"

/* The address just past the stack's end, 16-byte aligned; NULL: no memory. */
void *stack_alloc(void);
void stack_free(void *top);

/* Frees the stacks in the cache. */
void stack_shrink(void);
