/* The random calls of test_path.c, for the fuzzer. */
#pragma once

#include "lib/types.h"

/* An empty root file system. */
void test_path_start(void);

/* So many calls in a tree that is empty before and after, or until the fuzzer's bytes end. */
void test_path_run(u32 calls, bool with_failures);
