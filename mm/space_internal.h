/*
 * What the files of mm share about address spaces, and nobody else needs.
 */
#ifndef COWSLIP_MM_SPACE_INTERNAL_H
#define COWSLIP_MM_SPACE_INTERNAL_H

#include "mm/space.h"

/* A space with an empty tree and the given set, whose reference it takes over. NULL: no memory. */
struct space *space_new(struct regions *regions);

/* Every space there is. The visitor must not allocate or free. */
void space_for_each(void (*visit)(struct space *space, void *argument), void *argument);

#endif
