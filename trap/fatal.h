/*
 * What a panic shows besides its message.
 */
#pragma once

#include "lib/types.h"

struct trap_frame;

/* Makes panic() show registers, callers and the last events. */
void fatal_init(void);

/* The kernel did something wrong: panics, with what the frame shows. */
NORETURN void fatal_trap(const struct trap_frame *frame, const char *what);

/* A name for a cause of a trap. */
const char *cause_name(u64 cause);
