/*
 * The ledger: every page frame is of exactly one kind, the kinds add up to the memory, and every
 * count equals the references that a walk over all page tables and page caches finds.
 */
#pragma once

#include "lib/types.h"
#include "mm/page.h"

struct ledger {
	u64 total;
	u64 pages[PAGE_KINDS]; /* by enum page_kind */
};

/* The number of all frames. */
u64 ledger_total(void);

/*
 * Counts frames by kind, which takes long. Unless all other harts are stopped, the numbers belong
 * to different moments.
 */
void ledger_read(struct ledger *ledger);

/* The name of a kind, as /proc/ledger has it. */
const char *ledger_kind_name(enum page_kind kind);

/*
 * Empties the kernel's own caches, recounts everything, and logs what differs. Returns the number
 * of differences. The caller keeps all other harts at rest (proc/stop.h).
 */
u64 ledger_audit(void);
