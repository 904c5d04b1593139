/*
 * Which physical memory there is, and the way from the device tree to the page allocator.
 */
#pragma once

#include "lib/fdt_board.h"
#include "lib/types.h"

/*
 * Reads memory and reservations, builds the direct map, the memory map and the kernel's page
 * tables, and gives all free memory to the allocator. On the boot hart, once. The device tree and
 * the initrd (size 0: none) stay reserved. An initrd that is not in memory, or that overlaps
 * something else, is ignored (its size becomes 0), with a line in the log.
 */
void memory_init(const struct fdt *fdt, struct fdt_range device_tree, struct fdt_range *initrd);

/* Frees whole pages that were reserved at boot: [start, end) in the direct map or the image. */
void memory_release(const void *start, const void *end);

/* Whether all of a range lies in banks. */
bool memory_contains(struct fdt_range range);

/* Banks of memory, by frame number; false past the last one. */
bool memory_bank(u32 index, u64 *first, u64 *end);
