/*
 * Where the kernel begins, on the boot hart and on the others. Firmware jumps here with the MMU off,
 * a0 = the hart's id and, on the boot hart, a1 = the device tree.
 *
 * Until `satp` is written all addresses are physical, and the image may lie at any multiple of
 * 2 MiB: only pc-relative addressing is used.
 */
#include "arch/riscv/csr.h"
#include "arch/riscv/hart.h"
#include "arch/riscv/layout.h"
#include "arch/riscv/sbi.h"

#define IMAGE_TEXT_OFFSET 0x200000 /* leaves the firmware's first 2 MiB of memory alone */
#define IMAGE_VERSION 2            /* 0.2: the magic is at 0x38 */

#define MEGAPAGE_SHIFT 21
#define ROOT_SHIFT 30
/* Valid, readable, writable, executable, global, accessed, dirty. */
#define EARLY_DATA 0xe7
#define EARLY_CODE 0xef
#define EARLY_TABLE 0x01

#define ROOT_INDEX(address)     (((address) >> ROOT_SHIFT) & 511)
#define MEGAPAGE_INDEX(address) (((address) >> MEGAPAGE_SHIFT) & 511)

	/* The header that Linux's boot protocol wants (Documentation: riscv boot image header). */
	.section .head, "ax"
	.option norvc
	.globl image_start
image_start:
	j	start
	.word	0
	.dword	IMAGE_TEXT_OFFSET
	.dword	image_size
	.dword	0
	.word	IMAGE_VERSION
	.word	0
	.dword	0
	.ascii	"RISCV\0\0\0"
	.ascii	"RSC\x05"
	.word	0

	/*
	 * Turns paging on with the root table whose satp value is in t3, and continues at virtual
	 * addresses: the fetch after the write to satp faults, as nothing is mapped at the physical
	 * address, and the trap vector points to where to continue. The fences make sure that the
	 * tables are written before they are walked, and that older translations are not used.
	 * Clobbers t0 to t2; t2 becomes the distance from physical to virtual addresses.
	 */
	.macro enter_virtual
	la	t1, image_start
	li	t2, KERNEL_BASE
	sub	t2, t2, t1
	la	t0, .Lvirtual\@
	add	t0, t0, t2
	csrw	stvec, t0
	sfence.vma
	csrw	satp, t3
	.balign	4
.Lvirtual\@:
	sfence.vma
	la	t0, trap_entry
	bgez	t0, cannot_run /* still physical: satp does not accept the mode */
	csrw	stvec, t0
	csrw	sscratch, zero
	.endm

	.macro quiet_hart
	la	t0, cannot_run
	csrw	stvec, t0
	csrw	sie, zero
	csrw	sip, zero
	li	t0, SSTATUS_FS | SSTATUS_SUM | SSTATUS_SIE
	csrc	sstatus, t0
	.endm

	/*
	 * The first hart to come here boots. OpenSBI 1.1 may also send here a hart that smp_start()
	 * asked for, if that hart sees that it is to start before it sees where.
	 */
start:
	quiet_hart
	la	t0, boot_taken
	li	t1, 1
	amoswap.w	t1, t1, (t0)
	bnez	t1, hart_entry

	mv	s0, a0
	mv	s1, a1
	la	s2, image_start
	slli	t0, s2, 64 - MEGAPAGE_SHIFT
	bnez	t0, cannot_run

	la	t0, bss_start
	la	t1, bss_end
1:	sd	zero, (t0)
	addi	t0, t0, 8
	bltu	t0, t1, 1b

	/*
	 * The first tables: the direct map in pages of 1 GiB, whether there is memory or not, and
	 * the image in pages of 2 MiB with all permissions. kernel_map_finish() replaces them.
	 */
	la	t3, early_root
	li	t0, ROOT_INDEX(DIRECT_MAP_BASE) * 8
	add	t0, t0, t3
	li	t1, EARLY_DATA
	li	t4, DIRECT_MAP_SIZE >> ROOT_SHIFT
	li	t5, 1 << (ROOT_SHIFT - 2)
