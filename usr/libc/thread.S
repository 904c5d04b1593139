/*
 * What C cannot express: starting a child on another stack, vfork's return through a stack that the
 * child also uses, setjmp and longjmp, and syscall() with its seven registers.
 */
#include "lib/abi/syscall.h"

#define VFORK_FLAGS 0x4111 /* CLONE_VFORK | CLONE_VM | SIGCHLD */

.macro function name
	.section .text.\name, "ax"
	.global \name
	.type \name, @function
	.balign 2
\name:
.endm

/* clone(function, stack, flags, argument, parent_tid, tls, child_tid) */
function clone
	andi	a1, a1, -16
	addi	a1, a1, -16
	sd	a0, 0(a1)
	sd	a3, 8(a1)
	mv	a0, a2
	mv	a2, a4
	mv	a3, a5
	mv	a4, a6
	li	a7, SYS_clone
	ecall
	beqz	a0, 1f
	tail	syscall_result
1:	li	fp, 0
	ld	t0, 0(sp)
	ld	a0, 8(sp)
	jalr	t0
	li	a7, SYS_exit
	ecall
	.size clone, . - clone

/* The return address stays in a register: the child may have overwritten the stack. */
function vfork
	li	a0, VFORK_FLAGS
	li	a1, 0
	li	a7, SYS_clone
	ecall
	tail	syscall_result
	.size vfork, . - vfork

function syscall
	mv	a7, a0
	mv	a0, a1
	mv	a1, a2
	mv	a2, a3
	mv	a3, a4
	mv	a4, a5
	mv	a5, a6
	ecall
	tail	syscall_result
	.size syscall, . - syscall

.macro each_saved store fstore
	\store	ra, 0(a0)
	\store	sp, 8(a0)
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	\store	s\n, 16 + 8 * \n(a0)
	\fstore	fs\n, 112 + 8 * \n(a0)
	.endr
.endm

function setjmp
	each_saved sd, fsd
	li	a0, 0
	ret
	.size setjmp, . - setjmp

function longjmp
	each_saved ld, fld
	seqz	a0, a1
	add	a0, a0, a1
	ret
	.size longjmp, . - longjmp

	.section .note.GNU-stack, "", @progbits
