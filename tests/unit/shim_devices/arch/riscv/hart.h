/* For the test of drivers: the one hart. */
#pragma once

#include "lib/types.h"

struct hart {
	u64 id;
};

extern struct hart machine_hart;

static inline struct hart *this_hart(void)
{
	return &machine_hart;
}
