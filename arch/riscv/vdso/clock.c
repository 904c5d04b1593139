/*
 * Clocks without a system call. This runs in user mode, as part of the program: it reads the time
 * counter and the page that the kernel keeps before the image, and calls the kernel where these do
 * not suffice. It is a bug to differ from the kernel's clock (arch/riscv/timer.c, drivers/clock.h).
 */
#include <stdatomic.h>

#include "arch/riscv/vdso_data.h"
#include "lib/abi/syscall.h"
#include "lib/abi/time.h"

#define NANOSECONDS_PER_SECOND      1000000000UL
#define NANOSECONDS_PER_MICROSECOND 1000UL
#define FACTOR_SHIFT                32

#define CLOCKS_REALTIME (BIT(CLOCK_REALTIME) | BIT(CLOCK_REALTIME_COARSE) | BIT(CLOCK_TAI))
#define CLOCKS_MONOTONIC                                                                 \
	(BIT(CLOCK_MONOTONIC) | BIT(CLOCK_MONOTONIC_RAW) | BIT(CLOCK_MONOTONIC_COARSE) | \
		BIT(CLOCK_BOOTTIME))

/* Under the names that C libraries look for (arch/riscv/vdso/vdso.ld). */
long vdso_clock_gettime(s32 clock, struct timespec *time) __asm__("__vdso_clock_gettime");
long vdso_clock_getres(s32 clock, struct timespec *resolution) __asm__("__vdso_clock_getres");
long vdso_gettimeofday(struct timeval *time, struct timezone *zone) __asm__("__vdso_gettimeofday");

extern const char image[] __asm__("__ehdr_start") __attribute__((visibility("hidden")));

static long call_kernel(long number, long first, void *second)
{
	register long a0 __asm__("a0") = first;
	register void *a1 __asm__("a1") = second;
	register long a7 __asm__("a7") = number;

	__asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a7) : "memory");
	return a0;
}

static bool is_among(s32 clock, u64 clocks)
{
	return (u32)clock < 64 && (BIT((u32)clock) & clocks);
}

/* False: the kernel has to be asked. */
static bool read_clock(s32 clock, u64 *nanoseconds)
{
	const struct vdso_data *data = (const struct vdso_data *)(image - VDSO_DATA_SIZE);
	u64 factor = data->nanoseconds_per_tick, ticks;

	if (!factor || !is_among(clock, CLOCKS_REALTIME | CLOCKS_MONOTONIC))
		return false;
	__asm__ volatile("rdtime %0" : "=r"(ticks)::"memory");
	*nanoseconds = (u64)(((unsigned __int128)ticks * factor) >> FACTOR_SHIFT);
	if (is_among(clock, CLOCKS_REALTIME))
		*nanoseconds += atomic_load_explicit(&data->realtime_offset, memory_order_relaxed);
	return true;
}

long vdso_clock_gettime(s32 clock, struct timespec *time)
{
	u64 now;

	if (!read_clock(clock, &now))
		return call_kernel(SYS_clock_gettime, clock, time);
	time->tv_sec = (long)(now / NANOSECONDS_PER_SECOND);
	time->tv_nsec = (long)(now % NANOSECONDS_PER_SECOND);
	return 0;
}

long vdso_clock_getres(s32 clock, struct timespec *resolution)
{
	if (!is_among(clock, CLOCKS_REALTIME | CLOCKS_MONOTONIC))
		return call_kernel(SYS_clock_getres, clock, resolution);
	if (resolution)
		*resolution = (struct timespec){ .tv_nsec = 1 };
	return 0;
}

long vdso_gettimeofday(struct timeval *time, struct timezone *zone)
{
	u64 now;

	if (!read_clock(CLOCK_REALTIME, &now))
		return call_kernel(SYS_gettimeofday, (long)time, zone);
	if (time) {
		time->tv_sec = (long)(now / NANOSECONDS_PER_SECOND);
		time->tv_usec = (long)(now % NANOSECONDS_PER_SECOND / NANOSECONDS_PER_MICROSECOND);
	}
	if (zone)
		*zone = (struct timezone){};
	return 0;
}
