/*
 * Hostile device trees, made up by libFuzzer (fuzz.py): whatever the bytes are, the reader stays
 * inside them and comes to an end, and so does every walk over a tree that it accepted.
 */
#include "lib/error.h"
#include "lib/fdt_board.h"
#include "lib/string.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

/* A list longer than this does not end. */
#define LIST_MAX (1u << 20)

#define CHECK_ENDS(index) (void)((index) < LIST_MAX ? 0 : (__builtin_trap(), 0))

static void read_board(const struct fdt *fdt)
{
	struct fdt_range range;
	struct fdt_reserved reserved;
	struct fdt_hart hart;
	const char *options;

	for (u32 i = 0; fdt_memory(fdt, i, &range); i++)
		CHECK_ENDS(i);
	for (u32 i = 0; i < 64 && fdt_reserved(fdt, i, &reserved); i++)
		CHECK_ENDS(i);
	for (u32 i = 0; fdt_hart(fdt, i, &hart); i++) {
		CHECK_ENDS(i);
		fdt_hart_has_extension(&hart, "sstc");
		fdt_hart_has_extension(&hart, "c");
	}
	(void)strlen(fdt_boot_arguments(fdt));
	fdt_initrd(fdt, &range);
	fdt_timebase_frequency(fdt);
	if (fdt_exists(fdt_stdout(fdt, &options)))
		(void)strlen(options);
}

static void read_node(struct fdt_node node)
{
	struct fdt_range range;
	struct fdt_interrupt interrupt;

	(void)strlen(fdt_name(node));
	fdt_is_available(node);
	fdt_is_compatible(node, "ns16550a");
	for (u32 i = 0; i < 4; i++) {
		(void)!fdt_reg(node, i, &range);
		(void)!fdt_interrupt(node, i, &interrupt);
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fdt fdt;

	if (size < FDT_HEADER_SIZE || fdt_open(&fdt, data, size) != 0)
		return 0;
	read_board(&fdt);
	u32 nodes = 0;

	fdt_for_each_node(node, &fdt) {
		CHECK_ENDS(nodes++);
		read_node(node);
	}
	return 0;
}
