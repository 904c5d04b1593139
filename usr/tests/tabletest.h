/*
 * The cases of tabletest, by file, and the memory that they work on: AREA_PAGES pages below
 * AREA_TABLES page tables of the last level, all of them tagged.
 */
#pragma once

#include "usr/tests/memory.h"
#include "usr/tests/tap.h"

#define AREA_TABLES 3
#define AREA_PAGES  (AREA_TABLES * TABLE_PAGES)
#define AREA_TAG    0x7ab1e000ul

/* What an operation changes: half of the first table's pages, the second's, half of the third's. */
#define MIDDLE_START (TABLE_PAGES / 2)
#define MIDDLE_PAGES (2 * TABLE_PAGES)

struct area {
	unsigned char *start;  /* at a table's boundary */
	unsigned char *beside; /* a page below another last-level table, but the same one above */
	unsigned int sharers;  /* processes that have the area when it is changed */
};

/* At most so many processes have the area, each the child of the one before; how they share it. */
#define SHARERS_MAX 3

enum level { SHARED_AT_TOP, SHARED_AT_LEAVES };

/* Map and tag an area below tables that fork shares: in a mapping of its own; at the heap's end. */
void area_map(struct area *area);
void area_map_heap(struct area *area);

/* With SHARED_AT_LEAVES, makes the calling process own the tables above the last level. */
void area_own_above(const struct area *area, enum level level);

/* These pages hold their tags. */
void area_check_range(const struct area *area, size_t start, size_t pages);

/* All pages outside the middle hold their tags; the middle's do; the middle is not mapped. */
void area_check_edges(const struct area *area);
void area_check_middle(const struct area *area);
void area_check_hole(const struct area *area);

/* The others have said that they are about to end, but may not have ended yet (table_view.c). */
void area_wait_until_alone(const struct area *area);

unsigned char *area_page(const struct area *area, size_t index);

/* A region's sizes in KiB. */
struct sizes {
	long resident, proportional, shared, private, dirty;
};

/*
 * The sizes that smaps gives for the region that begins there. The check: of its `pages` pages `own`
 * belong to this process alone; the others have so many sharers.
 */
struct sizes sizes_at(const unsigned char *start);
void area_check_sizes(const unsigned char *start, long pages, long own, long sharers);

/* Operations that leave NEW_TAG in the middle, and check what these views say then (table_view.c). */
#define NEW_TAG 0x5e1ful
void view_smaps(struct area *area);
void view_pagemap(struct area *area);
void view_futex(struct area *area);

extern const struct tap_group table_view_group;
extern const struct tap_group table_change_group;
extern const struct tap_group table_count_group;
