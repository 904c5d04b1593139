/*
 * Completion: the word before the cursor is taken as the beginning of a file name or, where a
 * command is expected, of a program's name. The beginning that all candidates share is inserted;
 * if that adds nothing, the candidates are listed.
 */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "usr/sh/sh.h"

struct candidates {
	const char *prefix;
	struct text list; /* for showing */
	char common[NAME_MAX + 1];
	size_t count;
	bool single_is_directory;
};

static void add_candidate(struct candidates *candidates, const char *name, bool is_directory)
{
	size_t length = 0;

	if (candidates->count++ == 0) {
		strlcpy(candidates->common, name, sizeof(candidates->common));
		candidates->single_is_directory = is_directory;
	}
	while (candidates->common[length] && candidates->common[length] == name[length])
		length++;
	while (length && continues_character(candidates->common[length]))
		length--;
	candidates->common[length] = '\0';
	text_add_string(&candidates->list, name);
	text_add_string(&candidates->list, is_directory ? "/  " : "  ");
}

static void add_from_folder(struct candidates *candidates, const char *folder)
{
	DIR *directory = opendir(folder);
	struct dirent *entry;

	if (!directory)
		return;
	while ((entry = readdir(directory))) {
		char path[PATH_MAX];
		struct stat info;

		if (strncmp(entry->d_name, candidates->prefix, strlen(candidates->prefix)) != 0)
			continue;
		if (entry->d_name[0] == '.' && candidates->prefix[0] != '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		add_candidate(candidates, entry->d_name,
			stat(path, &info) == 0 && S_ISDIR(info.st_mode));
	}
	closedir(directory);
}

static void add_programs(struct candidates *candidates)
{
	const char *path = variable_get("PATH");

	while (path && *path) {
		size_t length = strcspn(path, ":");

		add_from_folder(candidates, arena_copy(path, length));
		path += length + (path[length] == ':');
	}
}

/* A command is expected at the beginning, and after | & ; ( */
static bool at_command(const char *line, size_t start)
{
	while (start && line[start - 1] == ' ')
		start--;
	return !start || strchr("|&;(", line[start - 1]);
}

/* A name as it must be typed. */
static const char *quoted(const char *name)
{
	struct text text = { 0 };

	for (; *name; name++) {
		if (strchr(" \t'\"\\$|&;()<>*?[#", *name))
			text_add(&text, '\\');
		text_add(&text, *name);
	}
	return text.length ? text.bytes : "";
}

static size_t insert_text(char *line, size_t size, size_t cursor, const char *text)
{
	size_t length = strlen(text), rest = strlen(line + cursor);

	if (cursor + length + rest + 1 > size)
		return cursor;
	memmove(line + cursor + length, line + cursor, rest + 1);
	while (*text)
		line[cursor++] = *text++;
	return cursor;
}

size_t complete(char *line, size_t size, size_t cursor)
{
	struct arena_mark mark = arena_mark();
	struct candidates candidates = { 0 };
	size_t start = cursor, prefix_length;
	char *word, *slash;

	while (start &&
		(!strchr(" |&;(<>", line[start - 1]) || (start > 1 && line[start - 2] == '\\')))
		start--;
	word = arena_copy(line + start, cursor - start);
	remove_backslashes(word);
	slash = strrchr(word, '/');
	candidates.prefix = slash ? slash + 1 : word;
	if (slash)
		add_from_folder(&candidates, arena_copy(word, slash - word + 1));
	else if (at_command(line, start))
		add_programs(&candidates);
	else
		add_from_folder(&candidates, ".");

	prefix_length = strlen(candidates.prefix);
	if (candidates.count > 1 && !candidates.common[prefix_length])
		printf("\n%s\n", candidates.list.bytes);
	if (candidates.count)
		cursor = insert_text(line, size, cursor, quoted(candidates.common + prefix_length));
	if (candidates.count == 1)
		cursor =
			insert_text(line, size, cursor, candidates.single_is_directory ? "/" : " ");
	arena_release(mark);
	return cursor;
}
