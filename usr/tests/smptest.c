/*
 * smptest: several harts in one address space and in many. It looks for translations that a hart
 * still has after the page behind them was taken away, write-protected or copied, and for counts
 * that concurrent processes get wrong. It passes on one hart, too, where it proves less.
 */
#include "usr/tests/smptest.h"

#include <sys/syscall.h>
#include <unistd.h>

#define CASE_NANOSECONDS 1000000000ul
#define MASK_WORDS       16

unsigned int smp_harts(void)
{
	unsigned long mask[MASK_WORDS] = { 0 };
	unsigned int harts = 0;

	if (syscall(SYS_sched_getaffinity, 0, sizeof(mask), mask) < 0)
		return 1;
	for (int i = 0; i < MASK_WORDS; i++) {
		for (unsigned long word = mask[i]; word != 0; word &= word - 1)
			harts++;
	}
	return harts;
}

unsigned long smp_deadline(void)
{
	return now_nanoseconds() + CASE_NANOSECONDS * tap_scale();
}

int main(int argc, char **argv)
{
	const struct tap_group groups[] = { smp_store_group, smp_storm_group, smp_wake_group };
	const struct tap_suite suite = {
		.name = "smptest",
		.groups = groups,
		.group_count = sizeof(groups) / sizeof(groups[0]),
		.last_line = "ALL SMP TESTS PASSED",
	};

	return tap_main(argc, argv, &suite);
}
