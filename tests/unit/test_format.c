/* printf's formats (lib/format.h) against those of the host. */
#include "lib/format.h"
#include "lib/string.h"
#include "tests/unit/unit.h"

/* The formats are put together at run time, which compilers rightly warn of elsewhere. */
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat"
#pragma GCC diagnostic ignored "-Wformat-security"

#define SAME(...)                                                                        \
	do {                                                                             \
		char wanted_[256], got_[256];                                            \
		int length_ = __builtin_snprintf(wanted_, sizeof(wanted_), __VA_ARGS__); \
		CHECK_EQUAL(snprintf(got_, sizeof(got_), __VA_ARGS__), length_);         \
		CHECK_STRING(got_, wanted_);                                             \
	} while (0)

static const char *const flag_sets[] = { "", "-", "0", "+", " ", "#", "-0", "+0", " 0", "#0", "-#",
	"+ ", "-+", "-+ #0" };
static const char *const sizes[] = { "", "1", "5", "20", ".0", ".1", ".7", "12.5", "3.9", "5." };
static const u64 numbers[] = { 0, 1, 7, 8, 9, 10, 42, 127, 128, 255, 256, 32767, 32768, 65535,
	1000000, 0x7fffffff, 0x80000000, 0xffffffff, 0x7fffffffffffffff, 0x8000000000000000,
	0xffffffffffffffff };

/* All flags × widths and precisions × lengths × letters × numbers. */
static void integers(void)
{
	static const char *const lengths[] = { "hh", "h", "", "l", "ll", "z", "t", "j" };
	static const char letters[] = "diuxXo";
	char format[32];

	for (u32 flags = 0; flags < ARRAY_SIZE(flag_sets); flags++) {
		for (u32 size = 0; size < ARRAY_SIZE(sizes); size++) {
			for (u32 length = 0; length < ARRAY_SIZE(lengths); length++) {
				for (const char *letter = letters; *letter; letter++) {
					__builtin_snprintf(format, sizeof(format), "[%%%s%s%s%c]",
						flag_sets[flags], sizes[size], lengths[length],
						*letter);
					for (u32 n = 0; n < ARRAY_SIZE(numbers); n++)
						SAME(format, numbers[n]);
				}
			}
		}
	}
}

static void texts(void)
{
	static const char *const text_flags[] = { "", "-" };
	char format[32];

	for (u32 flags = 0; flags < ARRAY_SIZE(text_flags); flags++) {
		for (u32 size = 0; size < ARRAY_SIZE(sizes); size++) {
			__builtin_snprintf(format, sizeof(format), "[%%%s%ss]", text_flags[flags],
				sizes[size]);
			SAME(format, "");
			SAME(format, "cowslip");
		}
		__builtin_snprintf(format, sizeof(format), "[%%%s5c%%c]", text_flags[flags]);
		SAME(format, 'x', 'y');
	}
}

static void odds_and_ends(void)
{
	/* What the standard leaves to the implementation. */
	static const struct {
		const char *volatile format; /* so that compilers do not check it */
		const char *wanted;
	} ours[] = {
		{ "%s", "(null)" },
		{ "%p", "0x0" },
		{ "%y %5.3lk", "%y %5.3lk" },
		{ "50%", "50%" },
	};
	char text[64];
	char unended[3] = { 'a', 'b', 'c' };

	SAME("plain");
	SAME("100%%, %d%%", 5);
	SAME("%*d|%-*d|%*d", 6, 1, 6, 2, -6, 3);
	SAME("%.*s|%.*d|%.*s", 2, "abc", 4, 5, -1, "all");
	SAME("%.3s", unended);
	SAME("%s %p", "pointer", (void *)0x1234);
	SAME("%x %lx %s %d", 1, 2L, "three", 4);
	for (u32 i = 0; i < ARRAY_SIZE(ours); i++) {
		snprintf(text, sizeof(text), ours[i].format, NULL);
		CHECK_STRING(text, ours[i].wanted);
	}
}

static void cut_off(void)
{
	for (size_t size = 0; size <= 24; size++) {
		char *got = (char *)unit_copy((const u8 *)"zzzzzzzzzzzzzzzzzzzzzzzzzzz", size);
		char wanted[32];
		int length =
			__builtin_snprintf(wanted, sizeof(wanted), "number %d, %s", 12345, "end");

		CHECK_EQUAL(snprintf(got, size, "number %d, %s", 12345, "end"), length);
		if (size) {
			wanted[min(size - 1, (size_t)length)] = '\0';
			CHECK_STRING(got, wanted);
		}
		free(got);
	}
}

int main(void)
{
	static const struct unit_case cases[] = {
		{ "integers, every flag and length", integers },
		{ "strings and characters", texts },
		{ "odds and ends", odds_and_ends },
		{ "cut off at every size", cut_off },
	};

	return UNIT_RUN(cases);
}
