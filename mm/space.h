/*
 * An address space: the regions of a process, and the page tables that realise them.
 *
 *	lock		regions: readers are faults and copies, writers are mmap, munmap, fork...
 *	table_lock	page-table entries and tables: taken inside `lock`, held for moments
 *
 * Nothing in mm sleeps, so both are spin locks. mm never sees a task and never kills: it returns
 * -EFAULT or -ENOMEM, and the trap path decides.
 */
#pragma once

#include <stdatomic.h>

#include "arch/riscv/lock.h"
#include "arch/riscv/tlb.h"
#include "lib/list.h"
#include "lib/types.h"
#include "mm/region.h"

struct page;

/* What has happened in this address space since it was made: /proc/<pid>/cow. */
struct space_events {
	u64 faults;
	u64 copied;        /* pages copied because they were shared */
	u64 reused;        /* write faults on a COW page that had no other owner */
	u64 zeroed;        /* pages of zeroes handed out */
	u64 tables_shared; /* page tables shared, at fork or when the table above is copied */
	u64 tables_copied; /* page tables copied, at fork or on first touch */
	u64 tables_owned;  /* shared page tables whose other owners were gone */
};

/* Where things lie. All is 0 in a new space. */
struct space_layout {
	u64 brk_start; /* the heap is [brk_start, brk) */
	u64 map_top;   /* mappings are placed below, while there is room */
	u64 stack_end; /* the stack of the first thread ends here */
	u64 vdso;      /* the page that signal handlers return to */
};

struct space {
	_Atomic u32 count;
	struct rwlock lock;
	struct spinlock table_lock;
	struct page *root; /* of the page tables */
	struct regions *regions MEMBER_GUARDED_BY(lock);
	struct tlb_context tlb;
	struct space_layout layout; /* set by exec before anybody else knows the space */
	u64 brk MEMBER_GUARDED_BY(lock);
	u32 locks_new MEMBER_GUARDED_BY(lock); /* of REGION_LOCKS: what new regions get */
	struct space_events events MEMBER_GUARDED_BY(table_lock);
	struct list_node node; /* in the list of all spaces, for the ledger */
};

enum access {
	ACCESS_READ = REGION_READ,
	ACCESS_WRITE = REGION_WRITE,
	ACCESS_EXECUTE = REGION_EXECUTE,
};

/* A new empty space; NULL: no memory. The count starts at 1. */
struct space *space_create(void);

/* A copy of the space, copy-on-write (mm/fork.c). NULL: no memory, and nothing has changed. */
struct space *space_fork(struct space *parent);

struct space *space_get(struct space *space);

/* Drops a reference; the last one frees the space. No hart may run in it any more. */
void space_put(struct space *space);

static inline void space_put_held(struct space **space)
{
	space_put(*space);
}

/* On a variable with a reference to a space, or NULL: leaving its block drops the reference. */
#define SPACE_HELD __attribute__((cleanup(space_put_held)))

/* Runs the calling hart in the space; NULL: in the kernel's own, without user memory. */
void space_switch(struct space *from, struct space *to);

/*
 * Makes the page at the address accessible (mm/fault.c). 0; -EFAULT: no region allows it; -ENXIO:
 * past the end of the mapped object (SIGBUS); -ENOMEM.
 */
int fault_resolve(struct space *space, uaddr_t address, enum access access) MUST_CHECK;

/*
 * Maps model->end - model->start bytes as the model says (start, end, flags, offset, operations,
 * object). MAP_REPLACE: exactly there, in place of what was there; MAP_EXACT: exactly there;
 * MAP_ANYWHERE: there if it is free, else where there is room. Returns the address or a negative
 * errno: -EINVAL, -ENOMEM, -EEXIST (MAP_EXACT where something is mapped), -EAGAIN or -EPERM (no
 * more may be locked).
 */
enum map_where { MAP_ANYWHERE, MAP_EXACT, MAP_REPLACE };
s64 space_map(struct space *space, const struct region *model, enum map_where where) MUST_CHECK;

/* The same with MAP_EXACT, for a caller that needs no address back: 0 or a negative errno. */
static inline MUST_CHECK int space_map_exactly(struct space *space, const struct region *model)
{
	s64 result = space_map(space, model, MAP_EXACT);

	return result < 0 ? (int)result : 0;
}

/* Page-aligned. 0, -EINVAL or -ENOMEM. */
int space_unmap(struct space *space, u64 start, u64 length) MUST_CHECK;

/* protection: REGION_READ | ... 0, -EINVAL, -ENOMEM (a hole in the range), -EACCES. */
int space_protect(struct space *space, u64 start, u64 length, u32 protection) MUST_CHECK;

/*
 * madvise(MADV_DONTNEED): the range reads as new again. 0, -EINVAL (not at a page, or some of it is
 * locked), or -ENOMEM (a hole: what is mapped around it has been discarded). private_only: -EINVAL
 * if not all of it is private anonymous memory.
 */
int space_discard(struct space *space, u64 start, u64 length, bool private_only) MUST_CHECK;

/*
 * Sets and clears flags of REGION_FOR_CHILDREN. 0, -EINVAL (not at a page, or REGION_WIPE_ON_FORK
 * on other than private anonymous memory), -ENOMEM (a hole, or no memory).
 */
int space_mark(struct space *space, u64 start, u64 length, u32 set, u32 clear) MUST_CHECK;

/*
 * mlock(2) and mlockall(2): marks the range and, without REGION_ON_FAULT, brings it in. The second
 * takes flags (REGION_LOCKED..., or 0) for all that is mapped now (present) and for what will be
 * mapped from now on (future). 0, -EINVAL, -EPERM, -ENOMEM (the limit, a hole, no access, or no
 * memory).
 */
int space_lock(struct space *space, u64 start, u64 length, u32 flags) MUST_CHECK;
int space_lock_all(struct space *space, u32 present, u32 future) MUST_CHECK;

/*
 * mremap(2). to: the new address with REMAP_FIXED, a hint with REMAP_KEEP, else unused. REMAP_KEEP:
 * the old range stays mapped, and reads as new. Returns the address or -EINVAL, -ENOMEM, -EFAULT
 * (no region holds the whole old range).
 */
#define REMAP_MAY_MOVE 1
#define REMAP_FIXED    2
#define REMAP_KEEP     4
s64 space_remap(struct space *space, u64 start, u64 old_length, u64 new_length, u64 to,
	u32 flags) MUST_CHECK;

/*
 * Whether regions with all these flags cover the whole range (mm/resident.c): 0, -EINVAL (not at a
 * page), -ENOMEM (a hole), -EACCES (a region without the flags).
 */
int space_check_mapped(struct space *space, u64 start, u64 length, u32 flags) MUST_CHECK;

/* Whether nothing in the range is locked: 0, -EBUSY, else -EINVAL or -ENOMEM as above. */
int space_check_unlocked(struct space *space, u64 start, u64 length) MUST_CHECK;

/* For mincore(2): whether each page from `start` on is in memory. 0 or -ENOMEM (a hole). */
int space_resident(struct space *space, u64 start, u8 *resident, size_t pages) MUST_CHECK;

/*
 * Brings the range into memory; write: pages that may be written are copied now, too. 0; -EINVAL;
 * -ENOMEM (a hole, or no memory); -EFAULT (no access at all); -ENXIO (past the end of a file);
 * -EINTR (the caller is to die).
 */
int space_populate(struct space *space, u64 start, u64 length, bool write) MUST_CHECK;

/* Moves the end of the heap like brk(2); returns the end as it is then. */
u64 space_brk(struct space *space, u64 end);
