/*
 * Hostile archives, made up by libFuzzer (fuzz.py): the reader comes to an end, names stay below the
 * root, and contents are inside the archive.
 */
#include "lib/cpio.h"
#include "lib/string.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

#define HOLDS(condition) (void)((condition) ? 0 : (__builtin_trap(), 0))

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct cpio cpio;
	struct cpio_entry entry;
	size_t before = 0;

	cpio_open(&cpio, data, size);
	while (cpio_next(&cpio, &entry) == 1) {
		HOLDS(cpio.offset > before && cpio.offset <= size);
		before = cpio.offset;
		HOLDS(entry.name[0] != '/' && strcmp(entry.name, "..") != 0);
		HOLDS(strncmp(entry.name, "../", 3) != 0);
		HOLDS(!entry.size || (entry.data >= data && entry.data <= data + size));
		HOLDS(!entry.size || entry.size <= (size_t)(data + size - entry.data));
	}
	return 0;
}
