#ifndef COWSLIP_LIBC_SYS_MOUNT_H
#define COWSLIP_LIBC_SYS_MOUNT_H

#include "lib/abi/mount.h"

int mount(const char *source, const char *target, const char *type, unsigned long flags,
	const void *data);
int umount2(const char *target, int flags);

#endif
