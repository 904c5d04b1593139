/*
 * tabletest: what processes do to memory whose page tables they have shared since a fork. Each sees
 * only its own changes; and the cost of fork stays bounded.
 */
#include "usr/tests/tabletest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define TABLE_BYTES (TABLE_PAGES * PAGE_BYTES)
#define PAGE_KIB    (PAGE_BYTES / 1024)
#define SMAPS_BYTES 32768

/* The first boundary of a table above the address, with two pages to spare below it. */
static unsigned char *boundary_above(const void *address)
{
	unsigned long start = (unsigned long)address + 2 * PAGE_BYTES + TABLE_BYTES - 1;

	return (unsigned char *)(start & ~(TABLE_BYTES - 1));
}

static void tag_area(struct area *area)
{
	area->beside = area->start - 2 * PAGE_BYTES;
	for (size_t i = 0; i < AREA_PAGES; i++)
		memory_tag(area_page(area, i), 1, AREA_TAG + i);
	memory_tag(area->beside, 1, AREA_TAG);
}

/* Separated from its neighbours, so that it is a region of its own. */
void area_map(struct area *area)
{
	area->start = boundary_above(memory_map_pages(AREA_PAGES + 2 * TABLE_PAGES));
	CHECK(mprotect(area->start - PAGE_BYTES, PAGE_BYTES, PROT_NONE) == 0);
	CHECK(mprotect(area_page(area, AREA_PAGES), PAGE_BYTES, PROT_NONE) == 0);
	tag_area(area);
}

void area_map_heap(struct area *area)
{
	unsigned char *top = sbrk(0);

	area->start = boundary_above(top);
	CHECK(sbrk(area_page(area, AREA_PAGES) - top) == top);
	tag_area(area);
}

void area_own_above(const struct area *area, enum level level)
{
	if (level == SHARED_AT_LEAVES)
		memory_tag(area->beside, 1, (unsigned long)getpid());
}

unsigned char *area_page(const struct area *area, size_t index)
{
	return area->start + index * PAGE_BYTES;
}

void area_check_range(const struct area *area, size_t start, size_t pages)
{
	for (size_t i = start; i < start + pages; i++)
		memory_check_tag(area_page(area, i), 1, AREA_TAG + i);
}

void area_check_edges(const struct area *area)
{
	const size_t middle_end = MIDDLE_START + MIDDLE_PAGES;

	area_check_range(area, 0, MIDDLE_START);
	area_check_range(area, middle_end, AREA_PAGES - middle_end);
}

void area_check_middle(const struct area *area)
{
	area_check_range(area, MIDDLE_START, MIDDLE_PAGES);
}

void area_check_hole(const struct area *area)
{
	int ends[2];

	CHECK(pipe(ends) == 0);
	for (size_t i = MIDDLE_START; i < MIDDLE_START + MIDDLE_PAGES; i += TABLE_PAGES / 8)
		CHECK_ERROR(write(ends[1], area_page(area, i), 1), EFAULT);
	close(ends[0]);
	close(ends[1]);
}

static long number_in(const char *region, const char *name)
{
	const char *line = strstr(region, name);

	CHECK(line != NULL);
	return strtol(line + strlen(name), NULL, 10);
}

struct sizes sizes_at(const unsigned char *start)
{
	static char text[SMAPS_BYTES];
	char heading[32];
	size_t length = 0;
	ssize_t count;
	int fd = open("/proc/self/smaps", O_RDONLY);

	while ((count = read(fd, text + length, sizeof(text) - 1 - length)) > 0)
		length += (size_t)count;
	close(fd);
	text[length] = '\0';
	snprintf(heading, sizeof(heading), "%lx-", (unsigned long)start);
	const char *region = strstr(text, heading);
	if (region == NULL)
		FAIL("no region at %s in smaps", heading);
	return (struct sizes){
		.resident = number_in(region, "\nRss:"),
		.proportional = number_in(region, "\nPss:"),
		.shared =
			number_in(region, "\nShared_Clean:") + number_in(region, "\nShared_Dirty:"),
		.private = number_in(region, "\nPrivate_Clean:") +
			number_in(region, "\nPrivate_Dirty:"),
		.dirty = number_in(region, "\nShared_Dirty:") +
			number_in(region, "\nPrivate_Dirty:"),
	};
}

void area_check_sizes(const unsigned char *start, long pages, long own, long sharers)
{
	struct sizes sizes = sizes_at(start);
	long others = pages - own;

	CHECK_EQUAL(sizes.resident, pages * (long)PAGE_KIB);
	CHECK_EQUAL(sizes.private, (sharers == 1 ? pages : own) * (long)PAGE_KIB);
	CHECK_EQUAL(sizes.shared, (sharers == 1 ? 0 : others) * (long)PAGE_KIB);
	/* Thirds of a page are rounded down, so that one KiB may be missing. */
	long proportional = (own * sharers + others) * (long)PAGE_KIB / sharers;
	CHECK_EQUAL(sizes.proportional, proportional - (sizes.proportional < proportional));
}

int main(int argc, char **argv)
{
	const struct tap_group groups[] = { table_change_group, table_view_group,
		table_count_group };
	const struct tap_suite suite = {
		.name = "tabletest",
		.groups = groups,
		.group_count = sizeof(groups) / sizeof(groups[0]),
		.last_line = "ALL TABLE TESTS PASSED",
	};

	return tap_main(argc, argv, &suite);
}
