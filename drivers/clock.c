/*
 * Where wall-clock time starts (drivers/clock.h).
 */
#include "drivers/clock.h"

_Atomic u64 clock_realtime_offset;

void clock_not_before(u64 realtime)
{
	if (realtime > clock_realtime() && realtime <= CLOCK_REALTIME_MAX)
		atomic_store(&clock_realtime_offset, realtime - time_now());
}
