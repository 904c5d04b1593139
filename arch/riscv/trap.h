/*
 * The symbols by which assembly enters C: arch/riscv calls them, upper layers provide them.
 */
#pragma once

#define SYSCALL_TABLE_SIZE 512 /* Linux's numbers end below */

#ifndef __ASSEMBLER__

#include "arch/riscv/frame.h"
#include "lib/types.h"

/*
 * A system call's function has up to six arguments. The calling convention passes all of them in
 * registers, so that the table may call each as if it had six (psABI, chapter "Integer Calling
 * Convention").
 */
union syscall_handler {
	s64 (*none)(void);
	s64 (*one)(u64);
	s64 (*two)(u64, u64);
	s64 (*three)(u64, u64, u64);
	s64 (*four)(u64, u64, u64, u64);
	s64 (*five)(u64, u64, u64, u64, u64);
	s64 (*six)(u64, u64, u64, u64, u64, u64);
};

/* trap/ provides: */
extern const union syscall_handler syscall_table[SYSCALL_TABLE_SIZE];
s64 syscall_unknown(u64 number);
s64 sys_rt_sigreturn(void);
s64 sys_execve(u64 path, u64 arguments, u64 environment);
s64 sys_execveat(u64 directory, u64 path, u64 arguments, u64 environment, u64 flags);

/* In the table for the last three, which rewrite the frame: all registers are then read from it. */
s64 rewriting_sys_rt_sigreturn(void);
s64 rewriting_sys_execve(u64 path, u64 arguments, u64 environment);
s64 rewriting_sys_execveat(u64 directory, u64 path, u64 arguments, u64 environment, u64 flags);

/* A fault or an interrupt in user mode. Interrupts are disabled, before and after. */
void trap_user(struct trap_frame *frame);

/* An interrupt, or a bug, in the kernel. Interrupts are disabled, before and after. */
void trap_kernel(struct trap_frame *frame);

/* A trap for which there was no room on the kernel stack. */
NORETURN void trap_stack_overflow(struct trap_frame *frame);

/* The boot hart and the others, on their first stacks, paging on. */
NORETURN void kernel_main(u64 hart_id, paddr_t device_tree, paddr_t image);
NORETURN void hart_main(void);

/* proc/ provides: */

/* Work before a return to user mode, until this_hart()->work is 0. Interrupts are disabled. */
void user_return_work(struct trap_frame *frame);

/* What a new task does first, on its own stack. */
void task_first_run(void);

#endif
