/*
 * The functions of the vDSO that only make a system call: the one that a signal handler returns to,
 * which is also the image's entry point, and the others that Linux has.
 */
#include "arch/riscv/vdso_data.h"
#include "lib/abi/syscall.h"

/* DWARF 5, sections 7.7.1 and 7.24. */
#define DW_OP_deref               0x06
#define DW_OP_breg2               0x72
#define DW_CFA_def_cfa_expression 0x0f
#define DW_CFA_expression         0x10
#define COLUMN_PC                 64 /* the RISC-V ABI's, for signal frames */

	.macro call name, number
	.globl	\name
	.type	\name, @function
	.balign	4
\name:
	li	a7, \number
	ecall
	ret
	.size	\name, . - \name
	.endm

	/*
	 * Where unwinders find a register of the interrupted program: in the signal frame, this far
	 * from sp (64 to 8191, as a SLEB128 of two bytes).
	 */
	.macro saved column, offset
	.cfi_escape DW_CFA_expression, \column, 3, DW_OP_breg2, (\offset) & 0x7f | 0x80, (\offset) >> 7
	.endm

	.text
	.option norvc
	/*
	 * A handler returns to the label, so unwinders look up its caller at the byte before, in
	 * the nop; or at the label itself, if another signal came right after that return.
	 */
	.cfi_startproc
	.cfi_signal_frame
	.cfi_return_column COLUMN_PC
	.cfi_escape DW_CFA_def_cfa_expression, 4, DW_OP_breg2, \
		SIGNAL_FRAME_X(2) & 0x7f | 0x80, SIGNAL_FRAME_X(2) >> 7, DW_OP_deref
	saved	COLUMN_PC, SIGNAL_FRAME_X(0)
	saved	1, SIGNAL_FRAME_X(1)
	.irp	number, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, \
		24, 25, 26, 27, 28, 29, 30, 31
	saved	\number, SIGNAL_FRAME_X(\number)
	.endr
	.irp	number, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
	saved	32 + \number, SIGNAL_FRAME_F(\number)
	.endr
	nop
	call	__vdso_rt_sigreturn, SYS_rt_sigreturn
	.cfi_endproc
	call	__vdso_getcpu, SYS_getcpu
	call	__vdso_flush_icache, SYS_riscv_flush_icache
