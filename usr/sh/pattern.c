/*
 * File-name patterns: * any text, ? any character, [a-z] [!a-z] a set, \ makes the next
 * character literal. A path is matched folder by folder; a name that begins with a dot, only by
 * a pattern that does, too.
 */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "usr/sh/sh.h"

struct names {
	char **list;
	size_t count;
	size_t size;
};

static bool in_set(const char *set, const char *end, char character)
{
	bool wanted = *set != '!';

	for (set += !wanted; set < end; set++) {
		char low = *set, high = low;

		if (set[1] == '-' && set + 2 < end) {
			high = set[2];
			set += 2;
		}
		if (character >= low && character <= high)
			return wanted;
	}
	return !wanted;
}

/* Matches one item of the pattern with one character. Returns the next item, or NULL. */
static const char *match_item(const char *pattern, char character)
{
	const char *end;

	if (pattern[0] == '[' && pattern[1] && (end = strchr(pattern + 2, ']')))
		return in_set(pattern + 1, end, character) ? end + 1 : NULL;
	if (*pattern == '?')
		return pattern + 1;
	if (*pattern == '\\' && pattern[1])
		pattern++;
	return *pattern == character ? pattern + 1 : NULL;
}

/* Where the text does not match what follows the last *, that * takes one character more. */
bool matches_pattern(const char *pattern, const char *text)
{
	const char *behind_star = NULL, *taken = NULL, *next;

	while (*text || *pattern == '*') {
		if (*pattern == '*') {
			behind_star = ++pattern;
			taken = text;
		} else if (*pattern && (next = match_item(pattern, *text))) {
			pattern = next;
			text++;
		} else if (behind_star) {
			pattern = behind_star;
			text = ++taken;
		} else {
			return false;
		}
	}
	return !*pattern;
}

static bool has_pattern(const char *text)
{
	for (; *text; text++) {
		if (*text == '\\' && text[1])
			text++;
		else if (strchr("*?[", *text))
			return true;
	}
	return false;
}

static void add_name(struct names *names, const char *name)
{
	if (names->count == names->size) {
		size_t size = 2 * names->size + 16;
		char **larger = arena_take(size * sizeof(*larger));

		if (names->count)
			memcpy(larger, names->list, names->count * sizeof(*larger));
		names->list = larger;
		names->size = size;
	}
	names->list[names->count++] = arena_copy(name, strlen(name));
}

/* `base` is what was matched so far, empty or with a slash at its end. */
static void match_folder(struct names *names, const char *base, const char *pattern)
{
	const char *slash = strchr(pattern, '/');
	const char *part = arena_copy(pattern, slash ? (size_t)(slash - pattern) : strlen(pattern));
	struct dirent *entry;
	DIR *directory;

	if (slash == pattern) { /* an absolute path, or a slash more than is needed */
		struct text folder = { 0 };

		text_add_string(&folder, base);
		text_add(&folder, '/');
		match_folder(names, folder.bytes, pattern + 1);
		return;
	}
	directory = opendir(*base ? base : ".");
	if (!directory)
		return;
	while ((entry = readdir(directory))) {
		char path[PATH_MAX];
		struct stat info;

		if (entry->d_name[0] == '.' && *part != '.')
			continue;
		if (!matches_pattern(part, entry->d_name))
			continue;
		snprintf(path, sizeof(path), "%s%s%s", base, entry->d_name, slash ? "/" : "");
		if (!slash)
			add_name(names, path);
		else if (!slash[1] && stat(path, &info) == 0)
			add_name(names, path);
		else if (slash[1])
			match_folder(names, path, slash + 1);
	}
	closedir(directory);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

bool expand_pattern(const char *pattern, void (*add)(void *context, const char *name),
	void *context)
{
	struct names names = { 0 };

	if (!has_pattern(pattern))
		return false;
	match_folder(&names, "", pattern);
	if (names.count)
		qsort(names.list, names.count, sizeof(*names.list), by_text);
	for (size_t i = 0; i < names.count; i++)
		add(context, names.list[i]);
	return names.count > 0;
}
