/*
 * Searches and ranges in bitmaps, a word at a time. No state; the caller locks.
 */
#include "lib/bitmap.h"

/* At the first six bits of LOWEST_BIT_FACTOR << n: n. */
const u8 lowest_bit_table[64] = { 0, 1, 2, 7, 3, 13, 8, 19, 4, 25, 14, 28, 9, 34, 20, 40, 5, 17, 26,
	38, 15, 46, 29, 48, 10, 31, 35, 54, 21, 50, 41, 57, 63, 6, 12, 18, 24, 27, 33, 39, 16, 37,
	45, 47, 30, 53, 49, 56, 62, 11, 23, 32, 36, 44, 52, 55, 61, 22, 43, 51, 60, 42, 59, 58 };

/* The lowest `count` bits (at most 64). */
static u64 low_bits(size_t count)
{
	return count >= BITMAP_WORD_BITS ? ~0UL : BIT(count) - 1;
}

/* Sets each bit of the range to `value`. */
static void fill_range(u64 *bitmap, size_t start, size_t count, bool value)
{
	while (count) {
		size_t offset = start % BITMAP_WORD_BITS;
		size_t here = min(count, BITMAP_WORD_BITS - offset);
		u64 mask = low_bits(here) << offset;

		if (value)
			bitmap[start / BITMAP_WORD_BITS] |= mask;
		else
			bitmap[start / BITMAP_WORD_BITS] &= ~mask;
		start += here;
		count -= here;
	}
}

void bitmap_set_range(u64 *bitmap, size_t start, size_t count)
{
	fill_range(bitmap, start, count, true);
}

void bitmap_clear_range(u64 *bitmap, size_t start, size_t count)
{
	fill_range(bitmap, start, count, false);
}

/* The first bit at or after `start` that is set once each word is XORed with `flip`. */
static size_t next_bit(const u64 *bitmap, size_t size, size_t start, u64 flip)
{
	if (start >= size)
		return size;

	size_t word = start / BITMAP_WORD_BITS;
	u64 bits = (bitmap[word] ^ flip) & ~low_bits(start % BITMAP_WORD_BITS);

	while (!bits) {
		if (++word >= BITMAP_WORDS(size))
			return size;
		bits = bitmap[word] ^ flip;
	}
	return min(word * BITMAP_WORD_BITS + lowest_bit(bits), size);
}

size_t bitmap_next_set(const u64 *bitmap, size_t size, size_t start)
{
	return next_bit(bitmap, size, start, 0);
}

size_t bitmap_next_zero(const u64 *bitmap, size_t size, size_t start)
{
	return next_bit(bitmap, size, start, ~0UL);
}

size_t bitmap_count(const u64 *bitmap, size_t size)
{
	size_t count = 0;

	bitmap_for_each_set(bit, bitmap, size)
		count++;
	return count;
}
