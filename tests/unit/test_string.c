/* Memory and string functions (lib/string.h) against those of the host. */
#include "lib/string.h"
#include "tests/unit/unit.h"

#define ARENA 512
#define GUARD 0x5a

static u8 ours[ARENA], theirs[ARENA];

static void fill_alike(void)
{
	for (size_t i = 0; i < ARENA; i++)
		ours[i] = theirs[i] = (u8)unit_random();
}

static bool alike(void)
{
	for (size_t i = 0; i < ARENA; i++)
		if (ours[i] != theirs[i])
			return false;
	return true;
}

/* Every pair of alignments, every length up to several blocks. */
static void copying(void)
{
	for (size_t to = 0; to < 8; to++) {
		for (size_t from = 0; from < 8; from++) {
			for (size_t length = 0; length <= 150; length++) {
				fill_alike();
				CHECK(memcpy(ours + to, ours + 256 + from, length) == ours + to);
				__builtin_memcpy(theirs + to, theirs + 256 + from, length);
				if (!CHECK(alike()))
					return;
			}
		}
	}
}

static void moving(void)
{
	for (u32 round = 0; round < 100000; round++) {
		size_t to = unit_random_below(ARENA), from = unit_random_below(ARENA);
		size_t length = unit_random_below(ARENA - max(to, from) + 1);

		fill_alike();
		CHECK(memmove(ours + to, ours + from, length) == ours + to);
		__builtin_memmove(theirs + to, theirs + from, length);
		if (!CHECK(alike()))
			return;
	}
}

/* Short distances, where words overlap themselves. */
static void moving_a_little(void)
{
	for (size_t base = 32; base < 40; base++) {
		for (size_t distance = 0; distance <= 20; distance++) {
			for (size_t length = 0; length <= 140; length++) {
				fill_alike();
				memmove(ours + base, ours + base + distance, length);
				__builtin_memmove(theirs + base, theirs + base + distance, length);
				memmove(ours + base + distance, ours + base, length);
				__builtin_memmove(theirs + base + distance, theirs + base, length);
				if (!CHECK(alike()))
					return;
			}
		}
	}
}

static void filling(void)
{
	for (size_t to = 0; to < 8; to++) {
		for (size_t length = 0; length <= 200; length++) {
			fill_alike();
			CHECK(memset(ours + to, 0x1ff - (int)length, length) == ours + to);
			__builtin_memset(theirs + to, 0x1ff - (int)length, length);
			if (!CHECK(alike()))
				return;
		}
	}
}

static int sign(int value)
{
	return (value > 0) - (value < 0);
}

static void comparing(void)
{
	for (u32 round = 0; round < 50000; round++) {
		size_t a = unit_random_below(16), b = 256 + unit_random_below(16);
		size_t length = unit_random_below(100);

		for (size_t i = 0; i < length; i++)
			ours[b + i] = ours[a + i];
		if (length && unit_random_below(4))
			ours[b + unit_random_below(length)] = (u8)unit_random();
		CHECK_EQUAL(sign(memcmp(ours + a, ours + b, length)),
			sign(__builtin_memcmp(ours + a, ours + b, length)));
	}
}

/* Blocks of the exact size, so that the address sanitizer sees an access one byte too far. */
static void exact_bounds(void)
{
	for (size_t size = 1; size <= 130; size++) {
		u8 *from = unit_copy(ours, size), *to = unit_copy(theirs, size);

		for (size_t skip = 0; skip <= min(size, 9UL); skip++) {
			memcpy(to + skip, from, size - skip);
			memcpy(to, from + skip, size - skip);
			memmove(to, to + skip, size - skip);
			memmove(to + skip, to, size - skip);
			memset(to + skip, 0, size - skip);
			CHECK(memcmp(to + skip, to + skip, size - skip) == 0);
			CHECK(!memchr(to + skip, 1, size - skip));
		}
		free(from);
		free(to);
	}
}

static void strings(void)
{
	const char text[] = "cowslip/primula/veris";
	char small[8] = "xxxxxxx";

	CHECK_EQUAL(strlen(""), 0);
	CHECK_EQUAL(strlen(text), sizeof(text) - 1);
	CHECK_EQUAL(strnlen(text, 3), 3);
	CHECK_EQUAL(strnlen(text, 1000), sizeof(text) - 1);
	CHECK(strcmp("a", "b") < 0 && strcmp("b", "a") > 0 && strcmp("a", "a") == 0);
	CHECK(strcmp("a", "") > 0 && strcmp("", "a") < 0 && strcmp("\x80", "a") > 0);
	CHECK(strncmp("abc", "abd", 2) == 0 && strncmp("abc", "abd", 3) < 0);
	CHECK(strncmp("ab", "ab", 9) == 0 && strncmp("a", "b", 0) == 0);
	CHECK(strchr(text, '/') == text + 7 && strrchr(text, '/') == text + 15);
	CHECK(!strchr(text, '!') && !strrchr(text, '!'));
	CHECK(strchr(text, '\0') == text + sizeof(text) - 1);
	CHECK(strrchr(text, '\0') == text + sizeof(text) - 1);
	CHECK(memchr(text, 'p', sizeof(text)) == text + 6 && !memchr(text, 'p', 6));
	CHECK_EQUAL(strlcpy(small, text, sizeof(small)), sizeof(text) - 1);
	CHECK_STRING(small, "cowslip");
	CHECK_EQUAL(strlcpy(small, "ab", sizeof(small)), 2);
	CHECK_STRING(small, "ab");
	CHECK_EQUAL(strlcpy(small, text, 1), sizeof(text) - 1);
	CHECK_STRING(small, "");
	CHECK(string_starts_with(text, "cow") && string_starts_with(text, ""));
	CHECK(!string_starts_with(text, "cox") && !string_starts_with("co", "cow"));
}

int main(void)
{
	static const struct unit_case cases[] = {
		{ "memcpy, all alignments", copying },
		{ "memmove, at random", moving },
		{ "memmove over short distances", moving_a_little },
		{ "memset", filling },
		{ "memcmp", comparing },
		{ "no byte outside is touched", exact_bounds },
		{ "strings", strings },
	};

	return UNIT_RUN(cases);
}
