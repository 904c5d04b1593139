/*
 * What each hart keeps for itself. In the kernel, register tp holds the address of the running
 * hart's structure. A hart has an index (0 to hart_count() - 1, ours) and an id (the platform's).
 */
#pragma once

/* Offsets that assembly uses, checked below. */
#define HART_CURRENT      0
#define HART_KERNEL_SP    8
#define HART_SCRATCH      16
#define HART_WORK         24
#define HART_INDEX        28
#define HART_EMERGENCY_SP 32
#define HART_BOOT_SP      40
#define HART_BOOT_SATP    48
#define HART_ID           56

/* Bits of `work`: what is to be done before the next return to user mode. */
#define WORK_RESCHEDULE 1 /* another task should run */
#define WORK_SIGNAL     2 /* the current task has a signal to take */
#define WORK_STOP       4 /* all harts are asked to wait (proc/stop.c) */
#define WORK_TIME       8 /* the time that the current process has used may end a timer or limit */

#define HARTS_MAX 64

#ifndef __ASSEMBLER__

#include <stdatomic.h>

#include "lib/types.h"

struct task;

struct hart {
	struct task *current;
	u64 kernel_sp; /* where a trap from user mode puts its frame */
	u64 scratch;
	_Atomic u32 work;
	u32 index;
	u64 emergency_sp; /* for a trap that finds the stack overflown */
	u64 boot_sp;      /* a starting hart's first stack and page table */
	u64 boot_satp;
	u64 id;
} ALIGNED(64); /* a cache line of its own */

_Static_assert(offsetof(struct hart, current) == HART_CURRENT, "assembly");
_Static_assert(offsetof(struct hart, kernel_sp) == HART_KERNEL_SP, "assembly");
_Static_assert(offsetof(struct hart, scratch) == HART_SCRATCH, "assembly");
_Static_assert(offsetof(struct hart, work) == HART_WORK, "assembly");
_Static_assert(offsetof(struct hart, index) == HART_INDEX, "assembly");
_Static_assert(offsetof(struct hart, emergency_sp) == HART_EMERGENCY_SP, "assembly");
_Static_assert(offsetof(struct hart, boot_sp) == HART_BOOT_SP, "assembly");
_Static_assert(offsetof(struct hart, boot_satp) == HART_BOOT_SATP, "assembly");
_Static_assert(offsetof(struct hart, id) == HART_ID, "assembly");

extern struct hart harts[HARTS_MAX];

/*
 * The register itself, for loads: the compiler repeats a load after each call, as it must, since a
 * task that slept may be on another hart. But it takes the register never to change, and could keep
 * an address computed from it across such a call: addresses come from this_hart().
 */
register const struct hart *hart_register __asm__("tp");

static inline struct hart *this_hart(void)
{
	struct hart *hart;

	__asm__ volatile("mv %0, tp" : "=r"(hart));
	return hart;
}

static inline bool hart_has_work(void)
{
	return atomic_load_explicit(&hart_register->work, memory_order_relaxed);
}

static inline u32 hart_index(void)
{
	return hart_register->index;
}

/* How many harts have an index, whether they have come up (are online) or not. */
u32 hart_count(void);

#endif
