/*
 * Bitmaps: bits in an array of u64 that the caller owns, declared as
 * `u64 used[BITMAP_WORDS(count)]` and zeroed. The caller locks.
 */
#ifndef COWSLIP_LIB_BITMAP_H
#define COWSLIP_LIB_BITMAP_H

#include "lib/types.h"

#define BITMAP_WORD_BITS   64
#define BITMAP_WORDS(bits) (((bits) + BITMAP_WORD_BITS - 1) / BITMAP_WORD_BITS)

#define LOWEST_BIT_FACTOR 0x0218a392cd3d5dbf
extern const u8 lowest_bit_table[64];

/*
 * The number of the lowest bit that is set; there must be one. Processors without Zbb have no
 * instruction for it, and what the compiler makes of __builtin_ctzl() is three times as long. The
 * factor, shifted left by n, begins with six bits that it begins with for no other n.
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

/* `count` bits from bit `start` on. */
void bitmap_set_range(u64 *bitmap, size_t start, size_t count);
void bitmap_clear_range(u64 *bitmap, size_t start, size_t count);

/* The first such bit at or after `start` of a bitmap of `size` bits; `size` if there is none. */
size_t bitmap_next_set(const u64 *bitmap, size_t size, size_t start);
size_t bitmap_next_zero(const u64 *bitmap, size_t size, size_t start);

static inline size_t bitmap_first_set(const u64 *bitmap, size_t size)
{
	return bitmap_next_set(bitmap, size, 0);
}

static inline size_t bitmap_first_zero(const u64 *bitmap, size_t size)
{
	return bitmap_next_zero(bitmap, size, 0);
}

/* How many of the first `size` bits are set. */
size_t bitmap_count(const u64 *bitmap, size_t size);

#define bitmap_for_each_set(bit, bitmap, size)                          \
	for (size_t bit = bitmap_first_set(bitmap, size); bit < (size); \
		bit = bitmap_next_set(bitmap, size, bit + 1))

#endif
