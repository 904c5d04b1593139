/*
 * Switching between tasks in the kernel (arch/riscv/context.h), and the floating-point registers.
 */
#include "arch/riscv/context.h"
#include "arch/riscv/hart.h"

	.macro preserved operation, base
	\operation ra, CONTEXT_RA(\base)
	\operation sp, CONTEXT_SP(\base)
	\operation gp, CONTEXT_GP(\base)
	\operation s0, CONTEXT_S(0)(\base)
	\operation s1, CONTEXT_S(1)(\base)
	\operation s2, CONTEXT_S(2)(\base)
	\operation s3, CONTEXT_S(3)(\base)
	\operation s4, CONTEXT_S(4)(\base)
	\operation s5, CONTEXT_S(5)(\base)
	\operation s6, CONTEXT_S(6)(\base)
	\operation s7, CONTEXT_S(7)(\base)
	\operation s8, CONTEXT_S(8)(\base)
	\operation s9, CONTEXT_S(9)(\base)
	\operation s10, CONTEXT_S(10)(\base)
	\operation s11, CONTEXT_S(11)(\base)
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
	 * the reservation fail, or the next task's store-conditional could succeed in its stead.
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
	\operation f0, 0(a0)
	\operation f1, 8(a0)
	\operation f2, 16(a0)
	\operation f3, 24(a0)
	\operation f4, 32(a0)
	\operation f5, 40(a0)
	\operation f6, 48(a0)
	\operation f7, 56(a0)
	\operation f8, 64(a0)
	\operation f9, 72(a0)
	\operation f10, 80(a0)
	\operation f11, 88(a0)
	\operation f12, 96(a0)
	\operation f13, 104(a0)
	\operation f14, 112(a0)
	\operation f15, 120(a0)
	\operation f16, 128(a0)
	\operation f17, 136(a0)
	\operation f18, 144(a0)
	\operation f19, 152(a0)
	\operation f20, 160(a0)
	\operation f21, 168(a0)
	\operation f22, 176(a0)
	\operation f23, 184(a0)
	\operation f24, 192(a0)
	\operation f25, 200(a0)
	\operation f26, 208(a0)
	\operation f27, 216(a0)
	\operation f28, 224(a0)
	\operation f29, 232(a0)
	\operation f30, 240(a0)
	\operation f31, 248(a0)
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

