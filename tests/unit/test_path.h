/* The random calls of test_path.c, for the fuzzer. */
#ifndef COWSLIP_TESTS_UNIT_TEST_PATH_H
#define COWSLIP_TESTS_UNIT_TEST_PATH_H

#include "lib/types.h"

/* An empty root file system. */
void test_path_start(void);

/* So many calls in a tree that is empty before and after, or until the fuzzer's bytes end. */
void test_path_run(u32 calls, bool with_failures);

#endif
