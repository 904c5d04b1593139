/* The cases of cowtest, by file. */
#ifndef COWSLIP_USR_TESTS_COWTEST_H
#define COWSLIP_USR_TESTS_COWTEST_H

#include "usr/tests/tap.h"

extern const struct tap_group cow_lab_group;
extern const struct tap_group cow_break_group;
extern const struct tap_group cow_region_group;
extern const struct tap_group cow_limit_group;

#endif
