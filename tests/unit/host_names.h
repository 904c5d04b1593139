/*
 * The build machine's own kernel as an oracle for what happens to names: the calls of Linux, in an
 * empty root directory of the test's own.
 */
#pragma once

#include "tests/unit/names.h"

/* Changes the root to a new empty directory; false where the machine does not let us. */
bool host_begin(void);

/* Removes it, empty again. */
void host_end(void);

/* As the calls of names.h. CALL_CHROOT: the working directory must follow, or ".." leads outside. */
int host_call(enum name_call call, const char *first, const char *second);
int host_lookup(const char *path, bool follow, struct name_status *status);

/* Without counting the NUL. */
ssize_t host_cwd(char *buffer, size_t size);
