/*
 * The shadow of kernel stacks, under the address sanitizer (sanitize/address.c): a page for each slot of
 * the window, there as long as the stack. That of other memory is mapped for good at boot.
 */
#pragma once

#include "lib/sanitize.h"
#include "lib/types.h"

#if SANITIZE_ADDRESS

/* At boot, before the kernel's tables are final. */
void shadow_reserve(void);

/* Under stacks.lock (mm/stack.c). The first two: false: no memory. A flush must follow. */
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
