/* arch/riscv/timer.c with clocks of every speed, on a simulated hart. */
#include "arch/riscv/timer.h"

#include "arch/riscv/csr.h"
#include "arch/riscv/sbi.h"
#include "tests/unit/unit.h"

#define YEAR (365UL * 24 * 3600 * NANOSECONDS_PER_SECOND)

static u64 counter, armed;

u64 machine_read_time(void)
{
	return counter;
}

u64 machine_read_scounteren(void)
{
	return UINT64_MAX;
}

void machine_write_stimecmp(u64 value)
{
	armed = value;
}

void sbi_set_timer(u64 deadline)
{
	armed = deadline;
}

static const u64 frequencies[] = { 16384, 32768, 1000000, 4000000, 10000000, 24000000, 1000000000,
	2500000000, UINT32_MAX };

/* The counter's value at which a timer goes off. */
static u64 ticks_of(u64 deadline)
{
	timer_arm(deadline);
	return armed;
}

static u64 time_at(u64 ticks)
{
	counter = ticks;
	return time_now();
}

static void odd_speeds_are_refused(void)
{
	static const u64 refused[] = { 0, 1, 1000, 1UL << 32, 1UL << 62, UINT64_MAX };

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		CHECK(!timer_init(refused[i], i & 1));
}

/* Never early; even after years, late by no more than two ticks and a millionth. */
static void deadlines_are_met(void)
{
	static const u64 deadlines[] = { 0, 1, 999, NANOSECONDS_PER_SECOND, YEAR, 10 * YEAR };

	for (size_t i = 0; i < ARRAY_SIZE(frequencies) * ARRAY_SIZE(deadlines); i++) {
		u64 frequency = frequencies[i / ARRAY_SIZE(deadlines)];
		u64 deadline = deadlines[i % ARRAY_SIZE(deadlines)];
		u64 late = 2 * NANOSECONDS_PER_SECOND / frequency + 2 + deadline / 1000000, ticks;

		CHECK(timer_init(frequency, i & 1));
		ticks = ticks_of(deadline);
		CHECK(time_at(ticks) >= deadline);
		CHECK(time_at(ticks) <= deadline + late);
	}
}

static void what_is_far_stays_far(void)
{
	static const u64 deadlines[] = { INT64_MAX, UINT64_MAX - 1 };

	for (size_t i = 0; i < ARRAY_SIZE(frequencies) * ARRAY_SIZE(deadlines); i++) {
		u64 frequency = frequencies[i / ARRAY_SIZE(deadlines)];

		CHECK(timer_init(frequency, i & 1));
		CHECK(time_at(ticks_of(deadlines[i % ARRAY_SIZE(deadlines)]) / 2) > 60 * YEAR);
	}
	CHECK_EQUAL(ticks_of(TIMER_NEVER), UINT64_MAX);
}

int main(void)
{
	static const struct unit_case cases[] = {
		{ "odd speeds are refused", odd_speeds_are_refused },
		{ "deadlines are met", deadlines_are_met },
		{ "what is far stays far", what_is_far_stays_far },
	};

	return UNIT_RUN(cases);
}
