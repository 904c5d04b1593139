/*
 * Variables. Exported ones live in the environment, the others on a list here.
 */
#include <ctype.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "usr/sh/sh.h"

struct variable {
	struct variable *next;
	char *name;
	char *value;
};

static struct variable *variables;

/* The link that leads to the variable, or to the end of the list. */
static struct variable **find(const char *name)
{
	struct variable **link = &variables;

	while (*link && strcmp((*link)->name, name) != 0)
		link = &(*link)->next;
	return link;
}

static char *copy(const char *text)
{
	char *result = strdup(text);

	if (!result)
		err(2, "out of memory");
	return result;
}

const char *variable_get(const char *name)
{
	struct variable *variable = *find(name);

	return variable ? variable->value : getenv(name);
}

void variable_set(const char *name, const char *value)
{
	struct variable **link = find(name);

	if (!*link && getenv(name)) {
		setenv(name, value, 1);
		return;
	}
	if (!*link) {
		*link = calloc(1, sizeof(**link));
		if (!*link)
			err(2, "out of memory");
		(*link)->name = copy(name);
	}
	free((*link)->value);
	(*link)->value = copy(value);
}

void variable_unset(const char *name)
{
	struct variable **link = find(name), *variable = *link;

	unsetenv(name);
	if (!variable)
		return;
	*link = variable->next;
	free(variable->name);
	free(variable->value);
	free(variable);
}

void variable_export(const char *name)
{
	const char *value = variable_get(name);
	char *kept = copy(value ? value : "");

	variable_unset(name);
	setenv(name, kept, 1);
	free(kept);
}

size_t variable_name_length(const char *text)
{
	size_t length = 0;

	if (isdigit(*text))
		return 0;
	while (isalnum(text[length]) || text[length] == '_')
		length++;
	return length;
}

bool is_assignment(const char *word)
{
	size_t length = variable_name_length(word);

	return length && word[length] == '=';
}

void assign(const char *assignment)
{
	size_t length = variable_name_length(assignment);

	variable_set(arena_copy(assignment, length), expand_word(assignment + length + 1));
}
