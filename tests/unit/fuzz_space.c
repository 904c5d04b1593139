/*
 * What processes do to their memory, made up by libFuzzer (fuzz.py): the operations of test_space.c
 * (map, unmap, protect, move, discard, fork, end, load, store, copy), chosen by the bytes. Each
 * reads what the model says, the ledger agrees, and nothing is lost.
 */
#include "tests/unit/machine.h"
#include "tests/unit/test_space.h"
#include "tests/unit/unit.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

#define OPERATIONS_MAX 4000

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static bool started;

	if (!size)
		return 0;
	if (!started)
		machine_start();
	started = true;
	/* The first byte: do allocations fail? */
	unit_random_from(data + 1, size - 1);
	test_space_run(OPERATIONS_MAX, data[0] & 1);
	unit_random_from(NULL, 0);
	if (unit_has_failed()) {
		fflush(stdout);
		__builtin_trap();
	}
	return 0;
}
