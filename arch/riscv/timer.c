/*
 * Time (arch/riscv/timer.h). The factors below are set once, before other harts run.
 */
#include "arch/riscv/timer.h"

#include "arch/riscv/csr.h"
#include "arch/riscv/sbi.h"

#define FACTOR_SHIFT  32
#define INVERSE_SHIFT 48

/* Between these the factors fit into 64 bits; boards have 1 MHz to 1 GHz. */
#define FREQUENCY_MIN 16384
#define FREQUENCY_MAX UINT32_MAX

#define COUNTER_TIME BIT(1) /* in scounteren: programs may read it */

static u64 nanoseconds_per_tick; /* scaled by 2^FACTOR_SHIFT */
static u64 ticks_per_nanosecond; /* scaled by 2^INVERSE_SHIFT */
static bool has_stimecmp;

static u64 scale(u64 value, u64 factor, u32 shift)
{
	return (u64)(((unsigned __int128)value * factor) >> shift);
}

/* The inverse of a factor, rounded up: exact enough for a machine that has been up for years. */
static u64 inverse(u64 factor)
{
	const u32 shift = FACTOR_SHIFT + INVERSE_SHIFT - 64;
	u64 remainder = UINT64_MAX % factor + 1;

	return (UINT64_MAX / factor << shift) + (remainder << shift) / factor + 1;
}

bool timer_init(u64 frequency, bool sstc)
{
	if (frequency < FREQUENCY_MIN || frequency > FREQUENCY_MAX)
		return false;
	nanoseconds_per_tick = (NANOSECONDS_PER_SECOND << FACTOR_SHIFT) / frequency;
	ticks_per_nanosecond = inverse(nanoseconds_per_tick);
	has_stimecmp = sstc;
	return true;
}

void timer_init_hart(void)
{
	timer_arm(TIMER_NEVER);
	csr_set(scounteren, COUNTER_TIME);
	csr_set(sie, 1UL << INTERRUPT_TIMER);
}

u64 time_now(void)
{
	return scale(csr_read(time), nanoseconds_per_tick, FACTOR_SHIFT);
}

u64 timer_factor_for_users(void)
{
	csr_set(scounteren, COUNTER_TIME);
	return csr_read(scounteren) & COUNTER_TIME ? nanoseconds_per_tick : 0;
}

/*
 * One tick more than the product: an interrupt that came too early would come again and again. A
 * deadline that the counter cannot hold becomes its largest value.
 */
static u64 ticks_at(u64 deadline)
{
	unsigned __int128 product = (unsigned __int128)deadline * ticks_per_nanosecond;

	if (deadline == TIMER_NEVER || product >> (INVERSE_SHIFT + 64))
		return UINT64_MAX;
	return (u64)(product >> INVERSE_SHIFT) + 1;
}

void timer_arm(u64 deadline)
{
	u64 ticks = ticks_at(deadline);

	if (has_stimecmp)
		csr_write(0x14d, ticks); /* stimecmp, under a name that older assemblers know */
	else
		sbi_set_timer(ticks);
}
