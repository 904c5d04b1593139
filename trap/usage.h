/*
 * What the system calls on processes and on time share.
 */
#ifndef COWSLIP_TRAP_USAGE_H
#define COWSLIP_TRAP_USAGE_H

#include "lib/abi/time.h"
#include "lib/types.h"
#include "proc/task.h"

/* Writes it as a struct rusage. 0 or an errno. */
int usage_to_user(const struct usage *usage, u64 address) MUST_CHECK;

/* A struct timespec from user memory, in nanoseconds. -EINVAL: negative, or tv_nsec out of range. */
int time_from_user(u64 address, u64 *nanoseconds) MUST_CHECK;
int time_to_user(u64 address, u64 nanoseconds) MUST_CHECK;

/* A struct itimerspec, likewise. */
int itimerspec_from_user(u64 address, struct timer_setting *setting) MUST_CHECK;
int itimerspec_to_user(u64 address, const struct timer_setting *setting) MUST_CHECK;

/* A clock of used time (lib/abi/time.h); number 0: the caller's. False: the id is none of these. */
struct cpu_clock {
	u32 number;
	u32 kind;
	bool of_thread;
};
bool cpu_clock_parse(u64 id, struct cpu_clock *clock);

/* When a span from now ends; WAIT_FOREVER if that is past what the clock can count. */
u64 deadline_after(u64 nanoseconds);

/* The same for the span that a struct timespec in user memory is; address 0: WAIT_FOREVER. */
int deadline_from_user(u64 address, u64 *deadline) MUST_CHECK;

/* A signal mask. -EINVAL: the size is not that of one. */
int mask_from_user(u64 address, u64 size, u64 *mask) MUST_CHECK;

/* For the calls that wait with another signal mask: it holds during the call. address 0: none. */
int user_mask_for_call(u64 address, u64 size) MUST_CHECK;

#endif
