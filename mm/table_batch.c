/*
 * Dropping many entries after one flush (mm/table_batch.h). A batch lives on the stack of the
 * function that changes a tree, under the tree's table_lock.
 */
#include "mm/table_batch.h"

#include "arch/riscv/tlb.h"

static void batch_clear(struct table_batch *batch)
{
	batch->start = UINT64_MAX;
	batch->end = 0;
	batch->tables = false;
	batch->number = 0;
}

void table_batch_begin(struct table_batch *batch, struct space *space)
{
	batch->space = space;
	batch_clear(batch);
}

static void batch_flush(struct table_batch *batch)
{
	struct page_run run = {};

	if (batch->tables)
		tlb_flush_context(&batch->space->tlb);
	else if (batch->start < batch->end)
		tlb_flush_range(&batch->space->tlb, UADDR(batch->start), UADDR(batch->end));
	for (u32 i = 0; i < batch->number; i++)
		table_entry_put(batch->entry[i].pte, batch->entry[i].level, &run);
	page_run_free(&run);
	batch_clear(batch);
}

void table_batch_add(struct table_batch *batch, pte_t pte, unsigned int level, u64 address)
{
	if (batch->number == TABLE_BATCH_SIZE)
		batch_flush(batch);
	batch->entry[batch->number].pte = pte;
	batch->entry[batch->number].level = level;
	batch->number++;
	batch->start = min(batch->start, address);
	batch->end = max(batch->end, address + PAGE_SIZE);
	batch->tables |= level > 0;
}

void table_batch_end(struct table_batch *batch)
{
	if (batch->number)
		batch_flush(batch);
}
