/*
 * The page of code that the kernel maps into every program: where signal handlers return to.
 */
#ifndef COWSLIP_PROC_VDSO_H
#define COWSLIP_PROC_VDSO_H

#include "arch/riscv/layout.h"
#include "lib/types.h"

struct space;

/* The last page of user memory. The stack lies below, with a gap. */
#define VDSO_ADDRESS       (USER_END - PAGE_SIZE)
#define VDSO_SIGNAL_RETURN VDSO_ADDRESS

void vdso_init(void);

/* 0 or -ENOMEM. */
int vdso_map(struct space *space) MUST_CHECK;

#endif
