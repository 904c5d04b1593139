/*
 * What an address space holds, for /proc/<pid>/{maps,smaps,status,pagemap,frames}.
 */
#pragma once

#include "lib/abi/cowslip.h"
#include "lib/types.h"
#include "mm/space.h"

#define REPORT_NAME_MAX 256

/* Bytes, counted as Linux's Documentation/filesystems/proc.rst describes for smaps. */
struct memory_usage {
	u64 size;
	u64 resident; /* without the page of zeroes */
	u64 proportional;
	u64 shared_clean;
	u64 shared_dirty;
	u64 private_clean;
	u64 private_dirty;
	u64 referenced;
	u64 anonymous;
	u64 locked; /* the part of `proportional` that is locked by mlock() */
};

struct region_report {
	u64 start;
	u64 end;
	u32 flags;  /* REGION_* */
	u64 offset; /* bytes */
	u64 inode;  /* 0: none */
	char name[REPORT_NAME_MAX];
	struct memory_usage usage;
};

/*
 * Between these two calls the tally of each page that the space maps is the number of its mappings
 * in all spaces, as of the first call: report_region_usage() and report_page() need it to tell
 * shared from private. The caller must not sleep in between.
 */
void report_begin(struct space *space);
void report_end(void);

/* The first region that ends above an address, without and with usage; false: there is none. */
bool report_region(struct space *space, u64 address, struct region_report *report);
bool report_region_usage(struct space *space, u64 address, struct region_report *report);

/* All regions together. */
struct memory_usage report_total(struct space *space);

/* Bytes that no other space has: what is freed with the space, its tables excluded. */
u64 report_own(struct space *space);

/* Bytes of page tables, shared ones counted in full. */
u64 report_tables(struct space *space);

/* The record of a page below USER_END in pagemap (lib/abi/pagemap.h); 0: not present. */
u64 report_page(struct space *space, u64 address);

/* The leaf for a page, as it is. */
struct frame_view report_frame(struct space *space, u64 address);

/* What has happened in the space so far. */
struct space_events report_events(struct space *space);
