/*
 * The kernel command line: splitting it into words, and who gets which word. No locks: written
 * once at boot.
 */
#include "lib/cmdline.h"

#include "lib/error.h"
#include "lib/string.h"

static bool is_blank(char character)
{
	return character == ' ' || character == '\t' || character == '\n' || character == '\r';
}

/*
 * Copies the word at `text` without its quotes to `to`, where `room` bytes are left, and returns
 * where it ends in `text`; NULL if it does not fit.
 */
static const char *take_word(const char *text, char *to, size_t room)
{
	bool quoted = false;

	for (; *text && (quoted || !is_blank(*text)); text++) {
		if (*text == '"') {
			quoted = !quoted;
			continue;
		}
		if (room-- <= 1)
			return NULL;
		*to++ = *text;
	}
	*to = '\0';
	return text;
}

int cmdline_parse(struct cmdline *cmdline, const char *text)
{
	char *to = cmdline->text;
	bool separated = false;

	cmdline->words = cmdline->kernel_words = 0;
	for (;;) {
		while (is_blank(*text))
			text++;
		if (!*text)
			return 0;
		if (cmdline->words == CMDLINE_WORDS_MAX || to == cmdline->text + CMDLINE_SIZE)
			return -E2BIG;

		text = take_word(text, to, cmdline->text + CMDLINE_SIZE - to);
		if (!text)
			return -E2BIG;
		if (!separated && strcmp(to, "--") == 0) {
			separated = true;
			continue;
		}
		cmdline->word[cmdline->words++] = to;
		if (!separated)
			cmdline->kernel_words++;
		to += strlen(to) + 1;
	}
}

/* What follows the key and its '=' in a word, NULL if the word has another key or none. */
static const char *value_of(const char *word, const char *key)
{
	size_t length = strlen(key);

	if (strncmp(word, key, length) != 0 || word[length] != '=')
		return NULL;
	return word + length + 1;
}

const char *cmdline_value(const struct cmdline *cmdline, const char *key)
{
	for (u32 i = cmdline->kernel_words; i-- > 0;) {
		const char *value = value_of(cmdline->word[i], key);

		if (value)
			return value;
	}
	return NULL;
}

bool cmdline_number(const struct cmdline *cmdline, const char *key, s64 *number)
{
	const char *at = cmdline_value(cmdline, key);

	if (!at)
		return false;

	bool negative = *at == '-';
	s64 value = 0;

	at += negative;
	if (!*at)
		return false;
	for (; *at; at++) {
		if (*at < '0' || *at > '9' || __builtin_mul_overflow(value, 10, &value) ||
			__builtin_add_overflow(value, *at - '0', &value))
			return false;
	}
	*number = negative ? -value : value;
	return true;
}

bool cmdline_has(const struct cmdline *cmdline, const char *word)
{
	for (u32 i = 0; i < cmdline->kernel_words; i++)
		if (strcmp(cmdline->word[i], word) == 0)
			return true;
	return false;
}

static bool is_known(const char *word, const char *const *known)
{
	for (; *known; known++)
		if (strcmp(word, *known) == 0 || value_of(word, *known))
			return true;
	return false;
}

static bool is_for_module(const char *word)
{
	const char *dot = strchr(word, '.'), *equals = strchr(word, '=');

	return dot && (!equals || dot < equals);
}

/* The kernel's words that it does not know itself, either those with a value or the bare ones. */
static u32 unknown_words(const struct cmdline *cmdline, const char *const *known, bool with_value,
	const char **word, u32 size)
{
	u32 count = 0;

	for (u32 i = 0; i < cmdline->kernel_words && count < size; i++) {
		const char *candidate = cmdline->word[i];

		if ((strchr(candidate, '=') != NULL) == with_value && !is_known(candidate, known) &&
			!is_for_module(candidate))
			word[count++] = candidate;
	}
	return count;
}

u32 cmdline_init_arguments(const struct cmdline *cmdline, const char *const *known,
	const char **argument, u32 size)
{
	u32 count = unknown_words(cmdline, known, false, argument, size);

	for (u32 i = cmdline->kernel_words; i < cmdline->words && count < size; i++)
		argument[count++] = cmdline->word[i];
	return count;
}

u32 cmdline_init_environment(const struct cmdline *cmdline, const char *const *known,
	const char **variable, u32 size)
{
	return unknown_words(cmdline, known, true, variable, size);
}
