/*
 * Switching between tasks inside the kernel: the registers that a function call preserves, and the
 * floating-point registers of user programs.
 */
#pragma once

/* Offsets that assembly uses, checked below. */
#define CONTEXT_RA        0
#define CONTEXT_SP        8
#define CONTEXT_S(n)      (16 + (n)*8)
#define CONTEXT_KERNEL_SP 112
#define CONTEXT_GP        120

#ifndef __ASSEMBLER__

#include "arch/riscv/frame.h"
#include "lib/types.h"

struct context {
	u64 ra;
	u64 sp;
	u64 s[12];
	u64 kernel_sp; /* where the task's traps from user mode put their frame */
	u64 gp;        /* the user program's, which stays in its register while the kernel runs */
};

_Static_assert(offsetof(struct context, sp) == CONTEXT_SP, "assembly");
_Static_assert(offsetof(struct context, s) == CONTEXT_S(0), "assembly");
_Static_assert(offsetof(struct context, kernel_sp) == CONTEXT_KERNEL_SP, "assembly");
_Static_assert(offsetof(struct context, gp) == CONTEXT_GP, "assembly");

/*
 * Saves the caller's registers in `from`, and continues where `to` was saved. Returns when somebody
 * switches back to `from`. Interrupts are disabled; the caller has set this_hart()->current.
 */
void context_switch(struct context *from, struct context *to);

/* A kernel thread: `function(argument)` on the given stack. It must not return. */
void context_init_kernel(struct context *context, void *stack_top, void (*function)(void *),
	void *argument);

/*
 * A user task: it calls task_first_run() of proc/, which finishes the switch, and then goes to user
 * mode with a copy of the frame, which lies at the top of its stack.
 */
void context_init_user(struct context *context, void *stack_top, const struct trap_frame *frame);

/* The frame of a user task, given the top of its kernel stack. */
static inline struct trap_frame *context_frame(void *stack_top)
{
	return (struct trap_frame *)((u64)stack_top - FRAME_SIZE);
}

/*
 * Floating point is off (FS=0) in a program until its first floating-point instruction traps. From
 * then on its registers are restored at each switch to it, and saved if they have changed.
 */
struct fpu_state {
	u64 f[32];
	u32 fcsr;
};

void fpu_switch_out(struct fpu_state *state, struct trap_frame *frame);
void fpu_switch_in(const struct fpu_state *state, const struct trap_frame *frame);

/* Turns floating point on with all registers zero; false if it was on already. */
bool fpu_enable(struct trap_frame *frame);

#endif
