#ifndef COWSLIP_LIBC_SETJMP_H
#define COWSLIP_LIBC_SETJMP_H

/* ra, sp, s0 to s11, fs0 to fs11. */
typedef unsigned long jmp_buf[26];

int setjmp(jmp_buf context) __attribute__((returns_twice));
_Noreturn void longjmp(jmp_buf context, int value);

#endif
