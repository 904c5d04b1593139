/*
 * The way into the kernel, inlined: system_call(number, …) with up to six arguments returns
 * what the kernel returned, checked_call() turns an error into -1 and errno. For libc's own
 * wrappers only; programs use those, or syscall() from unistd.h.
 */
#pragma once

#include <errno.h>

#include "lib/abi/syscall.h"

#define IN_REGISTER(n, value) register long a##n __asm__("a" #n) = (value)

static inline long syscall_0(long number)
{
	IN_REGISTER(7, number);
	register long a0 __asm__("a0");

	__asm__ volatile("ecall" : "=r"(a0) : "r"(a7) : "memory");
	return a0;
}

static inline long syscall_1(long number, long first)
{
	IN_REGISTER(7, number);
	IN_REGISTER(0, first);

	__asm__ volatile("ecall" : "+r"(a0) : "r"(a7) : "memory");
	return a0;
}

static inline long syscall_2(long number, long first, long second)
{
	IN_REGISTER(7, number);
	IN_REGISTER(0, first);
	IN_REGISTER(1, second);

	__asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1) : "memory");
	return a0;
}

static inline long syscall_3(long number, long first, long second, long third)
{
	IN_REGISTER(7, number);
	IN_REGISTER(0, first);
	IN_REGISTER(1, second);
	IN_REGISTER(2, third);

	__asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2) : "memory");
	return a0;
}

static inline long syscall_6(long number, long first, long second, long third, long fourth,
	long fifth, long sixth)
{
	IN_REGISTER(7, number);
	IN_REGISTER(0, first);
	IN_REGISTER(1, second);
	IN_REGISTER(2, third);
	IN_REGISTER(3, fourth);
	IN_REGISTER(4, fifth);
	IN_REGISTER(5, sixth);

	__asm__ volatile("ecall"
			 : "+r"(a0)
			 : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5)
			 : "memory");
	return a0;
}

/* -4095 to -1 is an error. */
static inline long checked(long result)
{
	if ((unsigned long)result < -(unsigned long)MAX_ERRNO)
		return result;
	errno = (int)-result;
	return -1;
}

/* Picks a CALL_n by the number of arguments, and casts each to the size of a register. */
#define CALL_0(n)                syscall_0(n)
#define CALL_1(n, a)             syscall_1(n, (long)(a))
#define CALL_2(n, a, b)          syscall_2(n, (long)(a), (long)(b))
#define CALL_3(n, a, b, c)       syscall_3(n, (long)(a), (long)(b), (long)(c))
#define CALL_4(n, a, b, c, d)    CALL_6(n, a, b, c, d, 0, 0)
#define CALL_5(n, a, b, c, d, e) CALL_6(n, a, b, c, d, e, 0)
#define CALL_6(n, a, b, c, d, e, f) \
	syscall_6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define CALL_PICK(n, a, b, c, d, e, f, name, ...) name
#define system_call(...)                                                               \
	CALL_PICK(__VA_ARGS__, CALL_6, CALL_5, CALL_4, CALL_3, CALL_2, CALL_1, CALL_0) \
	(__VA_ARGS__)
#define checked_call(...) checked(system_call(__VA_ARGS__))

/* Called from assembly: checked() out of line. */
long syscall_result(long result);

/* Linux's size of a signal set, an argument of the rt_sig calls. */
#define SIGSET_SIZE sizeof(sigset_t)
