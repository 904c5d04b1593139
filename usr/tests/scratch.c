/* Making and clearing the scratch directory; used by the harness between cases. */
#include "usr/tests/scratch.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES     4096
#define DIRECTORY_MODE 0777
#define TEMPORARY_MODE 01777

static char scratch[PATH_BYTES];
static char doomed[PATH_BYTES]; /* what is being removed */

static bool is_dot(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Appends the name of some entry to the directory's path; false if it is empty or unreadable. */
static bool append_entry(char *path)
{
	size_t length = strlen(path);
	bool found = false;
	DIR *stream = opendir(path);

	if (stream == NULL)
		return false;
	for (struct dirent *entry; !found && (entry = readdir(stream)) != NULL;) {
		if (is_dot(entry->d_name))
			continue;
		snprintf(path + length, PATH_BYTES - length, "/%s", entry->d_name);
		found = true;
	}
	closedir(stream);
	return found;
}

/*
 * Removes one entry after another, each time from the start, as removing shifts the later ones. All
 * levels share the buffer, so that clearing deep directories takes the harness no more memory.
 */
static void empty_directory(char *path)
{
	size_t length = strlen(path);

	while (append_entry(path)) {
		if (unlink(path) != 0 && rmdir(path) != 0) {
			empty_directory(path);
			if (rmdir(path) != 0)
				return;
		}
		path[length] = '\0';
	}
}

bool scratch_enter(const char *name)
{
	mkdir("/tmp", TEMPORARY_MODE);
	snprintf(scratch, sizeof(scratch), "/tmp/%s.%d", name, (int)getpid());
	/* Touches the buffer now, and not only when a case has long names. */
	memset(doomed, 0, sizeof(doomed));
	return mkdir(scratch, DIRECTORY_MODE) == 0 && chdir(scratch) == 0;
}

void scratch_empty(void)
{
	strcpy(doomed, scratch);
	empty_directory(doomed);
}

void scratch_leave(void)
{
	scratch_empty();
	if (chdir("/") == 0)
		rmdir(scratch);
}
