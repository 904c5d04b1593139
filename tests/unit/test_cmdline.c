/* The kernel command line (lib/cmdline.h). */
#include "lib/cmdline.h"
#include "lib/error.h"
#include "lib/string.h"
#include "tests/unit/unit.h"

static struct cmdline cmdline;
static const char *const known[] = { "console", "quiet", "init", NULL };

/* The words that init gets, each followed by a bar. */
static const char *for_init(const char *text, bool environment)
{
	static char joined[2 * CMDLINE_SIZE];
	const char *word[CMDLINE_WORDS_MAX];
	size_t length = 0;

	CHECK_EQUAL(cmdline_parse(&cmdline, text), 0);

	u32 count = environment ? cmdline_init_environment(&cmdline, known, word, ARRAY_SIZE(word))
				: cmdline_init_arguments(&cmdline, known, word, ARRAY_SIZE(word));

	for (u32 i = 0; i < count; i++) {
		length += strlcpy(joined + length, word[i], sizeof(joined) - length);
		joined[length++] = '|';
	}
	joined[length] = '\0';
	return joined;
}

static void words(void)
{
	CHECK_EQUAL(cmdline_parse(&cmdline, " root=/dev/a  quiet\tinit=/bin/sh\n"), 0);
	CHECK_EQUAL(cmdline.words, 3);
	CHECK_STRING(cmdline_value(&cmdline, "root"), "/dev/a");
	CHECK_STRING(cmdline_value(&cmdline, "init"), "/bin/sh");
	CHECK(!cmdline_value(&cmdline, "ini") && !cmdline_value(&cmdline, "quiet"));
	CHECK(cmdline_has(&cmdline, "quiet") && !cmdline_has(&cmdline, "root"));
	CHECK_EQUAL(cmdline_parse(&cmdline, ""), 0);
	CHECK_EQUAL(cmdline.words, 0);
	CHECK_EQUAL(cmdline_parse(&cmdline, "a=1 a=2 a="), 0);
	CHECK_STRING(cmdline_value(&cmdline, "a"), "");
}

static void quotes(void)
{
	CHECK_EQUAL(cmdline_parse(&cmdline, "a=\"x y\" \"b=p q\" \"c d\" e=\"\" f=\"open end"), 0);
	CHECK_EQUAL(cmdline.words, 5);
	CHECK_STRING(cmdline_value(&cmdline, "a"), "x y");
	CHECK_STRING(cmdline_value(&cmdline, "b"), "p q");
	CHECK(cmdline_has(&cmdline, "c d"));
	CHECK_STRING(cmdline_value(&cmdline, "e"), "");
	CHECK_STRING(cmdline_value(&cmdline, "f"), "open end");
}

static bool number(const char *text, s64 *value)
{
	CHECK_EQUAL(cmdline_parse(&cmdline, text), 0);
	return cmdline_number(&cmdline, "n", value);
}

static void numbers(void)
{
	s64 value = 77;

	CHECK(number("n=0", &value) && value == 0);
	CHECK(number("n=12345", &value) && value == 12345);
	CHECK(number("n=-1", &value) && value == -1);
	CHECK(number("n=9223372036854775807", &value) && value == INT64_MAX);
	CHECK(!number("n=9223372036854775808", &value) &&
		!number("n=99999999999999999999", &value));
	CHECK(!number("n=", &value) && !number("n=-", &value) && !number("n=1x", &value));
	CHECK(!number("n", &value) && !number("m=1", &value));
}

static void what_init_gets(void)
{
	CHECK_STRING(for_init("quiet single HOME=/root console=ttyS0 -- -x y=z quiet", false),
		"single|-x|y=z|quiet|");
	CHECK_STRING(for_init("quiet single HOME=/root console=ttyS0 -- -x y=z quiet", true),
		"HOME=/root|");
	CHECK_STRING(for_init("usb.debug snd.index=1 a=b.c", false), "");
	CHECK_STRING(for_init("usb.debug snd.index=1 a=b.c", true), "a=b.c|");
	CHECK_STRING(for_init("-- -- a", false), "--|a|");
	CHECK_STRING(for_init("initial=1", true), "initial=1|");
	CHECK_EQUAL(cmdline_parse(&cmdline, "a -- b=c d"), 0);
	CHECK(!cmdline_value(&cmdline, "b") && !cmdline_has(&cmdline, "d"));
}

static void too_long(void)
{
	char text[3 * CMDLINE_SIZE];

	for (size_t length = CMDLINE_SIZE - 4; length < CMDLINE_SIZE + 4; length++) {
		memset(text, 'x', length);
		text[length] = '\0';
		CHECK_EQUAL(cmdline_parse(&cmdline, text), length < CMDLINE_SIZE ? 0 : -E2BIG);
	}
	for (size_t count = CMDLINE_WORDS_MAX - 1; count < CMDLINE_WORDS_MAX + 2; count++) {
		for (size_t i = 0; i < 2 * count; i += 2) {
			text[i] = 'a';
			text[i + 1] = ' ';
		}
		text[2 * count] = '\0';
		CHECK_EQUAL(cmdline_parse(&cmdline, text), count <= CMDLINE_WORDS_MAX ? 0 : -E2BIG);
		CHECK_EQUAL(cmdline.words, min(count, (size_t)CMDLINE_WORDS_MAX));
	}
}

static void anything(void)
{
	static const char alphabet[] = "ab=\"- .,\t\\0";
	char text[64];

	for (u32 round = 0; round < 20000; round++) {
		size_t length = unit_random_below(sizeof(text));

		for (size_t i = 0; i < length; i++)
			text[i] = alphabet[unit_random_below(sizeof(alphabet) - 1)];
		text[length] = '\0';
		for_init(text, round % 2);
		cmdline_value(&cmdline, "a");
		CHECK(cmdline.kernel_words <= cmdline.words);
	}
}

int main(void)
{
	static const struct unit_case cases[] = {
		{ "words and values", words },
		{ "quotes", quotes },
		{ "numbers", numbers },
		{ "what init gets", what_init_gets },
		{ "more than fits", too_long },
		{ "random text", anything },
	};

	return UNIT_RUN(cases);
}
