/* The random operations of test_space.c, for the fuzzer. */
#ifndef COWSLIP_TESTS_UNIT_TEST_SPACE_H
#define COWSLIP_TESTS_UNIT_TEST_SPACE_H

#include "lib/types.h"

/* So many operations in address spaces that begin and end here, or until the fuzzer's bytes end. */
void test_space_run(u32 operations, bool with_failures);

#endif
