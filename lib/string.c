/*
 * Memory and string functions. Copies and fills go through 64-bit words, eight at a time where
 * there are as many; bytes are for the ragged ends. Misaligned word access may trap to
 * firmware on some harts, so a copy whose two sides are misaligned against each other shifts
 * words together instead. No state, no locks, called by everyone and by compiled code itself.
 */
#include "lib/string.h"

#include "lib/sanitize.h"

#define WORD        sizeof(u64)
#define WORD_BITS   (8 * WORD)
#define BLOCK_WORDS 8

/* A word that may alias objects of any type. */
typedef u64 __attribute__((may_alias)) word_t;

static inline size_t misalignment(const void *pointer)
{
	return (uintptr_t)pointer & (WORD - 1);
}

/* Copies `words` aligned words upward; right for overlapping areas with destination < source. */
UNCHECKED static void copy_words_up(word_t *to, const word_t *from, size_t words)
{
	for (; words >= BLOCK_WORDS; words -= BLOCK_WORDS, to += BLOCK_WORDS, from += BLOCK_WORDS) {
		u64 a = from[0], b = from[1], c = from[2], d = from[3];
		u64 e = from[4], f = from[5], g = from[6], h = from[7];

		to[0] = a, to[1] = b, to[2] = c, to[3] = d;
		to[4] = e, to[5] = f, to[6] = g, to[7] = h;
	}
	while (words--)
		*to++ = *from++;
}

/* Copies `words` words downward, from just below the two ends. */
UNCHECKED static void copy_words_down(word_t *to, const word_t *from, size_t words)
{
	for (; words >= BLOCK_WORDS; words -= BLOCK_WORDS) {
		to -= BLOCK_WORDS;
		from -= BLOCK_WORDS;
		u64 a = from[0], b = from[1], c = from[2], d = from[3];
		u64 e = from[4], f = from[5], g = from[6], h = from[7];

		to[0] = a, to[1] = b, to[2] = c, to[3] = d;
		to[4] = e, to[5] = f, to[6] = g, to[7] = h;
	}
	while (words--)
		*--to = *--from;
}

/*
 * Copies `words` words upward to an aligned destination from a source that is `shift` bytes
 * (1 to 7) past a word boundary. Reads whole aligned words: never past the word that holds
 * the last source byte, so never in a page that the source is not in. The address sanitizer
 * counts bytes, so it must look away.
 */
__attribute__((no_sanitize("address", "thread"))) static void copy_words_shifted(word_t *to,
	const u8 *from, size_t words, size_t shift)
{
	const word_t *aligned = (const word_t *)(from - shift);
	unsigned int low = 8 * shift, high = WORD_BITS - low;
	u64 current = *aligned++;

	while (words--) {
		u64 next = *aligned++;

		*to++ = current >> low | next << high;
		current = next;
	}
}

/* Right for overlapping areas with destination < source. */
UNCHECKED static void copy_up(u8 *to, const u8 *from, size_t length)
{
	while (length && misalignment(to)) {
		*to++ = *from++;
		length--;
	}

	size_t shift = misalignment(from);
	size_t words = length / WORD;

	if (shift == 0)
		copy_words_up((word_t *)to, (const word_t *)from, words);
	else if (words)
		copy_words_shifted((word_t *)to, from, words, shift);
	to += words * WORD;
	from += words * WORD;
	for (length %= WORD; length; length--)
		*to++ = *from++;
}

/* Right for overlapping areas with destination > source; both point past the last byte. */
UNCHECKED static void copy_down(u8 *to, const u8 *from, size_t length)
{
	if (misalignment(to) == misalignment(from)) {
		while (length && misalignment(to)) {
			*--to = *--from;
			length--;
		}

		size_t words = length / WORD;

		copy_words_down((word_t *)to, (const word_t *)from, words);
		to -= words * WORD;
		from -= words * WORD;
		length %= WORD;
	}
	while (length--)
		*--to = *--from;
}

UNCHECKED void *memcpy(void *restrict destination, const void *restrict source, size_t length)
{
	sanitize_read(source, length);
	sanitize_write(destination, length);
	copy_up(destination, source, length);
	return destination;
}

UNCHECKED void *memmove(void *destination, const void *source, size_t length)
{
	sanitize_read(source, length);
	sanitize_write(destination, length);
	/* Wraps to a large distance when the destination lies below the source. */
	if ((uintptr_t)destination - (uintptr_t)source >= length)
		copy_up(destination, source, length);
	else
		copy_down((u8 *)destination + length, (const u8 *)source + length, length);
	return destination;
}

UNCHECKED void *memset(void *destination, int byte, size_t length)
{
	u8 *to = destination;
	u64 pattern = (u8)byte * (~0UL / 0xff);

	sanitize_write(destination, length);
	while (length && misalignment(to)) {
		*to++ = (u8)byte;
		length--;
	}

	word_t *words = (word_t *)to;

	for (; length >= BLOCK_WORDS * WORD; length -= BLOCK_WORDS * WORD, words += BLOCK_WORDS) {
		words[0] = pattern, words[1] = pattern, words[2] = pattern, words[3] = pattern;
		words[4] = pattern, words[5] = pattern, words[6] = pattern, words[7] = pattern;
	}
	for (; length >= WORD; length -= WORD)
		*words++ = pattern;
	for (to = (u8 *)words; length; length--)
		*to++ = (u8)byte;
	return destination;
}

int memcmp(const void *a, const void *b, size_t length)
{
	const u8 *left = a, *right = b;

	if (misalignment(left) == misalignment(right)) {
		while (length && misalignment(left) && *left == *right)
			left++, right++, length--;
		while (length >= WORD && !misalignment(left) &&
			*(const word_t *)left == *(const word_t *)right)
			left += WORD, right += WORD, length -= WORD;
	}
	while (length && *left == *right)
		left++, right++, length--;
	return length ? *left - *right : 0;
}

void *memchr(const void *memory, int byte, size_t length)
{
	for (const u8 *at = memory; length; at++, length--)
		if (*at == (u8)byte)
			return (void *)(uintptr_t)at;
	return NULL;
}

size_t strlen(const char *string)
{
	const char *end = string;

	while (*end)
		end++;
	return end - string;
}

size_t strnlen(const char *string, size_t limit)
{
	size_t length = 0;

	while (length < limit && string[length])
		length++;
	return length;
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return (u8)*a - (u8)*b;
}

int strncmp(const char *a, const char *b, size_t limit)
{
	while (limit && *a && *a == *b)
		a++, b++, limit--;
	return limit ? (u8)*a - (u8)*b : 0;
}

char *strchr(const char *string, int character)
{
	for (;; string++) {
		if (*string == (char)character)
			return (char *)(uintptr_t)string;
		if (!*string)
			return NULL;
	}
}

char *strrchr(const char *string, int character)
{
	const char *last = NULL;

	while ((string = strchr(string, character))) {
		last = string;
		if (!*string++)
			break;
	}
	return (char *)(uintptr_t)last;
}

size_t strlcpy(char *restrict destination, const char *restrict source, size_t size)
{
	size_t length = strlen(source);
	size_t copied = min(length, size - 1);

	memcpy(destination, source, copied);
	destination[copied] = '\0';
	return length;
}

bool string_starts_with(const char *string, const char *prefix)
{
	return strncmp(string, prefix, strlen(prefix)) == 0;
}
