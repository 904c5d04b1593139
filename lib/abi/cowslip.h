/*
 * What Cowslip shows of its memory beyond Linux's ABI: the binary records of /proc/<pid>/frames.
 *
 * Record i, at file offset i * sizeof(struct frame_view), describes virtual page i, the one at
 * address i * 4096. An absent page reads as zeros. Shared by the kernel and by user programs.
 */
#pragma once

#include <stdint.h>

/* A leaf entry reached through a page table that several address spaces share is shown as it
 * is stored: FRAME_TABLE_SHARED then says that the writable bit is not to be trusted. */
#define FRAME_PRESENT      (1u << 0)
#define FRAME_WRITABLE     (1u << 1)
#define FRAME_COW          (1u << 2)
#define FRAME_SHARED       (1u << 3) /* a shared mapping: stays writable across fork */
#define FRAME_DIRTY        (1u << 4)
#define FRAME_ACCESSED     (1u << 5)
#define FRAME_ZERO         (1u << 6) /* the one page of zeros that all untouched pages show */
#define FRAME_TABLE_SHARED (1u << 7)

struct frame_view {
	uint64_t frame; /* physical page number */
	uint32_t count; /* references to the frame */
	uint32_t flags; /* FRAME_* */
};
