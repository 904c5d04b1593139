/*
 * Shared anonymous memory: a page cache that belongs to no file, counted by the regions that map it.
 */
#ifndef COWSLIP_MM_SHARED_H
#define COWSLIP_MM_SHARED_H

#include "lib/types.h"
#include "mm/region.h"

/*
 * Fills in a model's operations and object. The reference is the caller's: shared_memory_done() drops
 * it when the model has been mapped, or not. 0 or -ENOMEM.
 */
int shared_memory_create(struct region *model) MUST_CHECK;
void shared_memory_done(struct region *model);

#endif
