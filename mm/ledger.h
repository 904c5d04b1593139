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

/* All frames that there are. */
u64 ledger_total(void);

/*
 * Counts frames by kind, which takes long. Without a stop of all other harts the numbers are of
 * different moments.
 */
void ledger_read(struct ledger *ledger);

/* The name of a kind, as /proc/ledger has it. */
const char *ledger_kind_name(enum page_kind kind);

/*
 * Recounts everything, after the kernel's own caches have been emptied, and logs what differs. The
 * result is how many frames do. The caller keeps all other harts at rest (proc/stop.h).
 */
u64 ledger_audit(void);
