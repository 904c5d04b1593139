/*
 * A simulated machine for mm: physical memory, and harts that load and store through page tables.
 * These harts remember all that a real hart may: a translation stays until it is flushed, and so do
 * the tables on the way to a leaf (an address flush does not cover those). So a missing flush shows
 * as a wrong value or as an access to a free page.
 */
#pragma once

#include "lib/types.h"
#include "mm/space.h"

#define MACHINE_FRAMES      8192
#define MACHINE_FIRST_FRAME 1 /* below it there is no memory: no page has the address 0 */

/* All frames are free; slabs and the page of zeroes are set up. */
void machine_start(void);

/* Runs both functions at once, the other one on hart 1. */
void machine_run_both(void (*one)(void), void (*other)(void));

/* The limits of the process that uses the machine: RLIMIT_*, in bytes. At first there are none. */
#define MACHINE_LIMITS 16 /* the number of kinds */
extern u64 machine_limits[MACHINE_LIMITS];

/* A and D bits: set by the hardware, or left to the kernel by a fault. */
extern bool machine_sets_accessed;

/* Whether a hart keeps the instructions that it has fetched until they are flushed. */
extern bool machine_keeps_instructions;

/*
 * A load, store or fetch of 8 bytes at an aligned address by the current hart, which runs in the
 * space. Returns 0, or fault_resolve()'s error if it does not resolve the fault.
 */
int machine_access(struct space *space, u64 address, enum access access, u64 *value) MUST_CHECK;

/* Called, if set, when translations are about to be flushed, while they are still remembered. */
extern void (*machine_before_flush)(void);

/*
 * Called once, if set, when memory is about to be allocated with no lock held: what another thread
 * does in the meantime. None of its own allocations fail on purpose.
 */
extern void (*machine_before_allocation)(void);

/* Lets the nth next allocation fail, 1 being the next; 0: none. */
void machine_fail_allocation(u32 nth);

/* Whether an allocation has failed since machine_fail_allocation(). */
bool machine_allocation_failed(void);
