/*
 * futex(2): its many operations in one call.
 */
#include "drivers/clock.h"
#include "fs/wait.h"
#include "lib/abi/futex.h"
#include "lib/error.h"
#include "proc/futex.h"
#include "proc/signal.h"
#include "trap/sys.h"
#include "trap/user.h"

/* FUTEX_WAIT is given a span, FUTEX_WAIT_BITSET a time of the clock that it names. */
static int find_deadline(u64 operation, u64 address, u64 *deadline)
{
	int error;

	if (!address || (operation & FUTEX_CMD_MASK) == FUTEX_WAIT)
		return deadline_from_user(address, deadline);
	error = time_from_user(address, deadline);
	if (!error && (operation & FUTEX_CLOCK_REALTIME))
		*deadline = clock_monotonic_of(*deadline);
	return error;
}

static s64 wait(u64 address, u64 operation, u32 value, u64 timeout, u32 bits)
{
	u64 deadline = signal_kept_deadline();
	s64 result = 0;

	if (!deadline)
		result = find_deadline(operation, timeout, &deadline);
	if (result)
		return result;
	result = futex_wait(address, value, bits, operation & FUTEX_PRIVATE_FLAG, deadline);
	if (result == -EINTR && deadline != WAIT_FOREVER)
		signal_no_restart_until(deadline);
	return result;
}

/* A caller that asks to wake none wakes one, as on Linux. */
static u32 wake_limit(u64 value)
{
	return (u32)max((s32)value, 1);
}

s64 sys_futex(u64 address, u64 operation, u64 value, u64 timeout, u64 second, u64 value_3)
{
	bool private = operation & FUTEX_PRIVATE_FLAG;
	u32 expected = (u32)value_3, command = (u32)operation & FUTEX_CMD_MASK;

	if ((operation & FUTEX_CLOCK_REALTIME) && command != FUTEX_WAIT_BITSET)
		return -ENOSYS;
	switch (command) {
	case FUTEX_WAIT:
		return wait(address, operation, (u32)value, timeout, FUTEX_BITSET_MATCH_ANY);
	case FUTEX_WAIT_BITSET:
		return wait(address, operation, (u32)value, timeout, (u32)value_3);
	case FUTEX_WAKE:
		return futex_wake(address, wake_limit(value), FUTEX_BITSET_MATCH_ANY, private);
	case FUTEX_WAKE_BITSET:
		return futex_wake(address, wake_limit(value), (u32)value_3, private);
	case FUTEX_REQUEUE:
	case FUTEX_CMP_REQUEUE:
		if ((s32)value < 0 || (s32)timeout < 0)
			return -EINVAL;
		return futex_requeue(address, second, (u32)value, (u32)timeout,
			command == FUTEX_CMP_REQUEUE ? &expected : NULL, private);
	case FUTEX_WAKE_OP:
		return futex_wake_operation(address, second, wake_limit(value), wake_limit(timeout),
			(u32)value_3, private);
	default:
		return -ENOSYS;
	}
}
