/*
 * The shadow of kernel stacks, for the address sanitizer (sanitize/address.c): one page for each
 * slot of the window, mapped as long as its stack is. The shadow of other memory is mapped at boot
 * and stays.
 */
#pragma once

#include "lib/sanitize.h"
#include "lib/types.h"

#if SANITIZE_ADDRESS

/* At boot, before the kernel's tables are final. */
void shadow_reserve(void);

/* With stacks.lock held (mm/stack.c). false: no memory. The caller flushes after mapping. */
bool shadow_map_stack(const void *top);
void shadow_unmap_stack(const void *top);
void shadow_trim(void);

/* Forgets redzones of functions that never returned. */
void shadow_clear_stack(const void *top);

#else

#define shadow_reserve()        ((void)0)
#define shadow_map_stack(top)   true
#define shadow_unmap_stack(top) ((void)0)
#define shadow_trim()           ((void)0)
#define shadow_clear_stack(top) ((void)0)

#endif
