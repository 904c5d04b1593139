/*
 * The registers of the code that a trap interrupted, as arch/riscv/trap.S puts them on the kernel
 * stack. A task's user registers lie at the very top of its stack.
 */
#pragma once

#define FRAME_SIZE 288

/* Offset of integer register x<n>, n from 1. */
#define FRAME_X(n)     (((n)-1) * 8)
#define FRAME_PC       248
#define FRAME_STATUS   256
#define FRAME_CAUSE    264
#define FRAME_VALUE    272
#define FRAME_FIRST_A0 280

#ifndef __ASSEMBLER__

#include "arch/riscv/csr.h"
#include "lib/types.h"

struct trap_frame {
	u64 ra, sp, gp, tp, t0, t1, t2, s0, s1;
	u64 a0, a1, a2, a3, a4, a5, a6, a7;
	u64 s2, s3, s4, s5, s6, s7, s8, s9, s10, s11;
	u64 t3, t4, t5, t6;
	u64 pc;       /* sepc */
	u64 status;   /* sstatus */
	u64 cause;    /* scause */
	u64 value;    /* stval: the address of a fault; for system calls undefined */
	u64 first_a0; /* a0 as the system call got it, to restart the call */
};

_Static_assert(sizeof(struct trap_frame) == FRAME_SIZE, "assembly");
_Static_assert(offsetof(struct trap_frame, t6) == FRAME_X(31), "assembly");
_Static_assert(offsetof(struct trap_frame, pc) == FRAME_PC, "assembly");
_Static_assert(offsetof(struct trap_frame, status) == FRAME_STATUS, "assembly");
_Static_assert(offsetof(struct trap_frame, cause) == FRAME_CAUSE, "assembly");
_Static_assert(offsetof(struct trap_frame, value) == FRAME_VALUE, "assembly");
_Static_assert(offsetof(struct trap_frame, first_a0) == FRAME_FIRST_A0, "assembly");

/* The frame that lets a new program begin at `pc` with the stack at `sp`. */
void frame_init_user(struct trap_frame *frame, u64 pc, u64 sp);

#endif
