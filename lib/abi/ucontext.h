/*
 * What a signal handler gets as its third argument, and what rt_sigreturn restores: the
 * interrupted registers, in the layout that debuggers and language runtimes expect.
 */
#pragma once

#include <stdint.h>

#include "lib/abi/signal.h"

struct user_regs {
	unsigned long pc;
	unsigned long x[31]; /* x1 (ra) to x31 (t6) */
};

/* Room for 128-bit registers; of them, the D extension uses the first half. */
union user_fpregs {
	struct {
		uint64_t f[32];
		uint32_t fcsr;
	} d;
	struct {
		uint64_t f[64];
		uint32_t fcsr;
		uint32_t reserved[3];
	} q;
} __attribute__((aligned(16)));

typedef struct {
	struct user_regs regs;
	union user_fpregs fpregs;
} mcontext_t;

typedef struct ucontext {
	unsigned long uc_flags;
	struct ucontext *uc_link;
	stack_t uc_stack;
	sigset_t uc_sigmask;
	char uc_reserved[120];
	mcontext_t uc_mcontext;
} ucontext_t;

_Static_assert(sizeof(ucontext_t) == 960, "ucontext_t has Linux's size");
