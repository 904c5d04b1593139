/*
 * The cases of tabletest, by file, and the memory that they share: AREA_PAGES pages below
 * AREA_TABLES page tables of the last level, all of it tagged.
 */
#ifndef COWSLIP_USR_TESTS_TABLETEST_H
#define COWSLIP_USR_TESTS_TABLETEST_H

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
	unsigned char *beside; /* a page below another table, and the same one a level up */
};

/* Processes that have the area, each the child of the one before, and how they share it. */
#define SHARERS_MAX 3

enum level { SHARED_AT_TOP, SHARED_AT_LEAVES };

/* Maps and tags an area of its own. */
void area_map(struct area *area);

/* Makes the calling process own the tables above those of the last level, if that is wanted. */
void area_own_above(const struct area *area, enum level level);

/* All pages but the middle hold their tags; the middle does; the middle is not mapped. */
void area_check_edges(const struct area *area);
void area_check_middle(const struct area *area);
void area_check_hole(const struct area *area);

unsigned char *area_page(const struct area *area, size_t index);

extern const struct tap_group table_change_group;
extern const struct tap_group table_count_group;

#endif