2:	sd	t1, (t0)
	addi	t0, t0, 8
	add	t1, t1, t5
	addi	t4, t4, -1
	bnez	t4, 2b

	la	t4, early_image
	srli	t1, t4, 2
	ori	t1, t1, EARLY_TABLE
	li	t0, ROOT_INDEX(KERNEL_BASE) * 8
	add	t0, t0, t3
	sd	t1, (t0)

	la	t0, image_end
	srli	t1, s2, 2
	ori	t1, t1, EARLY_CODE
	li	t5, 1 << (MEGAPAGE_SHIFT - 2)
	li	t2, 1 << MEGAPAGE_SHIFT
	mv	t6, s2
3:	sd	t1, (t4)
	addi	t4, t4, 8
	add	t1, t1, t5
	add	t6, t6, t2
	bltu	t6, t0, 3b

#if SANITIZE_ADDRESS
	/* The compiler's code marks redzones in the stack from the first function on. */
	la	t4, early_shadow
	srli	t1, t4, 2
	ori	t1, t1, EARLY_TABLE
	li	t0, ROOT_INDEX(IMAGE_SHADOW) * 8
	add	t0, t0, t3
	sd	t1, (t0)
	la	t1, image_shadow
	srli	t1, t1, 2
	ori	t1, t1, EARLY_DATA
	li	t0, MEGAPAGE_INDEX(IMAGE_SHADOW) * 8
	add	t0, t0, t4
	sd	t1, (t0)
#endif

	srli	t3, t3, 12
	li	t0, SATP_MODE_SV39
	or	t3, t3, t0
	enter_virtual

	la	sp, boot_stack_top
	la	tp, harts
	mv	a0, s0
	mv	a1, s1
	mv	a2, s2
	li	s0, 0
	call	kernel_main
	unimp

	/* Another hart: it waits until it is the one that smp_start() wants. */
	.globl hart_entry
hart_entry:
	quiet_hart
	la	t0, hart_starting
1:	ld	s1, (t0)
	beqz	s1, 1b
	ld	t1, HART_ID(s1)
	bne	t1, a0, 1b
	ld	t3, HART_BOOT_SATP(s1)
	ld	sp, HART_BOOT_SP(s1)
	enter_virtual
	add	tp, s1, t2
	li	s0, 0
	call	hart_main
	unimp

	/*
	 * For errors before anything else of the kernel can run: prints what the kernel needs on
	 * the firmware's console, by the newer call or else the older one.
	 */
	.balign	4
cannot_run:
	la	a1, refusal
	la	a0, refusal_end
	sub	a0, a0, a1
	li	a2, 0
	li	a6, SBI_CONSOLE_WRITE
	li	a7, SBI_CONSOLE
	ecall
	beqz	a0, 2f
	la	s0, refusal
	li	a7, SBI_LEGACY_PUTCHAR
1:	lbu	a0, (s0)
	beqz	a0, 2f
	ecall
	addi	s0, s0, 1
	j	1b
2:	wfi
	j	2b

	.section .rodata
refusal:
	.ascii	"Cowslip cannot run here: the image has to be at a multiple of 2 MiB, all of it in "
	.ascii	"memory, and the hart needs Sv39.\r\n"
refusal_end:
	.byte	0

	/* Not in .bss: the boot hart clears it after it sets boot_taken, while others read both. */
	.data
	.balign	8
	.globl hart_starting
hart_starting:
	.dword	0 /* the physical address of the struct hart that is to come up, or 0 */
boot_taken:
	.word	0

	/*
	 * The boot hart's first stack. Like every kernel stack it is the upper half of a naturally
	 * aligned block, by which the trap entry recognises an overflow; the early tables lie in
	 * the lower half.
	 */
	.section .bss.boot, "aw", @nobits
	.balign	2 * STACK_SIZE
early_root:
	.skip	4096
early_image:
	.skip	4096
early_shadow:
	.skip	4096
	.skip	STACK_SIZE - 3 * 4096
	.skip	STACK_SIZE
boot_stack_top:

#if SANITIZE_ADDRESS
	.section .bss.shadow, "aw", @nobits
	.balign	IMAGE_SHADOW_SIZE
	.globl image_shadow
image_shadow:
	.skip	IMAGE_SHADOW_SIZE
#endif
