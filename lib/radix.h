/*
 * Radix trees: they map a u64 index to a pointer, with 64 ways at each level, and are only as high
 * as the largest index needs. Lookup takes one step for each 6 bits; an empty node is freed at
 * once. The caller locks; insertion allocates through the callbacks that the tree was given.
 */
#pragma once

#include "lib/types.h"

#define RADIX_BITS 6
#define RADIX_WAYS (1 << RADIX_BITS)

struct radix_node {
	void *slot[RADIX_WAYS]; /* nodes, or values at the lowest level; NULL is empty */
	u32 used;               /* slots that are not NULL */
};

/* Where nodes come from. `allocate` returns a node of zeroes, or NULL: no memory. */
struct radix_memory {
	struct radix_node *(*allocate)(void);
	void (*free)(struct radix_node *node);
};

struct radix {
	struct radix_node *root; /* NULL if empty */
	u32 bits;                /* of an index: RADIX_BITS for each level of nodes */
	const struct radix_memory *memory;
};

void radix_init(struct radix *radix, const struct radix_memory *memory);

/* The value at `index`, or NULL. */
void *radix_lookup(const struct radix *radix, u64 index);

/* 0, -ENOMEM (nothing changed), or -EEXIST. The value is not NULL. */
MUST_CHECK int radix_insert(struct radix *radix, u64 index, void *value);

/* Takes out the value at `index` and returns it; NULL if there is none. */
void *radix_remove(struct radix *radix, u64 index);

/* The first value at or after *index, whose index goes to *index; NULL if there is none. */
void *radix_next(const struct radix *radix, u64 *index);

/* The body may remove the value at `index`. `index` is a u64 that the caller declared. */
#define radix_for_each(value, index, radix)                               \
	for ((index) = 0, (value) = radix_next(radix, &(index)); (value); \
		(value) = ++(index) ? radix_next(radix, &(index)) : NULL)
