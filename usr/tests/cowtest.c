/*
 * cowtest: copy-on-write fork, as processes see it. On Cowslip each case also checks how many pages
 * were copied: exactly as many as had to be.
 */
#include <stdio.h>

#include "usr/tests/cowtest.h"

int main(int argc, char **argv)
{
	const struct tap_group groups[] = {
		cow_lab_group,
		cow_break_group,
		cow_region_group,
		cow_limit_group,
	};
	const struct tap_suite suite = {
		.name = "cowtest",
		.groups = groups,
		.group_count = sizeof(groups) / sizeof(groups[0]),
		.last_line = "ALL COW TESTS PASSED",
	};

	return tap_main(argc, argv, &suite);
}
