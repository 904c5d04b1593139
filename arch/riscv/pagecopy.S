/*
 * Copying and zeroing whole pages (arch/riscv/pagecopy.h): straight-line code, eight loads before
 * their eight stores, so that an in-order hart does not wait for each.
 */
#define PAGE_BYTES 4096
#define COPY_ROUND 512 /* bytes for each turn of the copying loop */
#define ZERO_ROUND 1024

	.macro copy_64_bytes at
	ld	t0, \at(a1)
	ld	t1, \at + 8(a1)
	ld	t2, \at + 16(a1)
	ld	t3, \at + 24(a1)
	ld	t4, \at + 32(a1)
	ld	t5, \at + 40(a1)
	ld	t6, \at + 48(a1)
	ld	a4, \at + 56(a1)
	sd	t0, \at(a0)
	sd	t1, \at + 8(a0)
	sd	t2, \at + 16(a0)
	sd	t3, \at + 24(a0)
	sd	t4, \at + 32(a0)
	sd	t5, \at + 40(a0)
	sd	t6, \at + 48(a0)
	sd	a4, \at + 56(a0)
	.endm

	.text
	/* void page_copy_words(void *to, const void *from) */
	.globl page_copy_words
page_copy_words:
	li	a2, PAGE_BYTES
	add	a3, a1, a2
1:
	.set	at, 0
	.rept	COPY_ROUND / 64
	copy_64_bytes at
	.set	at, at + 64
	.endr
	addi	a1, a1, COPY_ROUND
	addi	a0, a0, COPY_ROUND
	bne	a1, a3, 1b
	ret

	/* void page_zero_words(void *to) */
	.globl page_zero_words
page_zero_words:
	li	a2, PAGE_BYTES
	add	a3, a0, a2
2:
	.set	at, 0
	.rept	ZERO_ROUND / 8
	sd	zero, at(a0)
	.set	at, at + 8
	.endr
	addi	a0, a0, ZERO_ROUND
	bne	a0, a3, 2b
	ret
