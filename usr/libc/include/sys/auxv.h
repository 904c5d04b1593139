#ifndef COWSLIP_LIBC_SYS_AUXV_H
#define COWSLIP_LIBC_SYS_AUXV_H

#include "lib/abi/auxv.h"

/* The value of the entry of that type; 0 with ENOENT if there is none. */
unsigned long getauxval(unsigned long type);

#endif
