/*
 * Random bytes: the ChaCha20 stream, its key replaced after each use so that bytes once handed out
 * cannot be found again.
 */
#pragma once

#include "lib/types.h"

/* Mixes the bytes, and the time, into the key. */
void random_seed(const void *seed, size_t size);

void random_bytes(void *to, size_t size);
