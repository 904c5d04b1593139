/*
 * What the vDSO and the kernel agree on: the page that its code reads (proc/vdso.c,
 * arch/riscv/vdso/clock.c), and the signal frame.
 */
#pragma once

/* Where the signal frame at sp has the registers of the interrupted program (proc/signal_frame.c). */
#define SIGNAL_FRAME_X(number) (304 + 8 * (number)) /* 0: the pc */
#define SIGNAL_FRAME_F(number) (560 + 8 * (number))

#ifndef __ASSEMBLER__
#include "lib/types.h"

/* It lies before the image. */
#define VDSO_DATA_SIZE 4096

struct vdso_data {
	u64 nanoseconds_per_tick; /* scaled as arch/riscv/timer.h says; 0: ask the kernel */
	_Atomic u64 realtime_offset;
};

#endif
