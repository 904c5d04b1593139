/*
 * The build machine's own kernel as an oracle for what happens to names: the calls of Linux, in an
 * empty root directory of the test's own.
 */
#pragma once

#include "tests/unit/names.h"

/* Changes the root to a new empty directory; false if the machine does not let us. */
bool host_begin(void);

/* Removes that directory, which is empty again. */
void host_end(void);

/* Makes a call of names.h. CALL_CHROOT: a chdir must follow, else ".." leads outside. */
int host_call(enum name_call call, const char *first, const char *second);
int host_lookup(const char *path, bool follow, struct name_status *status);

/* Without counting the NUL. */
ssize_t host_cwd(char *buffer, size_t size);
