/*
 * free [-k] [-m]: shows how much memory there is and what it is used for, from /proc/meminfo.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "usr/bin/tool.h"

/* All in KiB, as /proc/meminfo has them. */
struct memory {
	unsigned long total, free, available, buffers, cached, shared;
};

static const struct {
	const char *key;
	size_t member;
} keys[] = {
	{ "MemTotal:", offsetof(struct memory, total) },
	{ "MemFree:", offsetof(struct memory, free) },
	{ "MemAvailable:", offsetof(struct memory, available) },
	{ "Buffers:", offsetof(struct memory, buffers) },
	{ "Cached:", offsetof(struct memory, cached) },
	{ "Shmem:", offsetof(struct memory, shared) },
};

static struct memory read_memory(void)
{
	FILE *meminfo = fopen("/proc/meminfo", "r");
	struct memory memory = { 0 };
	char line[128];

	if (!meminfo)
		err(EXIT_FAILURE, "/proc/meminfo");
	while (fgets(line, sizeof(line), meminfo)) {
		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
			size_t length = strlen(keys[i].key);

			if (strncmp(line, keys[i].key, length) == 0)
				*(unsigned long *)((char *)&memory + keys[i].member) =
					strtoul(line + length, NULL, 10);
		}
	}
	fclose(meminfo);
	return memory;
}

int main(int argc, char **argv)
{
	struct memory memory = read_memory();
	unsigned long cache = memory.buffers + memory.cached;
	unsigned int shift = 0;
	int option;

	while ((option = getopt(argc, argv, "km")) != -1) {
		if (option == '?')
			return EXIT_FAILURE;
		shift = option == 'm' ? 10 : 0;
	}
	printf("%s %12s %10s %10s %10s %10s %10s\n", shift ? "MiB" : "KiB", "total", "used", "free",
		"shared", "cache", "available");
	printf("Mem %12lu %10lu %10lu %10lu %10lu %10lu\n", memory.total >> shift,
		(memory.total - memory.free - cache) >> shift, memory.free >> shift,
		memory.shared >> shift, cache >> shift, memory.available >> shift);
	return output_status(0, 1);
}
