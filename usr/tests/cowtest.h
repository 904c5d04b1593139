/* The cases of cowtest, by file. */
#pragma once

#include "usr/tests/tap.h"

extern const struct tap_group cow_lab_group;
extern const struct tap_group cow_break_group;
extern const struct tap_group cow_region_group;
extern const struct tap_group cow_limit_group;
