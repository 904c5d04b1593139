/*
 * Process 1.
 */
#pragma once

#include "lib/types.h"

/* Creates it, from the kernel's command line. The root file system and /dev/console are ready. */
void process_start_init(const char *command_line);

/* Sets up everything in proc/, before the first task. The seed may be empty; time is mixed in. */
void process_init(const void *random_seed, size_t seed_size);
