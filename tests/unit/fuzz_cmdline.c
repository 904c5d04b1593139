/*
 * Command lines, made up by libFuzzer (fuzz.py): words lie in the structure's own text, and a
 * caller that asks for a value gets what is there.
 */
#include "lib/cmdline.h"
#include "lib/string.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

#define TEXT_MAX    4096
#define ENTRIES_MAX 8

#define HOLDS(condition) (void)((condition) ? 0 : (__builtin_trap(), 0))

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static const char *const known[] = { "init", "console", "quiet", NULL };
	static struct cmdline cmdline;
	const char *entry[ENTRIES_MAX];
	char text[TEXT_MAX + 1];
	s64 number;

	size = min(size, (size_t)TEXT_MAX);
	memcpy(text, data, size);
	text[size] = '\0';
	(void)!cmdline_parse(&cmdline, text);
	HOLDS(cmdline.words <= CMDLINE_WORDS_MAX && cmdline.kernel_words <= cmdline.words);
	for (u32 i = 0; i < cmdline.words; i++) {
		const char *word = cmdline.word[i], *end = cmdline.text + CMDLINE_SIZE;

		HOLDS(word >= cmdline.text && word < end);
		HOLDS(strnlen(word, (size_t)(end - word)) < (size_t)(end - word));
	}
	cmdline_value(&cmdline, "console");
	cmdline_number(&cmdline, "panic", &number);
	cmdline_has(&cmdline, "quiet");
	HOLDS(cmdline_init_arguments(&cmdline, known, entry, ENTRIES_MAX) <= ENTRIES_MAX);
	HOLDS(cmdline_init_environment(&cmdline, known, entry, ENTRIES_MAX) <= ENTRIES_MAX);
	return 0;
}
