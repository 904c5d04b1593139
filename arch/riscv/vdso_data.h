/*
 * The page that the code in the vDSO reads (proc/vdso.c, arch/riscv/vdso/clock.c).
 */
#ifndef COWSLIP_ARCH_RISCV_VDSO_DATA_H
#define COWSLIP_ARCH_RISCV_VDSO_DATA_H

#include "lib/types.h"

/* It lies before the image. */
#define VDSO_DATA_SIZE 4096

struct vdso_data {
	u64 nanoseconds_per_tick; /* scaled as arch/riscv/timer.h says; 0: ask the kernel */
	_Atomic u64 realtime_offset;
};

#endif
