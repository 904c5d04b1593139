/* Making and clearing the scratch directory; used by the harness between cases. */
#include "usr/tests/scratch.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES     512
#define DIRECTORY_MODE 0777
#define TEMPORARY_MODE 01777

static char scratch[PATH_BYTES];

static bool is_dot(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* The name of some entry of the directory; false when it is empty or cannot be read. */
static bool first_entry(const char *directory, char *path)
{
	bool found = false;
	DIR *stream = opendir(directory);

	if (stream == NULL)
		return false;
	for (struct dirent *entry; !found && (entry = readdir(stream)) != NULL;) {
		if (is_dot(entry->d_name))
			continue;
		snprintf(path, PATH_BYTES, "%s/%.200s", directory, entry->d_name);
		found = true;
	}
	closedir(stream);
	return found;
}

/* One entry after another, each time from the start: removing moves what comes after. */
static void empty_directory(const char *directory)
{
	char path[PATH_BYTES];

	while (first_entry(directory, path)) {
		if (unlink(path) == 0 || rmdir(path) == 0)
			continue;
		empty_directory(path);
		if (rmdir(path) != 0)
			return;
	}
}

bool scratch_enter(const char *name)
{
	mkdir("/tmp", TEMPORARY_MODE);
	snprintf(scratch, sizeof(scratch), "/tmp/%s.%d", name, (int)getpid());
	return mkdir(scratch, DIRECTORY_MODE) == 0 && chdir(scratch) == 0;
}

void scratch_empty(void)
{
	empty_directory(scratch);
}

void scratch_leave(void)
{
	scratch_empty();
	if (chdir("/") == 0)
		rmdir(scratch);
}
