/*
 * What of the vDSO is nothing but a system call: where a signal handler returns to, which is also the
 * image's entry point, and what Linux has there besides.
 */
#include "lib/abi/syscall.h"

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

	.text
	.option norvc
	call	__vdso_rt_sigreturn, SYS_rt_sigreturn
	call	__vdso_getcpu, SYS_getcpu
	call	__vdso_flush_icache, SYS_riscv_flush_icache
