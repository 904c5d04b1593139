/*
 * Names for kernel addresses, and the calls that led somewhere. For messages about bugs: needs no
 * lock, allocates nothing, and distrusts what it reads.
 */
#pragma once

#include "lib/types.h"

/* The function that holds the address, and how far into it; NULL: none does. */
const char *symbol_name(u64 address, u64 *offset);

/* Logs the callers from a frame pointer (s0) on, beginning with the function at `pc`. */
void backtrace(u64 pc, u64 frame_pointer);

/* The callers alone, as addresses, and how many they are; and one of them logged. */
u32 backtrace_take(u64 frame_pointer, u64 *callers, u32 size);
void backtrace_show(u64 address);

/* The same for the caller. */
void backtrace_here(void);
