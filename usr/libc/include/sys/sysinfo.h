#ifndef COWSLIP_LIBC_SYS_SYSINFO_H
#define COWSLIP_LIBC_SYS_SYSINFO_H

#include "lib/abi/sysinfo.h"

int sysinfo(struct sysinfo *info);

#endif
