/*
 * The device-tree reader (lib/fdt_board.h) over the trees of real boards: does it find what the
 * manuals of these chips say?
 *
 * usage: test_boards board.dtb…
 */
#include "lib/fdt_board.h"
#include "tests/unit/unit.h"

#define EXTERNAL_INTERRUPT 9 /* its number in a hart, in S mode */

#define NO_MEMORY UINT64_MAX /* the boot loader has to say where memory is */

static const struct board {
	const char *compatible;
	u64 memory; /* where it begins */
	u32 harts;  /* with an MMU */
	u64 timebase;
	u64 uart;
	u32 interrupt;
	u32 shift; /* reg-shift of the UART */
	/* The PLIC's context for S mode of hart h is the factor times h, plus the first. */
	u32 context_factor, context_first;
} boards[] = {
	{ "starfive,jh7110", 0x40000000, 4, 4000000, 0x10000000, 32, 2, 2, 0 },
	{ "starfive,jh7100", 0x80000000, 2, 6250000, 0x12440000, 73, 2, 2, 1 },
	{ "sifive,fu740", 0x80000000, 4, 1000000, 0x10010000, 39, 0, 2, 0 },
	{ "sifive,fu540", 0x80000000, 4, 1000000, 0x10010000, 4, 0, 2, 0 },
	{ "microchip,mpfs-icicle-kit", 0x80000000, 4, 1000000, 0x20100000, 91, 2, 2, 0 },
	{ "thead,th1520", 0x0, 4, 3000000, 0xffe7014000, 36, 2, 2, 1 },
	{ "allwinner,sun20i-d1", NO_MEMORY, 1, 24000000, 0x2500000, 18, 2, 2, 1 },
	{ "sophgo,sg2042", NO_MEMORY, 64, 50000000, 0x7040000000, 112, 2, 2, 1 },
	{ "sophgo,cv1800b", 0x80000000, 1, 25000000, 0x4140000, 44, 2, 2, 1 },
};

static char **paths;
static u32 trees;

static u32 usable_harts(const struct fdt *fdt)
{
	struct fdt_hart hart;
	u32 count = 0;

	for (u32 i = 0; fdt_hart(fdt, i, &hart); i++)
		count += hart.usable;
	return count;
}

static void check_contexts(const struct fdt *fdt, struct fdt_node plic, const struct board *board)
{
	struct fdt_hart hart;

	for (u32 i = 0; fdt_hart(fdt, i, &hart); i++) {
		u32 context = 0;

		if (!hart.usable)
			continue;
		CHECK(fdt_hart_context(plic, hart.id, EXTERNAL_INTERRUPT, &context));
		CHECK_EQUAL(context, board->context_factor * (u32)hart.id + board->context_first);
	}
}

static void check_board(const struct fdt *fdt, const struct board *board)
{
	struct fdt_node uart = fdt_stdout(fdt, NULL);
	struct fdt_interrupt interrupt;
	struct fdt_range range;
	u32 shift = 0;

	CHECK_EQUAL(fdt_memory(fdt, 0, &range), board->memory != NO_MEMORY);
	if (board->memory != NO_MEMORY)
		CHECK_EQUAL(range.base, board->memory);
	CHECK_EQUAL(usable_harts(fdt), board->harts);
	CHECK_EQUAL(fdt_timebase_frequency(fdt), board->timebase);
	CHECK(fdt_is_available(uart));
	CHECK_EQUAL(fdt_reg(uart, 0, &range), 0);
	CHECK_EQUAL(range.base, board->uart);
	CHECK_EQUAL(fdt_interrupt(uart, 0, &interrupt), 0);
	CHECK_EQUAL(interrupt.cell[0], board->interrupt);
	CHECK(fdt_has_property(interrupt.controller, "interrupts-extended"));
	check_contexts(fdt, interrupt.controller, board);
	fdt_read_u32(uart, "reg-shift", &shift);
	CHECK_EQUAL(shift, board->shift);
}

/* Every tree is sound, and agrees with the table if its chip is in it. */
static void all_boards(void)
{
	u32 known = 0;

	for (u32 i = 0; i < trees; i++) {
		struct fdt fdt;
		size_t size;
		u8 *blob = unit_read_file(paths[i], &size);

		printf("# %s\n", paths[i]);
		CHECK_EQUAL(fdt_open(&fdt, blob, size), 0);
		for (u32 board = 0; board < ARRAY_SIZE(boards); board++) {
			if (!fdt_is_compatible(fdt_root(&fdt), boards[board].compatible))
				continue;
			check_board(&fdt, &boards[board]);
			known++;
		}
		free(blob);
	}
	CHECK(known > 0);
}

int main(int argc, char **argv)
{
	static const struct unit_case cases[] = {
		{ "what the trees of real boards say", all_boards },
	};

	paths = argv + 1;
	trees = argc - 1;
	return UNIT_RUN(cases);
}
