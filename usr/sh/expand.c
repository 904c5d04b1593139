/*
 * From words to arguments: $ and quotes are replaced, what came from an unquoted $ is split at
 * blanks, and fields with * ? [ become the file names that match.
 *
 * While a field is put together, a backslash marks every character that looks like a pattern
 * but is literal.
 */
#include <ctype.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "usr/sh/sh.h"

struct expansion {
	struct text field; /* being put together */
	bool started;      /* it exists, even if it is empty: it had quotes */
	bool split;        /* fields may be split and matched */
	char **fields;
	size_t count;
	size_t size;
};

static void add_field(void *context, const char *field)
{
	struct expansion *expansion = context;

	if (expansion->count + 1 >= expansion->size) {
		size_t size = 2 * expansion->size + 16;
		char **larger = arena_take(size * sizeof(*larger));

		if (expansion->count)
			memcpy(larger, expansion->fields, expansion->count * sizeof(*larger));
		expansion->fields = larger;
		expansion->size = size;
	}
	expansion->fields[expansion->count++] = arena_copy(field, strlen(field));
	expansion->fields[expansion->count] = NULL;
}

void remove_backslashes(char *text)
{
	char *to = text;

	for (; *text; text++) {
		if (*text == '\\' && text[1])
			text++;
		*to++ = *text;
	}
	*to = '\0';
}

static void finish_field(struct expansion *expansion)
{
	char *field = expansion->field.bytes ? expansion->field.bytes : "";

	if (expansion->field.length || expansion->started) {
		if (!expansion->split || !expand_pattern(field, add_field, expansion)) {
			char *plain = arena_copy(field, strlen(field));

			remove_backslashes(plain);
			add_field(expansion, plain);
		}
	}
	expansion->field = (struct text){ 0 };
	expansion->started = false;
}

static void add_literal(struct expansion *expansion, char character)
{
	if (strchr("*?[]\\", character))
		text_add(&expansion->field, '\\');
	text_add(&expansion->field, character);
}

/* Adds the value of a $. If it is not quoted, blanks split it and patterns in it count. */
static void add_value(struct expansion *expansion, const char *value, bool quoted)
{
	bool plain = quoted || !expansion->split;

	for (; *value; value++) {
		if (plain || *value == '\\')
			add_literal(expansion, *value);
		else if (isspace(*value))
			finish_field(expansion);
		else
			text_add(&expansion->field, *value);
	}
}

/* $@ and $*: one field for each argument, except for "$*" and where nothing is split. */
static void add_arguments(struct expansion *expansion, bool quoted, bool one_field)
{
	for (int i = 0; i < shell.argument_count; i++) {
		if (i > 0 && (one_field || !expansion->split))
			add_literal(expansion, ' ');
		else if (i > 0)
			finish_field(expansion);
		expansion->started |= quoted;
		add_value(expansion, shell.arguments[i], quoted);
	}
}

void expansion_failed(const char *reason, const char *where)
{
	warnx("%s '%s'", reason, where);
	if (!shell.interactive)
		exit(2);
	shell.interrupted = true;
}

/* The value of $? $$ $! $# $0 $1 …, as text; NULL: the name is none of these. */
static const char *special_value(const char *name)
{
	char number[24];
	long value;

	switch (*name) {
	case '?':
		value = shell.status;
		break;
	case '$':
		value = shell.pid;
		break;
	case '!':
		if (!shell.last_background)
			return "";
		value = shell.last_background;
		break;
	case '#':
		value = shell.argument_count;
		break;
	case '0':
		return shell.name;
	default:
		if (!isdigit(*name))
			return NULL;
		value = atol(name);
		return value <= shell.argument_count ? shell.arguments[value - 1] : "";
	}
	snprintf(number, sizeof(number), "%ld", value);
	return arena_copy(number, strlen(number));
}

static const char *expand_double_quotes(struct expansion *expansion, const char *at);

/* The WORD of ${NAME:-WORD}. Between double quotes, double quotes inside it have no effect. */
static const char *expand_otherwise(const char *word, bool quoted)
{
	struct expansion expansion = { .split = false };

	if (!quoted)
		return expand_word(word);
	do
		word = expand_double_quotes(&expansion, word);
	while (*word);
	finish_field(&expansion);
	return expansion.fields[0];
}

