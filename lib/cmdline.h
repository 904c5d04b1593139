/*
 * The kernel command line. It is split into words at blanks; double quotes, around a whole word or
 * a value, keep its blanks and are removed. Words that the kernel does not know go to init, as do
 * all that follow "--". Parsed once at boot and only read from then on, so no lock.
 */
#pragma once

#include "lib/types.h"

#define CMDLINE_SIZE      2048
#define CMDLINE_WORDS_MAX 64

struct cmdline {
	char text[CMDLINE_SIZE]; /* the words, each with its NUL */
	const char *word[CMDLINE_WORDS_MAX];
	u32 words;        /* how many there are */
	u32 kernel_words; /* how many of them stand before "--" */
};

/* -E2BIG if the text is too long or has too many words: those that fit are there. */
int cmdline_parse(struct cmdline *cmdline, const char *text);

/* The value of the last `key=value`, NULL if there is none. */
const char *cmdline_value(const struct cmdline *cmdline, const char *key);

/* The last `key=number`, in decimal; false if there is none, or if it is no number. */
bool cmdline_number(const struct cmdline *cmdline, const char *key, s64 *number);

/* Whether the bare word is there. */
bool cmdline_has(const struct cmdline *cmdline, const char *word);

/*
 * Fill at most `size` entries and return how many: init's arguments (bare words that are not
 * in `known`, then those behind "--") and its environment (`key=value` words whose key is not
 * in `known`). `known` ends with NULL. Words with a dot before any '=' are for modules: left out.
 */
u32 cmdline_init_arguments(const struct cmdline *cmdline, const char *const *known,
	const char **argument, u32 size);
u32 cmdline_init_environment(const struct cmdline *cmdline, const char *const *known,
	const char **variable, u32 size);
