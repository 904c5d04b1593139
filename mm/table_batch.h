/*
 * Entries that have been taken out of page tables, and are dropped together after one flush: a page
 * is not freed before every hart has forgotten how to reach it.
 */
#pragma once

#include "arch/riscv/pte.h"
#include "lib/types.h"
#include "mm/page.h"
#include "mm/space.h"

#define TABLE_BATCH_SIZE 64

struct table_batch {
	struct space *space;
	u64 start, end; /* of the addresses to flush; empty when start >= end */
	bool tables;    /* a table is among them: to flush addresses is not enough */
	u32 number;
	struct {
		pte_t pte;
		unsigned int level;
	} entry[TABLE_BATCH_SIZE];
};

void table_batch_begin(struct table_batch *batch, struct space *space);

/* pte: what the entry at `level` for `address` held, now empty. Flushes when the batch is full. */
void table_batch_add(struct table_batch *batch, pte_t pte, unsigned int level, u64 address);

/* Flushes, and drops what is left. */
void table_batch_end(struct table_batch *batch);

/*
 * Drops the reference that an entry at this level holds; the last one drops all below it as well. A
 * page goes into the run, to be freed with those that follow.
 */
void table_entry_put(pte_t pte, unsigned int level, struct page_run *run);
