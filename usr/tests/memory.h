/*
 * What the tests know about memory: how much is free, and Cowslip's own view of pages (the files
 * /proc/ledger, /proc/<pid>/frames and /proc/<pid>/cow). Kept apart from the harness so that every
 * program can count pages the same way.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/abi/cowslip.h"

#define PAGE_BYTES 4096ul
#define MIB        (1024ul * 1024)

/* True when the kernel has a memory ledger, that is, when it is Cowslip. */
bool memory_has_ledger(void);

/* Recounts all of the memory (Cowslip). False: the ledger disagrees; the differences are noted. */
bool memory_audit(void);

/* The number that follows `name` at the start of a line of the text; -1: no such line. */
long memory_number_after(const char *text, const char *name);

/* Pages of a kind in the ledger, or "total"; -1 when there is no such line. */
long memory_ledger_pages(const char *kind);

/* Free pages now; -1 when the kernel does not say. */
long memory_free_pages(void);
long memory_total_pages(void);

/*
 * The number of pages that a test may touch: numerator/denominator of the free memory, of which at
 * most 128 MiB count, so that tests are not slow on large machines.
 */
size_t memory_share_pages(unsigned int numerator, unsigned int denominator);

/* Maps anonymous private memory, readable and writable; fails the case if it cannot. */
unsigned char *memory_map_pages(size_t pages);
void memory_unmap_pages(void *start, size_t pages);

/*
 * TABLE_PAGES pages that fill one last-level page table, each holding the tag: enough for fork to
 * share the table, whereas it copies a table with few pages.
 */
#define TABLE_PAGES 512ul

unsigned char *memory_map_table(unsigned long tag);

/* Stores the tag in each page of the range; checks that each page holds it. */
void memory_tag(unsigned char *start, size_t pages, unsigned long tag);
void memory_check_tag(const unsigned char *start, size_t pages, unsigned long tag);

/* /proc/<pid>/cow, counted since the address space was made. */
struct cow_counts {
	unsigned long copied;
	unsigned long reused;
	unsigned long zeroed;
	unsigned long tables_shared;
	unsigned long tables_copied;
	unsigned long tables_owned;
	unsigned long faults;
};

/*
 * cow_begin() takes the counts, after touching every page that this itself touches; cow_end() leaves
 * in *counts what was counted since. No fork in between. On Linux both leave zeros.
 */
void cow_begin(struct cow_counts *counts);
void cow_end(struct cow_counts *counts);

/* Exactly this many pages must have been copied since cow_begin(); not checked on Linux. */
void cow_check_copied(struct cow_counts *counts, size_t pages);

/* The record of a page in a process (pid 0: the caller). Only on Cowslip. */
struct frame_view frame_at(int pid, const void *address);