/* Expands what follows "${": NAME} or NAME:-WORD}. Returns where the word goes on. */
static const char *expand_braces(struct expansion *expansion, const char *at, bool quoted)
{
	const char *end = skip_enclosed(at, '}', quoted) - 1;
	size_t length = variable_name_length(at);
	bool special = !length;
	const char *name, *otherwise, *value;

	if (special)
		length = isdigit(*at) ? strspn(at, "0123456789") : 1;
	name = arena_copy(at, length);
	value = special ? special_value(name) : variable_get(name);
	otherwise = at + length + 2;
	if ((special && !value) || (at + length != end && strncmp(otherwise - 2, ":-", 2) != 0))
		expansion_failed("cannot expand", arena_copy(at - 2, end + 3 - at));
	else if (at + length != end && (!value || !*value))
		value = expand_otherwise(arena_copy(otherwise, end - otherwise), quoted);
	add_value(expansion, value ? value : "", quoted);
	return end + 1;
}

/* Expands what begins with this "$". Returns where the word goes on. */
static const char *expand_dollar(struct expansion *expansion, const char *at, bool quoted)
{
	size_t length = variable_name_length(++at);
	const char *value, *end;

	if (*at == '{')
		return expand_braces(expansion, at + 1, quoted);
	if (*at == '(') {
		end = skip_parentheses(at);
		if (at[1] == '(' && end[-2] == ')') {
			char number[24];
			char *expression = expand_word(arena_copy(at + 2, end - at - 4));

			snprintf(number, sizeof(number), "%ld", arithmetic(expression));
			add_value(expansion, number, quoted);
		} else {
			value = command_output(arena_copy(at + 1, end - at - 2));
			add_value(expansion, value, quoted);
		}
		return end;
	}
	if (*at == '@' || *at == '*') {
		add_arguments(expansion, quoted, quoted && *at == '*');
		return at + 1;
	}
	value = length ? variable_get(arena_copy(at, length)) : special_value(arena_copy(at, 1));
	if (!length && !value) {
		add_literal(expansion, '$');
		return at;
	}
	add_value(expansion, value ? value : "", quoted);
	return at + (length ? length : 1);
}

/* Expands what follows an opening ". Returns where the word goes on after the closing one. */
static const char *expand_double_quotes(struct expansion *expansion, const char *at)
{
	/* "$@" without arguments is no field at all. */
	expansion->started |= !(strncmp(at, "$@\"", 3) == 0 && shell.argument_count == 0);
	while (*at && *at != '"') {
		if (*at == '$') {
			at = expand_dollar(expansion, at, true);
			continue;
		}
		if (at[0] == '\\' && at[1] == '\n') {
			at += 2;
			continue;
		}
		if (*at == '\\' && at[1] && strchr("$`\"\\", at[1]))
			at++;
		add_literal(expansion, *at++);
	}
	return *at ? at + 1 : at;
}

static void expand_one(struct expansion *expansion, const char *at)
{
	while (*at) {
		if (*at == '\'') {
			expansion->started = true;
			for (at++; *at && *at != '\''; at++)
				add_literal(expansion, *at);
			at += *at == '\'';
		} else if (*at == '"') {
			at = expand_double_quotes(expansion, at + 1);
		} else if (*at == '\\' && at[1]) {
			if (at[1] != '\n')
				add_literal(expansion, at[1]);
			at += 2;
		} else if (*at == '$') {
			at = expand_dollar(expansion, at, false);
		} else {
			text_add(&expansion->field, *at++);
		}
	}
}

char **expand_words(const struct word *words)
{
	struct expansion expansion = { .split = true };

	for (; words; words = words->next) {
		expand_one(&expansion, words->text);
		finish_field(&expansion);
	}
	if (!expansion.fields)
		expansion.fields = arena_take(sizeof(*expansion.fields));
	return expansion.fields;
}

char *expand_word(const char *word)
{
	struct expansion expansion = { .split = false };

	expand_one(&expansion, word);
	finish_field(&expansion);
	return expansion.count ? expansion.fields[0] : "";
}
