/*
 * maps [PID]: shows a process's regions and how much is in memory, from /proc/<pid>/smaps;
 * without an argument, its own. All sizes in KiB.
 *
 *   size     how much address space; rss: how much of it has a page
 *   pss      rss, where a page that n processes map counts one n-th
 *   shared   pages that others map too; private: pages that only this process maps.
 *            After a fork all is shared; each first write makes a page private again.
 */
#include <ctype.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "usr/bin/tool.h"

struct region {
	char range[40];
	char permissions[8];
	char name[64];
	unsigned long size, rss, pss, shared, private;
};

static void print_region(const struct region *region)
{
	printf("%-35s %-4s %8lu %8lu %8lu %8lu %8lu  %s\n", region->range, region->permissions,
		region->size, region->rss, region->pss, region->shared, region->private,
		region->name);
}

/* "start-end permissions offset device inode name" */
static void begin_region(struct region *region, char *line)
{
	char *rest = line, *word;

	*region = (struct region){ 0 };
	strlcpy(region->range, strsep(&rest, " "), sizeof(region->range));
	word = strsep(&rest, " ");
	strlcpy(region->permissions, word ? word : "", sizeof(region->permissions));
	for (int i = 0; i < 3 && rest; i++)
		strsep(&rest, " ");
	rest = rest ? rest + strspn(rest, " ") : "";
	strlcpy(region->name, rest, sizeof(region->name));
	region->name[strcspn(region->name, "\n")] = '\0';
}

/* "Rss:    12 kB"; keys that are not shown are skipped. */
static void add_value(struct region *region, const char *line)
{
	unsigned long value = strtoul(line + strcspn(line, " "), NULL, 10);

	if (strncmp(line, "Size:", 5) == 0)
		region->size += value;
	else if (strncmp(line, "Rss:", 4) == 0)
		region->rss += value;
	else if (strncmp(line, "Pss:", 4) == 0)
		region->pss += value;
	else if (strncmp(line, "Shared_", 7) == 0 && !strstr(line, "Hugetlb"))
		region->shared += value;
	else if (strncmp(line, "Private_", 8) == 0 && !strstr(line, "Hugetlb"))
		region->private += value;
}

static void add_region(struct region *total, const struct region *region)
{
	total->size += region->size;
	total->rss += region->rss;
	total->pss += region->pss;
	total->shared += region->shared;
	total->private += region->private;
}

int main(int argc, char **argv)
{
	struct region region = { 0 }, total = { .range = "total" };
	char path[64], line[256];
	FILE *smaps;

	snprintf(path, sizeof(path), "/proc/%d/smaps", argc > 1 ? atoi(argv[1]) : getpid());
	smaps = fopen(path, "r");
	if (!smaps)
		err(EXIT_FAILURE, "%s", path);
	printf("%-35s %-4s %8s %8s %8s %8s %8s  %s\n", "addresses", "", "size", "rss", "pss",
		"shared", "private", "name");
	while (fgets(line, sizeof(line), smaps)) {
		/* Addresses are in lower case; every key begins with a capital. */
		if (isupper(line[0])) {
			add_value(&region, line);
			continue;
		}
		if (*region.range)
			print_region(&region);
		add_region(&total, &region);
		begin_region(&region, line);
	}
	if (*region.range)
		print_region(&region);
	add_region(&total, &region);
	print_region(&total);
	return output_status(0, 1);
}
