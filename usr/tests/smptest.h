/* The cases of smptest, by file, and how long they run. */
#pragma once

#include "usr/tests/tap.h"

extern const struct tap_group smp_store_group;
extern const struct tap_group smp_storm_group;
extern const struct tap_group smp_wake_group;

/* The number of harts online. */
unsigned int smp_harts(void);

/* When a case that starts now should end, on the clock of now_nanoseconds(): -s stretches it. */
unsigned long smp_deadline(void);
