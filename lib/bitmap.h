/*
 * Bitmaps: bits in an array of u64 that the caller owns, declared as
 * `u64 used[BITMAP_WORDS(count)]` and zeroed. The caller locks.
 */
#pragma once

#include "lib/types.h"

#define BITMAP_WORD_BITS   64
#define BITMAP_WORDS(bits) (((bits) + BITMAP_WORD_BITS - 1) / BITMAP_WORD_BITS)

#define LOWEST_BIT_FACTOR 0x0218a392cd3d5dbf
extern const u8 lowest_bit_table[64];

/*
 * The number of the lowest bit that is set; there must be one. Processors without Zbb have no
 * instruction for it, and what the compiler makes of __builtin_ctzl() is three times as long. The
 * factor shifted left by n begins with six bits that are different for each n.
 */
static inline u32 lowest_bit(u64 bits)
{
	return lowest_bit_table[(bits & -bits) * LOWEST_BIT_FACTOR >> 58];
}

static inline bool bitmap_test(const u64 *bitmap, size_t bit)
{
	return bitmap[bit / BITMAP_WORD_BITS] >> (bit % BITMAP_WORD_BITS) & 1;
}

static inline void bitmap_set(u64 *bitmap, size_t bit)
{
	bitmap[bit / BITMAP_WORD_BITS] |= BIT(bit % BITMAP_WORD_BITS);
}

static inline void bitmap_clear(u64 *bitmap, size_t bit)
{
	bitmap[bit / BITMAP_WORD_BITS] &= ~BIT(bit % BITMAP_WORD_BITS);
}

static inline void bitmap_assign(u64 *bitmap, size_t bit, bool value)
{
	if (value)
		bitmap_set(bitmap, bit);
	else
		bitmap_clear(bitmap, bit);
}

/* The first bit at or after `start`, of `size` bits in all, that is 0; `size` if there is none. */
size_t bitmap_next_zero(const u64 *bitmap, size_t size, size_t start);
