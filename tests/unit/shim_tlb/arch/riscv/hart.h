/* For the test of the TLB: harts whose ids have gaps between them (tests/unit/test_tlb.c). */
#pragma once

#include "lib/types.h"

#define HARTS_MAX 4

struct hart {
	u64 id;
};

extern struct hart harts[HARTS_MAX];
extern u32 machine_hart;

static inline u32 hart_index(void)
{
	return machine_hart;
}

static inline u32 hart_count(void)
{
	return HARTS_MAX;
}
