/*
 * ps: lists the processes, from /proc/<pid>/status.
 */
#include <ctype.h>
#include <dirent.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "usr/bin/tool.h"

struct process {
	int pid;
	int parent;
	char state;
	unsigned long size;     /* KiB */
	unsigned long resident; /* KiB */
	char name[32];
};

/* The text after the colon and blanks if the line begins with `key`, else NULL. */
static const char *value_of(const char *line, const char *key)
{
	size_t length = strlen(key);

	if (strncmp(line, key, length) != 0 || line[length] != ':')
		return NULL;
	line += length + 1;
	return line + strspn(line, " \t");
}

static void read_line(struct process *process, const char *line)
{
	const char *value;

	if ((value = value_of(line, "Name"))) {
		strlcpy(process->name, value, sizeof(process->name));
		process->name[strcspn(process->name, "\n")] = '\0';
	} else if ((value = value_of(line, "State"))) {
		process->state = *value;
	} else if ((value = value_of(line, "PPid"))) {
		process->parent = atoi(value);
	} else if ((value = value_of(line, "VmSize"))) {
		process->size = strtoul(value, NULL, 10);
	} else if ((value = value_of(line, "VmRSS"))) {
		process->resident = strtoul(value, NULL, 10);
	}
}

/* A process may end between the listing and this: then there is nothing to show. */
static void show(const char *pid)
{
	struct process process = { .pid = atoi(pid), .state = '?' };
	char line[256];
	FILE *status;

	snprintf(line, sizeof(line), "/proc/%s/status", pid);
	status = fopen(line, "r");
	if (!status)
		return;
	while (fgets(line, sizeof(line), status))
		read_line(&process, line);
	fclose(status);
	printf("%5d %5d %c %8lu %8lu %s\n", process.pid, process.parent, process.state,
		process.size, process.resident, process.name);
}

int main(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;

	if (!proc)
		err(EXIT_FAILURE, "/proc");
	puts("  PID  PPID S  VSZ KiB  RSS KiB NAME");
	while ((entry = readdir(proc)))
		if (isdigit(entry->d_name[0]))
			show(entry->d_name);
	closedir(proc);
	return output_status(0, 1);
}
