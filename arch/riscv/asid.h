/*
 * Address-space numbers (ASIDs): hardware that has them tags what it remembers of an address space
 * with the space's number, and need not forget it when the hart switches to another space.
 */
#pragma once

#include "lib/types.h"

/* The number of the kernel's own tables, and of all spaces that have none of their own. */
#define ASID_NONE 0

/* Finds out how many the calling hart has. Each hart calls it, interrupts off, before process 1. */
void asid_probe(void);

/* From now on there are none, as if the hardware had none. After asid_probe() on the boot hart. */
void asid_disable(void);

/* How many address spaces can have a number at a time. */
u32 asid_limit(void);

/*
 * A free number, or ASID_NONE. Harts may still remember translations of its last owner: each must
 * forget them before it uses the number.
 */
u16 asid_take(void);
void asid_give_back(u16 number);
