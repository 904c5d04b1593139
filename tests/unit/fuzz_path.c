/*
 * Names and paths, made up by libFuzzer (fuzz.py): the calls of test_path.c (make, link, rename,
 * exchange, remove, chdir, chroot, look up), chosen by the bytes, against the model only. Each walk
 * finds what the model says, and no reference is lost.
 */
#include "tests/unit/test_path.h"
#include "tests/unit/unit.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

#define CALLS_MAX 2000

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static bool started;

	if (!size)
		return 0;
	if (!started)
		test_path_start();
	started = true;
	/* The first byte: do allocations fail? */
	unit_random_from(data + 1, size - 1);
	test_path_run(CALLS_MAX, data[0] & 1);
	unit_random_from(NULL, 0);
	if (unit_has_failed()) {
		fflush(stdout);
		__builtin_trap();
	}
	return 0;
}
