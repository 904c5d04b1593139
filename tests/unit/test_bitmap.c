/* Bitmaps (lib/bitmap.h) against plain arrays of bool. */
#include "lib/bitmap.h"
#include "tests/unit/unit.h"

#define BITS 200

static u64 bitmap[BITMAP_WORDS(BITS)];
static bool reference[BITS];

static size_t reference_next_zero(size_t size, size_t start)
{
	while (start < size && reference[start])
		start++;
	return min(start, size);
}

static void compare(void)
{
	for (size_t bit = 0; bit < BITS; bit++)
		CHECK_EQUAL(bitmap_test(bitmap, bit), reference[bit]);
	for (size_t size = 0; size <= BITS; size += 1 + unit_random_below(9)) {
		size_t start = unit_random_below(BITS);

		CHECK_EQUAL(bitmap_next_zero(bitmap, size, start),
			reference_next_zero(size, min(start, size)));
	}
}

static void at_random(void)
{
	for (u32 round = 0; round < 2000; round++) {
		size_t start = unit_random_below(BITS);
		size_t count = unit_random_below(BITS - start + 1);
		bool value = unit_random_below(2);

		switch (unit_random_below(4)) {
		case 0:
			bitmap_set(bitmap, start);
			reference[start] = true;
			break;
		case 1:
			bitmap_clear(bitmap, start);
			reference[start] = false;
			break;
		default:
			for (size_t bit = start; bit < start + count; bit++) {
				bitmap_assign(bitmap, bit, value);
				reference[bit] = value;
			}
		}
		compare();
	}
}

static void ends(void)
{
	for (size_t bit = 0; bit < BITS; bit++)
		bitmap_set(bitmap, bit);
	CHECK_EQUAL(bitmap_next_zero(bitmap, BITS, 0), BITS);
	bitmap_clear(bitmap, BITS - 1);
	CHECK_EQUAL(bitmap_next_zero(bitmap, BITS, 0), BITS - 1);
	CHECK_EQUAL(bitmap_next_zero(bitmap, BITS - 1, 0), BITS - 1);
	CHECK_EQUAL(bitmap_next_zero(bitmap, BITS, BITS), BITS);
}

static void lowest(void)
{
	for (u32 bit = 0; bit < BITMAP_WORD_BITS; bit++) {
		CHECK_EQUAL(lowest_bit(BIT(bit)), bit);
		CHECK_EQUAL(lowest_bit(BIT(bit) | unit_random() << bit), bit);
	}
}

int main(void)
{
	static const struct unit_case cases[] = {
		{ "random bits and ranges", at_random },
		{ "all, and the last bit", ends },
		{ "the lowest bit", lowest },
	};

	return UNIT_RUN(cases);
}
