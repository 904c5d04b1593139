/* For unit tests: flushes of the simulated machine's translations (tests/unit/machine.h). */
#pragma once

#include <stdatomic.h>

#include "lib/types.h"

struct tlb_context {
	_Atomic u64 running; /* simulated harts: bit n for number n */
};

void tlb_context_init(struct tlb_context *context);
void tlb_context_release(struct tlb_context *context);
void tlb_switch(struct tlb_context *from, struct tlb_context *to, paddr_t root);

void tlb_flush_local_page(uaddr_t address);
void tlb_flush_local(void);
void tlb_flush_range(struct tlb_context *context, uaddr_t start, uaddr_t end);
void tlb_flush_context(struct tlb_context *context);
void tlb_flush_instructions(struct tlb_context *context);
void tlb_flush_all_instructions(void);
