/*
 * Address-space numbers (ASIDs): hardware that has them marks with the number of an address space
 * what it remembers of it, and need not forget it when the hart goes to another space.
 */
#pragma once

#include "lib/types.h"

/* The number of the kernel's own tables, and of all spaces that have none of their own. */
#define ASID_NONE 0

/* Finds out how many the calling hart has, with interrupts off. Each hart, before process 1. */
void asid_probe(void);

/* Does as if the hardware had none. After asid_probe() on the boot hart. */
void asid_disable(void);

/* How many address spaces can have a number at a time. */
u32 asid_limit(void);

/*
 * A number, or ASID_NONE. Harts may still remember what it stood for last: each must forget that
 * before it uses the number.
 */
u16 asid_take(void);
void asid_give_back(u16 number);
