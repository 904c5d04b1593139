/* The random operations of test_space.c, for the fuzzer. */
#pragma once

#include "lib/types.h"

/* So many operations in address spaces that begin and end here, or until the fuzzer's bytes end. */
void test_space_run(u32 operations, bool with_failures);
