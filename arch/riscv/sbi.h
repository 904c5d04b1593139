/*
 * Calls into the firmware (RISC-V Supervisor Binary Interface specification 2.0; the legacy calls of
 * chapter 5 where the firmware is old).
 */
#pragma once

/* Assembly calls these, too. */
#define SBI_CONSOLE        0x4442434e
#define SBI_CONSOLE_WRITE  0
#define SBI_LEGACY_PUTCHAR 1

#ifndef __ASSEMBLER__

#include "lib/types.h"

/* Finds out which extensions there are. Before anything below. */
void sbi_init(void);

/* What kind of core the calling hart is: mvendorid, marchid, mimpid. */
struct sbi_core {
	u64 vendor;
	u64 architecture;
	u64 implementation;
};
struct sbi_core sbi_core(void);

/* Polls. The caller makes sure that nobody else writes. */
void sbi_console_write(const char *text, size_t length);

/* A character, or -1. */
int sbi_console_read(void);

/* In ticks of the time base. */
void sbi_set_timer(u64 deadline);

/*
 * Hart masks: bit n is hart id base + n. Errors are ignored on purpose: a hart that is not there
 * holds no translation and waits for no interrupt.
 */
void sbi_send_ipi(u64 mask, u64 base);
void sbi_remote_sfence_vma(u64 mask, u64 base, u64 start, u64 size);
void sbi_remote_sfence_vma_asid(u64 mask, u64 base, u64 start, u64 size, u16 asid);
void sbi_remote_fence_i(u64 mask, u64 base);

/*
 * Starts a stopped hart at a physical address, with its id in a0. 0, or -EIO: also if the firmware
 * cannot interrupt harts or make them flush.
 */
int sbi_hart_start(u64 id, paddr_t entry) MUST_CHECK;

enum sbi_reset { SBI_SHUTDOWN, SBI_COLD_REBOOT, SBI_WARM_REBOOT };

/* Returns only if the platform cannot do it. */
void sbi_system_reset(enum sbi_reset type);

/*
 * Shuts down where the firmware has no reset extension; does nothing where it has. To be called
 * last: if the platform cannot do it, some firmware keeps the hart for ever.
 */
void sbi_legacy_shutdown(void);

#endif
