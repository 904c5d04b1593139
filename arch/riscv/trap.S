/*
 * The way into the kernel and back: every trap of every hart comes to trap_entry.
 *
 * sscratch tells where a trap comes from: it holds the hart's structure while a user program runs,
 * and 0 while the kernel does. From user mode the frame goes to the top of the task's kernel stack,
 * from the kernel below what is on the stack already.
 *
 *	system call:	syscall_table[a7](a0 .. a5), interrupts enabled
 *	other, user:	trap_user(frame), interrupts disabled
 *	kernel:		trap_kernel(frame), interrupts disabled
 *
 * C code preserves s0 to s11 and gp, so on the way out they are read back from the frame only if it
 * may have been rewritten: after work was done, and after the system calls that rewrite it.
 */
#include "arch/riscv/csr.h"
#include "arch/riscv/frame.h"
#include "arch/riscv/hart.h"
#include "arch/riscv/layout.h"
#include "arch/riscv/trap.h"

#define STACK_SHIFT 14 /* log2(STACK_SIZE): this bit of an address is set in stacks, clear in guards */
#if (1 << STACK_SHIFT) != STACK_SIZE
#error "STACK_SHIFT and STACK_SIZE differ"
#endif

	/* Applies an instruction to the registers that a call may change, except sp and tp... */
	.macro caller_saved operation
	\operation ra, FRAME_X(1)(sp)
	\operation t0, FRAME_X(5)(sp)
	\operation t1, FRAME_X(6)(sp)
	\operation t2, FRAME_X(7)(sp)
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7
	\operation a\n, FRAME_X(10 + \n)(sp)
	.endr
	\operation t3, FRAME_X(28)(sp)
	\operation t4, FRAME_X(29)(sp)
	\operation t5, FRAME_X(30)(sp)
	\operation t6, FRAME_X(31)(sp)
	.endm

	/* ...and to those that it preserves: gp too, which the kernel does not use. */
	.macro callee_saved operation
	\operation gp, FRAME_X(3)(sp)
	\operation s0, FRAME_X(8)(sp)
	\operation s1, FRAME_X(9)(sp)
	.irp n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	\operation s\n, FRAME_X(16 + \n)(sp)
	.endr
	.endm

	/* Saves the cause and leaves it in t2; leaves the pc in t3. */
	.macro save_cause
	csrr	t2, scause
	csrr	t3, sepc
	sd	t2, FRAME_CAUSE(sp)
	.endm

	/* Saves the rest, for traps that are not system calls. */
	.macro save_trap_state
	csrr	t4, sstatus
	csrr	t5, stval
	sd	t3, FRAME_PC(sp)
	sd	t4, FRAME_STATUS(sp)
	sd	t5, FRAME_VALUE(sp)
	.endm

	/* Saves all of a trap in the kernel in the frame at sp, which C gets as its argument. */
	.macro save_from_kernel
	caller_saved sd
	callee_saved sd
	ld	t0, HART_SCRATCH(tp)
	sd	t0, FRAME_X(2)(sp)
	sd	tp, FRAME_X(4)(sp)
	save_cause
	save_trap_state
	mv	a0, sp
	.endm

	/*
	 * The program continues at another place: in a signal handler, or after one. The trap may
	 * have come between a load-reserved and its store-conditional, which must then fail.
	 * Clobbers t0.
	 */
	.macro forget_reservation
	addi	t0, sp, -8
	sc.d	zero, zero, (t0)
	.endm

	.text
	.balign	4
	.globl trap_entry
trap_entry:
	csrrw	tp, sscratch, tp
	beqz	tp, from_kernel

	sd	sp, HART_SCRATCH(tp)
	ld	sp, HART_KERNEL_SP(tp)
	caller_saved sd
	callee_saved sd
	ld	t0, HART_SCRATCH(tp)
	csrrw	t1, sscratch, zero
	sd	t0, FRAME_X(2)(sp)
	sd	t1, FRAME_X(4)(sp)
	save_cause
	li	s0, 0 /* a backtrace ends here */
	li	t5, CAUSE_SYSCALL
	bne	t2, t5, fault_or_interrupt

	addi	t3, t3, 4 /* continue after the ecall */
	sd	t3, FRAME_PC(sp)
	sd	a0, FRAME_FIRST_A0(sp)
	csrrsi	t4, sstatus, SSTATUS_SIE
	sd	t4, FRAME_STATUS(sp)
	li	t0, SYSCALL_TABLE_SIZE
	bgeu	a7, t0, unknown_call
1:	auipc	t1, %pcrel_hi(syscall_table)
	slli	t0, a7, 3
	add	t1, t1, t0
	ld	t1, %pcrel_lo(1b)(t1)
	beqz	t1, unknown_call
	jalr	t1
	.globl syscall_return
syscall_return:
	sd	a0, FRAME_X(10)(sp)
	csrci	sstatus, SSTATUS_SIE

return_to_user:
	lw	t0, HART_WORK(tp)
	bnez	t0, work
	ld	s0, FRAME_X(8)(sp) /* the one that was cleared on the way in */
leave:
	ld	t0, FRAME_PC(sp)
	ld	t1, FRAME_STATUS(sp)
	csrw	sscratch, tp
	csrw	sepc, t0
	csrw	sstatus, t1
	caller_saved ld
	ld	tp, FRAME_X(4)(sp)
	ld	sp, FRAME_X(2)(sp)
	sret

work:
	mv	a0, sp
	call	user_return_work
	callee_saved ld
	forget_reservation
	j	leave

	/* The table's entry for a call that rewrites the frame. */
	.macro rewriting_call function
	.globl rewriting_\function
rewriting_\function:
	call	\function
	j	rewritten
	.endm
	rewriting_call sys_rt_sigreturn
	rewriting_call sys_execve
	rewriting_call sys_execveat
rewritten:
	sd	a0, FRAME_X(10)(sp)
	csrci	sstatus, SSTATUS_SIE
	callee_saved ld
	forget_reservation
	j	return_to_user

unknown_call:
	mv	a0, a7
	call	syscall_unknown
	j	syscall_return

fault_or_interrupt:
	save_trap_state
	mv	a0, sp
	call	trap_user
	j	return_to_user

	/* A new task's first way to user mode: its frame is at sp. */
	.globl context_to_user
context_to_user:
	call	task_first_run
	csrci	sstatus, SSTATUS_SIE
	j	work

from_kernel:
	csrrw	tp, sscratch, zero
	sd	sp, HART_SCRATCH(tp)
	addi	sp, sp, -FRAME_SIZE
	/* There is no register to spare for the test of the bit but sp itself. */
	srli	sp, sp, STACK_SHIFT
	andi	sp, sp, 1
	beqz	sp, overflow
	ld	sp, HART_SCRATCH(tp)
	addi	sp, sp, -FRAME_SIZE
	save_from_kernel
	call	trap_kernel
	ld	t0, FRAME_PC(sp)
	ld	t1, FRAME_STATUS(sp)
	csrw	sepc, t0
	csrw	sstatus, t1
	callee_saved ld
	caller_saved ld
	ld	sp, FRAME_X(2)(sp)
	sret

overflow:
	ld	sp, HART_EMERGENCY_SP(tp)
	addi	sp, sp, -FRAME_SIZE
	save_from_kernel
	call	trap_stack_overflow
	unimp
