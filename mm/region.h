/*
 * What is mapped where in an address space: regions in a balanced tree.
 *
 * The set of regions is a counted object. fork() lets parent and child share it, and like
 * everything that has more than one reference it is then immutable: a space makes the set its own
 * before it changes its regions (regions_own()). The address space's lock protects the pointer to
 * the set; the count alone protects a shared set.
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
#define REGION_SHARED     0x08 /* writes are seen by all that map the same object */
#define REGION_GROWS_DOWN 0x10 /* a stack */
#define REGION_HEAP       0x20 /* what brk() moves */
#define REGION_NO_WRITE   0x40 /* mprotect() may not add write: file opened read-only, shared */

/* Set by madvise(), for the children that fork() makes. */
#define REGION_DONT_FORK    0x080 /* they do not get the region */
#define REGION_WIPE_ON_FORK 0x100 /* they get it as new */

/* Set by mlock(); not inherited. Nothing is ever swapped out, so to lock is only to bring in. */
#define REGION_LOCKED   0x200
#define REGION_ON_FAULT 0x400 /* with REGION_LOCKED: only when it is touched */
#define REGION_LOCKS    (REGION_LOCKED | REGION_ON_FAULT)

/* A child does not get a region with one of these as it is. */
#define REGION_FOR_CHILDREN (REGION_DONT_FORK | REGION_WIPE_ON_FORK | REGION_LOCKS)

/*
 * The object behind a region, implemented by its provider (a file system, shared memory). NULL
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
	/* One more region refers to the object, or one fewer. Must not sleep. */
	void (*get)(struct region *region);
	void (*put)(struct region *region);
	/* For /proc: the path or "[name]" into a buffer, and the inode number (NULL: has none). */
	void (*name)(struct region *region, char *buffer, size_t size);
	u64 (*inode)(struct region *region);
	/* Where the object's pages are kept: two regions map the same object if this is equal. */
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

/* The most regions in a set, as on Linux (then -ENOMEM): a set is copied and searched in one go. */
#define REGIONS_MAX 65530

struct regions {
	_Atomic u32 count; /* address spaces that refer to this set */
	struct tree tree;  /* ordered by start */
	u32 number;
	bool for_children; /* some region has, or had, a flag of REGION_FOR_CHILDREN */
};

struct regions *regions_create(void);
void regions_get(struct regions *regions);
void regions_put(struct regions *regions);

/* Makes the caller the sole owner of *regions, by copying it if it is shared. 0 or -ENOMEM. */
int regions_own(struct regions **regions) MUST_CHECK;

/* The region that holds the address, or the first one above it. */
struct region *region_find(struct regions *regions, u64 address);

/* The region that holds the address, or NULL. */
struct region *region_at(struct regions *regions, u64 address);
struct region *region_first(struct regions *regions);
struct region *region_next(struct region *region);

/*
 * Adds a copy of the model (which may be on the stack), merged with its neighbours where they
 * continue each other. The range must be empty. Takes a reference to the object. 0 or -ENOMEM.
 */
int region_insert(struct regions *regions, const struct region *model) MUST_CHECK;

/*
 * The same where something may be mapped already, which is cut out first. The caller then calls
 * regions_merge(). 0 or -ENOMEM, and then nothing has changed.
 */
int region_replace(struct regions *regions, const struct region *model) MUST_CHECK;

/*
 * Cuts [start, end) out, trimming regions that reach beyond it. Needs memory only when one reaches
 * beyond both ends: 0 or -ENOMEM, and then nothing has changed.
 */
int region_remove(struct regions *regions, u64 start, u64 end) MUST_CHECK;

/* Cuts a region in two at an address inside it: `region` stays the lower one. 0 or -ENOMEM. */
int region_split(struct regions *regions, struct region *region, u64 address) MUST_CHECK;

/* Joins neighbours that continue each other, within and at the borders of [start, end). */
void regions_merge(struct regions *regions, u64 start, u64 end);

/* A stack and what is mapped below keep this distance, unless the program says otherwise. */
#define STACK_GAP MIB(1)

/* The lowest address that a region keeps for itself: a stack has a gap below. */
static inline u64 region_low(const struct region *region)
{
	if (!(region->flags & REGION_GROWS_DOWN))
		return region->start;
	return region->start > STACK_GAP ? region->start - STACK_GAP : 0;
}

/* The start of the highest gap of `size` within [low, high); 0 when there is none. */
u64 region_gap_below(struct regions *regions, u64 low, u64 high, u64 size);

/*
 * Shared anonymous memory: a page cache that belongs to no file and counts the regions that map it.
 * Fills in a model's operations and object. 0 or -ENOMEM.
 */
int shared_memory_create(struct region *model) MUST_CHECK;

/* Called when the model has been mapped, or could not be: drops its own reference to the object. */
static inline void region_model_done(struct region *model)
{
	if (model->operations)
		model->operations->put(model);
}
