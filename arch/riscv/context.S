/*
 * Switching between tasks in the kernel (arch/riscv/context.h), and the floating-point registers.
 */
#include "arch/riscv/context.h"
#include "arch/riscv/hart.h"

	.macro preserved operation, base
	\operation ra, CONTEXT_RA(\base)
	\operation sp, CONTEXT_SP(\base)
	\operation gp, CONTEXT_GP(\base)
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	\operation s\n, CONTEXT_S(\n)(\base)
	.endr
	.endm

	.text
	/* void context_switch(struct context *from, struct context *to) */
	.globl context_switch
context_switch:
	preserved sd, a0
	ld	t0, CONTEXT_KERNEL_SP(a1)
	preserved ld, a1
	sd	t0, HART_KERNEL_SP(tp)
	/*
	 * A task may have been stopped between a load-reserved and its store-conditional: make
	 * the reservation fail, or the next task's store-conditional could succeed with it.
	 */
	addi	t0, sp, -8
	sc.d	zero, zero, (t0)
	ret

	/* A kernel thread's first instructions: its function is in s1, the argument in s2. */
	.globl context_start_kernel
context_start_kernel:
	mv	a0, s2
	jalr	s1
	unimp


	.attribute arch, "rv64imafdc" /* for these two functions */
	.macro float_registers operation
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, \
		23, 24, 25, 26, 27, 28, 29, 30, 31
	\operation f\n, 8 * \n(a0)
	.endr
	.endm

	/* void fpu_save(struct fpu_state *), void fpu_restore(const struct fpu_state *): FS is on */
	.globl fpu_save
fpu_save:
	float_registers fsd
	frcsr	t0
	sw	t0, 256(a0)
	ret

	.globl fpu_restore
fpu_restore:
	float_registers fld
	lw	t0, 256(a0)
	fscsr	t0
	ret

