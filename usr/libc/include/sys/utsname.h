#ifndef COWSLIP_LIBC_SYS_UTSNAME_H
#define COWSLIP_LIBC_SYS_UTSNAME_H

#include "lib/abi/utsname.h"

int uname(struct utsname *name);

#endif
