/*
 * Time (arch/riscv/timer.h). The factors below are set once, before other harts run.
 */
#include "arch/riscv/timer.h"

#include "arch/riscv/csr.h"
#include "arch/riscv/sbi.h"

#define FACTOR_SHIFT 32

#define COUNTER_TIME BIT(1) /* in scounteren: programs may read it */

static u64 nanoseconds_per_tick; /* scaled by 2^FACTOR_SHIFT */
static u64 ticks_per_nanosecond; /* scaled by 2^FACTOR_SHIFT */
static bool has_stimecmp;

static u64 scale(u64 value, u64 factor)
{
	return (u64)(((unsigned __int128)value * factor) >> FACTOR_SHIFT);
}

void timer_init(u64 frequency, bool sstc)
{
	nanoseconds_per_tick = (NANOSECONDS_PER_SECOND << FACTOR_SHIFT) / frequency;
	ticks_per_nanosecond = (frequency << FACTOR_SHIFT) / NANOSECONDS_PER_SECOND;
	has_stimecmp = sstc;
}

void timer_init_hart(void)
{
	timer_arm(TIMER_NEVER);
	csr_set(scounteren, COUNTER_TIME);
	csr_set(sie, 1UL << INTERRUPT_TIMER);
}

u64 time_now(void)
{
	return scale(csr_read(time), nanoseconds_per_tick);
}

u64 timer_factor_for_users(void)
{
	csr_set(scounteren, COUNTER_TIME);
	return csr_read(scounteren) & COUNTER_TIME ? nanoseconds_per_tick : 0;
}

void timer_arm(u64 deadline)
{
	/* One tick more than the division gives: never early. */
	u64 ticks =
		deadline == TIMER_NEVER ? UINT64_MAX : scale(deadline, ticks_per_nanosecond) + 1;

	if (has_stimecmp)
		csr_write(0x14d, ticks); /* stimecmp, under a name that older assemblers know */
	else
		sbi_set_timer(ticks);
}
