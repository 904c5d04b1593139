/*
 * The environment: `environ`, a list of NAME=VALUE. The first addition moves the list to the heap;
 * values that are replaced are not freed, since a caller may still use them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char **own_list;

static char **find(const char *name, size_t length)
{
	for (char **entry = environ; entry && *entry; entry++)
		if (strncmp(*entry, name, length) == 0 && (*entry)[length] == '=')
			return entry;
	return NULL;
}

char *getenv(const char *name)
{
	size_t length = strlen(name);
	char **entry = find(name, length);

	return entry ? *entry + length + 1 : NULL;
}

static int append(char *assignment)
{
	size_t count = 0;
	char **list;

	while (environ && environ[count])
		count++;
	list = realloc(own_list, (count + 2) * sizeof(*list));
	if (!list)
		return -1;
	if (environ != own_list && count)
		memcpy(list, environ, count * sizeof(*list));
	list[count] = assignment;
	list[count + 1] = NULL;
	environ = own_list = list;
	return 0;
}

static int put(char *assignment, size_t length)
{
	char **entry = find(assignment, length);

	if (!entry)
		return append(assignment);
	*entry = assignment;
	return 0;
}

int putenv(char *assignment)
{
	size_t length = strcspn(assignment, "=");

	return assignment[length] ? put(assignment, length) : unsetenv(assignment);
}

int setenv(const char *name, const char *value, int overwrite)
{
	size_t length = strlen(name);
	char *assignment;

	if (!length || strchr(name, '=')) {
		errno = EINVAL;
		return -1;
	}
	if (!overwrite && find(name, length))
		return 0;
	assignment = malloc(length + strlen(value) + 2);
	if (!assignment)
		return -1;
	strcpy(stpcpy(stpcpy(assignment, name), "="), value);
	if (put(assignment, length) == 0)
		return 0;
	free(assignment);
	return -1;
}

int unsetenv(const char *name)
{
	size_t length = strlen(name);
	char **entry;

	if (!length || strchr(name, '=')) {
		errno = EINVAL;
		return -1;
	}
	while ((entry = find(name, length)))
		for (; *entry; entry++)
			entry[0] = entry[1];
	return 0;
}

int clearenv(void)
{
	environ = NULL;
	return 0;
}
