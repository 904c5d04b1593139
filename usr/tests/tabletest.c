/*
 * tabletest: what processes do to memory whose page tables they share since a fork. Each sees what
 * it has done itself, and nobody else's doing; and what fork costs stays bounded.
 */
#include "usr/tests/tabletest.h"

#include <errno.h>
#include <unistd.h>

#define TABLE_BYTES (TABLE_PAGES * PAGE_BYTES)

/* An address below tables that fork shares, as all are in use but for the last one. */
void area_map(struct area *area)
{
	unsigned long start =
		(unsigned long)memory_map_pages(AREA_PAGES + 2 * TABLE_PAGES) + TABLE_BYTES - 1;

	area->start = (unsigned char *)(start & ~(TABLE_BYTES - 1));
	area->beside = area_page(area, AREA_PAGES);
	for (size_t i = 0; i < AREA_PAGES; i++)
		memory_tag(area_page(area, i), 1, AREA_TAG + i);
	memory_tag(area->beside, 1, AREA_TAG);
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

static void check_range(const struct area *area, size_t start, size_t pages)
{
	for (size_t i = start; i < start + pages; i++)
		memory_check_tag(area_page(area, i), 1, AREA_TAG + i);
}

void area_check_edges(const struct area *area)
{
	const size_t middle_end = MIDDLE_START + MIDDLE_PAGES;

	check_range(area, 0, MIDDLE_START);
	check_range(area, middle_end, AREA_PAGES - middle_end);
}

void area_check_middle(const struct area *area)
{
	check_range(area, MIDDLE_START, MIDDLE_PAGES);
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

int main(int argc, char **argv)
{
	const struct tap_group groups[] = { table_change_group, table_count_group };
	const struct tap_suite suite = {
		.name = "tabletest",
		.groups = groups,
		.group_count = sizeof(groups) / sizeof(groups[0]),
		.last_line = "ALL TABLE TESTS PASSED",
	};

	return tap_main(argc, argv, &suite);
}
