/* The directory that the cases of a test program work in: /tmp/<program>.<pid>. */
#pragma once

#include <stdbool.h>

/* Makes the directory and changes into it. */
bool scratch_enter(const char *name);

/* Removes everything in it. */
void scratch_empty(void);

/* Changes to / and removes it. */
void scratch_leave(void);
