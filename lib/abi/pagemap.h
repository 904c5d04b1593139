/*
 * The records of /proc/<pid>/pagemap, as Linux has them: 64 bits for each page of the address space,
 * at offset address / 4096 * 8. Shared by the kernel and by user programs.
 */
#pragma once

#define PAGEMAP_FRAME     ((1ull << 55) - 1)
#define PAGEMAP_EXCLUSIVE (1ull << 56) /* nobody else maps it */
#define PAGEMAP_FILE      (1ull << 61) /* of a file, or shared memory */
#define PAGEMAP_PRESENT   (1ull << 63)
