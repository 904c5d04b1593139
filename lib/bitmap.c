/*
 * Searching bitmaps, a word at a time. No state; the caller locks.
 */
#include "lib/bitmap.h"

/* The index is the first six bits of LOWEST_BIT_FACTOR << n; the value is n. */
const u8 lowest_bit_table[64] = { 0, 1, 2, 7, 3, 13, 8, 19, 4, 25, 14, 28, 9, 34, 20, 40, 5, 17, 26,
	38, 15, 46, 29, 48, 10, 31, 35, 54, 21, 50, 41, 57, 63, 6, 12, 18, 24, 27, 33, 39, 16, 37,
	45, 47, 30, 53, 49, 56, 62, 11, 23, 32, 36, 44, 52, 55, 61, 22, 43, 51, 60, 42, 59, 58 };

size_t bitmap_next_zero(const u64 *bitmap, size_t size, size_t start)
{
	size_t word = start / BITMAP_WORD_BITS;
	u64 zeroes;

	if (start >= size)
		return size;
	zeroes = ~bitmap[word] & -BIT(start % BITMAP_WORD_BITS);
	while (!zeroes) {
		if (++word >= BITMAP_WORDS(size))
			return size;
		zeroes = ~bitmap[word];
	}
	return min(word * BITMAP_WORD_BITS + lowest_bit(zeroes), size);
}
