/*
 * futex(2): sleeping until somebody says that a word of user memory has changed.
 *
 * A word is known by where it lies: private ones by address space and address, those in shared
 * mappings by the object behind them and the offset in it. So processes meet that have mapped the
 * same file at different addresses.
 */
#pragma once

#include "lib/types.h"

struct task;

void futex_init(void);

/*
 * Sleeps while the word is `expected`, until a wake-up whose bits meet `bits`, or the deadline.
 * 0, -EAGAIN (another value), -EINTR, -ETIMEDOUT, -EFAULT, -EINVAL.
 */
s64 futex_wait(u64 address, u32 expected, u32 bits, bool private, u64 deadline);

/* Wakes up to `limit` who wait with common bits; the result says how many. */
s64 futex_wake(u64 address, u32 limit, u32 bits, bool private);

/*
 * Wakes up to `limit` at one word, and lets up to `move` of the others wait at the second one.
 * *expected: NULL, or what the word must be (-EAGAIN). The result is woken plus moved.
 */
s64 futex_requeue(u64 address, u64 second, u32 limit, u32 move, const u32 *expected, bool private);

/* FUTEX_WAKE_OP: changes the second word, wakes at the first, and by its old value at the second. */
s64 futex_wake_operation(u64 address, u64 second, u32 limit, u32 second_limit, u32 operation,
	bool private);

/*
 * The current task ends or gets another program: those who share the memory are told, by the words
 * that it has registered for that.
 */
void futex_leave_program(struct task *task);
