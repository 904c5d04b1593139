/*
 * Names for kernel addresses, and backtraces. For messages about bugs: needs no lock, allocates
 * nothing, and distrusts what it reads.
 */
#pragma once

#include "lib/types.h"

/* The name of the function that contains the address, and the offset in it; NULL: none does. */
const char *symbol_name(u64 address, u64 *offset);

/* Logs the function at `pc` and its callers, which it finds from a frame pointer (s0) on. */
void backtrace(u64 pc, u64 frame_pointer);

/* Stores the callers' addresses and returns how many there are; the second logs one of them. */
u32 backtrace_take(u64 frame_pointer, u64 *callers, u32 size);
void backtrace_show(u64 address);

/* backtrace() from the calling function on. */
void backtrace_here(void);
