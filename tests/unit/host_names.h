/*
 * The build machine's own kernel as an oracle for what happens to names: the calls of Linux, in an
 * empty root directory of the test's own. Each returns 0 or a negative errno.
 */
#ifndef COWSLIP_TESTS_UNIT_HOST_NAMES_H
#define COWSLIP_TESTS_UNIT_HOST_NAMES_H

#include "lib/types.h"

/* Changes the root to a new empty directory; false where the machine does not let us. */
bool host_begin(void);

/* Removes it, empty again. */
void host_end(void);

struct host_status {
	u32 mode;
	u32 links;
	u64 number; /* of the inode */
};

int host_lookup(const char *path, bool follow, struct host_status *status);
int host_make_file(const char *path);
int host_mkdir(const char *path);
int host_symlink(const char *target, const char *path);
int host_link(const char *old, bool follow, const char *new);
int host_unlink(const char *path);
int host_rmdir(const char *path);
int host_rename(const char *old, const char *new, u32 flags);

#endif
