/*
 * futex(2): sleeping until somebody says that a word of user memory has changed.
 *
 * A word is identified by where it lies: a private one by address space and address, one in a
 * shared mapping by the object behind it and the offset there. So processes that have mapped the
 * same file at different addresses meet.
 */
#pragma once

#include "lib/types.h"

struct task;

void futex_init(void);

/*
 * Sleeps if the word is `expected`, until a wake-up that shares a bit with `bits`, or the deadline.
 * 0, -EAGAIN (another value), -EINTR, -ETIMEDOUT, -EFAULT, -EINVAL.
 */
s64 futex_wait(u64 address, u32 expected, u32 bits, bool private, u64 deadline);

/* Wakes up to `limit` waiters that share a bit with `bits`; returns how many. */
s64 futex_wake(u64 address, u32 limit, u32 bits, bool private);

/*
 * Wakes up to `limit` waiters of one word, and moves up to `move` of the others to the second word.
 * expected: NULL, or what the word must be (else -EAGAIN). Returns woken plus moved.
 */
s64 futex_requeue(u64 address, u64 second, u32 limit, u32 move, const u32 *expected, bool private);

/*
 * FUTEX_WAKE_OP: changes the second word, wakes waiters of the first and, if the second word's old
 * value says so, of the second.
 */
s64 futex_wake_operation(u64 address, u64 second, u32 limit, u32 second_limit, u32 operation,
	bool private);

/*
 * The current task ends or calls exec: tells those that share its memory, through the words that it
 * has registered for this.
 */
void futex_leave_program(struct task *task);
