/*
 * What is mapped where in an address space: regions in a balanced tree.
 *
 * The set of regions is a counted object. fork() lets parent and child share it, and like
 * everything that has more than one reference it is then immutable: who wants to change its regions
 * makes the set its own first (regions_own()). The address space's lock protects the pointer to the
 * set; the count alone protects a shared set.
 */
#pragma once

#include <stdatomic.h>

#include "lib/tree.h"
#include "lib/types.h"

struct page;
struct page_cache;
struct region;

/* Protection and kind. */
#define REGION_READ       0x01
#define REGION_WRITE      0x02
#define REGION_EXECUTE    0x04
#define REGION_PROTECTION 0x07
#define REGION_SHARED     0x08 /* writes are seen by all who map the same object */
#define REGION_GROWS_DOWN 0x10 /* a stack */
#define REGION_HEAP       0x20 /* what brk() moves */
#define REGION_NO_WRITE   0x40 /* mprotect() may not add write: file opened read-only, shared */

/* What madvise() says about children. */
#define REGION_DONT_FORK    0x080 /* they do not get it */
#define REGION_WIPE_ON_FORK 0x100 /* they get it as new */

/* What mlock() says, for the process alone. Nothing is ever swapped out: it is brought in. */
#define REGION_LOCKED   0x200
#define REGION_ON_FAULT 0x400 /* with REGION_LOCKED: only when it is touched */
#define REGION_LOCKS    (REGION_LOCKED | REGION_ON_FAULT)

/* Children get something else. */
#define REGION_FOR_CHILDREN (REGION_DONT_FORK | REGION_WIPE_ON_FORK | REGION_LOCKS)

/*
 * What stands behind a region, implemented by who maps it (a file system, shared memory). NULL
 * operations: private anonymous memory.
 */
struct region_operations {
	/*
	 * The page at an index of the object, with a reference for the caller. NULL: a hole that
	 * reads as zeroes (private regions only). Errors: -ENOMEM; -ENXIO past the object's end.
	 * `write`: a shared region is about to be written there, so a hole must be filled.
	 * Must not sleep.
	 */
	struct page *(*page)(struct region *region, u64 index, bool write);
	/* A further region refers to the object, or one fewer. May not sleep. */
	void (*get)(struct region *region);
	void (*put)(struct region *region);
	/* For /proc: the path or "[name]" into a buffer, and the number of the inode (NULL: it has none). */
	void (*name)(struct region *region, char *buffer, size_t size);
	u64 (*inode)(struct region *region);
	/* Where the object's pages are kept: two regions map the same object if it is the same. */
	struct page_cache *(*cache)(struct region *region);
};

struct region {
	struct tree_node node;
	u64 start; /* user addresses, page-aligned */
	u64 end;
	u32 flags;
	u64 offset; /* into the object, in pages */
	const struct region_operations *operations;
	void *object;
};

/* A set has no more, as on Linux (-ENOMEM): it is copied, and looked through, in one go. */
#define REGIONS_MAX 65530

struct regions {
	_Atomic u32 count; /* address spaces that refer to this set */
	struct tree tree;  /* ordered by start */
	u32 number;
	bool for_children; /* some region has, or had, something of REGION_FOR_CHILDREN */
};

struct regions *regions_create(void);
void regions_get(struct regions *regions);
void regions_put(struct regions *regions);

/* Makes *regions the caller's alone, by copying it if it is shared. 0 or -ENOMEM. */
int regions_own(struct regions **regions) MUST_CHECK;

/* The region that holds the address, or the first one above it. */
struct region *region_find(struct regions *regions, u64 address);

/* The region that holds the address, or NULL. */
struct region *region_at(struct regions *regions, u64 address);
struct region *region_first(struct regions *regions);
struct region *region_next(struct region *region);

/*
 * Adds a region like the model (which may be on the stack), merged with its neighbours where they
 * continue each other. The range must be empty. Takes a reference to the object. 0 or -ENOMEM.
 */
int region_insert(struct regions *regions, const struct region *model) MUST_CHECK;

/*
 * The same where something may be mapped: what the model's range held is cut out; regions_merge() is
 * left to the caller. 0 or -ENOMEM, and then nothing has changed.
 */
int region_replace(struct regions *regions, const struct region *model) MUST_CHECK;

/*
 * Cuts [start, end) out, splitting what reaches over its ends. Needs memory only when it splits:
 * 0 or -ENOMEM, and then nothing has changed.
 */
int region_remove(struct regions *regions, u64 start, u64 end) MUST_CHECK;

/* Cuts a region in two at an address inside it: the pointer stays the lower one. 0 or -ENOMEM. */
int region_split(struct regions *regions, struct region *region, u64 address) MUST_CHECK;

/* Joins neighbours that continue each other, within and at the borders of [start, end). */
void regions_merge(struct regions *regions, u64 start, u64 end);

/* A stack and what is mapped below keep this distance, unless the program says otherwise. */
#define STACK_GAP MIB(1)

/* From where on a region wants its addresses for itself: a stack has a gap below. */
static inline u64 region_low(const struct region *region)
{
	if (!(region->flags & REGION_GROWS_DOWN))
		return region->start;
	return region->start > STACK_GAP ? region->start - STACK_GAP : 0;
}

/* The start of the highest gap of `size` within [low, high); 0 when there is none. */
u64 region_gap_below(struct regions *regions, u64 low, u64 high, u64 size);

/*
 * Shared anonymous memory: a page cache that belongs to no file, counted by the regions that map it. Fills in
 * a model's operations and object. 0 or -ENOMEM.
 */
int shared_memory_create(struct region *model) MUST_CHECK;

/* The model has been mapped, or not: drops the reference that whoever filled it in took for it. */
static inline void region_model_done(struct region *model)
{
	if (model->operations)
		model->operations->put(model);
}
