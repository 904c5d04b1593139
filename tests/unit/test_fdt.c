/*
 * The device-tree reader (lib/fdt*.h) over trees of the forms that boards use, and over the same
 * trees cut off and corrupted.
 *
 * usage: test_fdt board.dtb small.dtb banks.dtb [other.dtb…]
 */
#include "lib/error.h"
#include "lib/fdt_board.h"
#include "lib/string.h"
#include "tests/unit/unit.h"

enum { BOARD, SMALL, BANKS, TREES_MAX = 64 };

static u32 trees;
static u8 *blob[TREES_MAX];
static size_t blob_size[TREES_MAX];
static struct fdt fdt;

static void open_tree(u32 tree)
{
	CHECK(fdt_total_size(blob[tree]) <= blob_size[tree]);
	if (fdt_open(&fdt, blob[tree], blob_size[tree]) != 0) {
		printf("Bail out! tree %u is refused\n", tree);
		exit(1);
	}
}

static struct fdt_node node_at(const char *path)
{
	struct fdt_node node = fdt_node_by_path(&fdt, path);

	if (!fdt_exists(node))
		printf("# %s: not found\n", path);
	return node;
}

#define CHECK_NODE(node, name) CHECK_STRING(fdt_name(node), name)

static bool check_range(struct fdt_range range, u64 base, u64 size, int line)
{
	return unit_check_equal(range.base, base, __FILE__, line, "base") &&
		unit_check_equal(range.size, size, __FILE__, line, "size");
}

#define CHECK_RANGE(range, base, size) check_range(range, base, size, __LINE__)

static void walking(void)
{
	u32 all = 0, top = 0, count = 0;

	open_tree(BOARD);
	CHECK_NODE(fdt_root(&fdt), "");
	fdt_for_each_child(child, fdt_root(&fdt)) {
		top++;
		CHECK(fdt_same(fdt_parent(child), fdt_root(&fdt)));
	}
	CHECK_EQUAL(top, 6);
	fdt_for_each_node(node, &fdt) {
		all++;
		fdt_for_each_child(child, node) {
			CHECK(fdt_same(fdt_parent(child), node));
			count++;
		}
	}
	CHECK_EQUAL(all, 27);
	CHECK_EQUAL(count, all - 1);

	struct fdt_node none = { 0 };
	struct fdt_property property;

	CHECK(!fdt_exists(fdt_parent(fdt_root(&fdt))) && !fdt_exists(fdt_parent(none)));
	CHECK(!fdt_exists(fdt_next(none)) && !fdt_exists(fdt_first_child(none)));
	CHECK(!fdt_exists(fdt_next_sibling(none)) && !fdt_exists(fdt_next_sibling(fdt_root(&fdt))));
	CHECK(!fdt_property(none, "reg", &property) && !fdt_is_available(none));
	CHECK_STRING(fdt_name(none), "");
}

static void paths(void)
{
	open_tree(BOARD);
	CHECK_NODE(node_at("/soc/serial@10000000"), "serial@10000000");
	CHECK_NODE(node_at("/soc/serial@10010000"), "serial@10010000");
	CHECK_NODE(node_at("/soc/serial"), "serial@10000000");
	CHECK_NODE(node_at("//soc//serial/"), "serial@10000000");
	CHECK_NODE(node_at("serial0"), "serial@10000000");
	CHECK_NODE(node_at("serial1:115200n8"), "serial@10010000");
	CHECK_NODE(node_at("/soc/serial@10010000:9600/x"), "serial@10010000");
	CHECK(fdt_same(node_at("/"), fdt_root(&fdt)));
	CHECK(fdt_same(node_at("/cpus/cpu@1/interrupt-controller"),
		fdt_first_child(node_at("/cpus/cpu@1"))));

	static const char *const wrong[] = { "", "soc", "loop", "relative", "serial2",
		"/soc/serial@1", "/soc/seria", "/so", "/socs", "/soc/serial@10000000x",
		"an-alias-name-that-is-longer-than-any-can-be" };

	for (u32 i = 0; i < ARRAY_SIZE(wrong); i++)
		CHECK(!fdt_exists(fdt_node_by_path(&fdt, wrong[i])));
}

static void properties(void)
{
	struct fdt_property property;
	u32 value;
	u64 number;

	open_tree(BOARD);

	struct fdt_node uart = node_at("serial0");

	CHECK(fdt_property(uart, "reg", &property) && property.length == 32);
	CHECK(fdt_cell(&property, 7, &value) && value == 0x100);
	CHECK(!fdt_cell(&property, 8, &value) && !fdt_cell(&property, UINT32_MAX, &value));
	CHECK(fdt_read_u32(uart, "reg-shift", &value) && value == 2);
	CHECK(!fdt_read_u32(uart, "reg", &value) && !fdt_read_u32(uart, "nothing", &value));
	CHECK(fdt_read_number(uart, "reg-shift", &number) && number == 2);
	CHECK(fdt_read_number(node_at("/chosen"), "linux,initrd-end", &number));
	CHECK_EQUAL(number, 0x46223000);
	CHECK(!fdt_read_number(uart, "reg", &number));
	CHECK_STRING(fdt_read_string(fdt_root(&fdt), "model"), "Board");
	CHECK(!fdt_read_string(fdt_root(&fdt), "mode"));
	CHECK(!fdt_read_string(node_at("/reserved-memory"), "ranges"));
	CHECK(fdt_is_compatible(fdt_root(&fdt), "maker,board"));
	CHECK(fdt_is_compatible(fdt_root(&fdt), "maker,chip"));
	CHECK(!fdt_is_compatible(fdt_root(&fdt), "maker,boar"));
	CHECK(!fdt_is_compatible(node_at("/chosen"), "maker,chip"));

	CHECK(fdt_is_available(uart));
	CHECK(!fdt_is_available(node_at("/soc/serial@10010000")));
	CHECK(!fdt_is_available(node_at("/soc/bridge/device")));
	CHECK(fdt_read_u32(node_at("/soc/interrupt-controller"), "phandle", &value));
	CHECK_NODE(fdt_node_by_phandle(&fdt, value), "interrupt-controller@c000000");
	CHECK(!fdt_exists(fdt_node_by_phandle(&fdt, 0x77777)));
}

static void registers(void)
{
	struct fdt_range range;

	open_tree(BOARD);
	CHECK_EQUAL(fdt_reg(node_at("serial0"), 0, &range), 0);
	CHECK_RANGE(range, 0x10000000, 0x10000);
	CHECK_EQUAL(fdt_reg(node_at("serial0"), 1, &range), 0);
	CHECK_RANGE(range, 0x10020000, 0x100);
	CHECK_EQUAL(fdt_reg(node_at("serial0"), 2, &range), -ENOENT);
	CHECK_EQUAL(fdt_reg(node_at("serial0"), UINT32_MAX, &range), -ENOENT);
	CHECK_EQUAL(fdt_reg(node_at("/soc"), 0, &range), -ENOENT);
	CHECK_EQUAL(fdt_reg(node_at("/soc/bridge/device"), 0, &range), 0);
	CHECK_RANGE(range, 0x20000010, 0x20);

	open_tree(SMALL);
	CHECK_EQUAL(fdt_reg(node_at("/bus/serial"), 0, &range), 0);
	CHECK_RANGE(range, 0x2500500, 0x400);
	CHECK_EQUAL(fdt_reg(node_at("/bus/interrupt-controller"), 0, &range), 0);
	CHECK_RANGE(range, 0x10000000, 0x8000);
	CHECK_EQUAL(fdt_reg(node_at("/bus/nested/device"), 0, &range), 0);
	CHECK_RANGE(range, 0x10002010, 0x20);
	CHECK_EQUAL(fdt_reg(node_at("/bus/straddles"), 0, &range), -EINVAL);
	CHECK_EQUAL(fdt_reg(node_at("/bus/outside"), 0, &range), -EINVAL);
	CHECK_EQUAL(fdt_reg(node_at("/bus/wide/device"), 0, &range), -ENOENT);
	CHECK_EQUAL(fdt_reg(node_at("/no-ranges/device"), 0, &range), -EINVAL);
	CHECK_EQUAL(fdt_reg_raw(node_at("/no-ranges/device"), 0, &range), 0);
	CHECK_RANGE(range, 0, 0x10);
}

static void interrupts(void)
{
	struct fdt_interrupt interrupt;

	open_tree(BOARD);
	CHECK_EQUAL(fdt_interrupt(node_at("serial0"), 1, &interrupt), 0);
	CHECK_NODE(interrupt.controller, "interrupt-controller@c000000");
	CHECK(interrupt.cells == 1 && interrupt.cell[0] == 33);
	CHECK_EQUAL(fdt_interrupt(node_at("serial0"), 2, &interrupt), -ENOENT);
	CHECK_EQUAL(fdt_interrupt(node_at("/chosen"), 0, &interrupt), -ENOENT);

	struct fdt_node plic = node_at("/soc/interrupt-controller");

	CHECK_EQUAL(fdt_interrupt(plic, 2, &interrupt), 0);
	CHECK(fdt_same(fdt_parent(interrupt.controller), node_at("/cpus/cpu@1")));
	CHECK(interrupt.cells == 1 && interrupt.cell[0] == 9);
	CHECK_EQUAL(fdt_interrupt(plic, 3, &interrupt), -ENOENT);

	open_tree(SMALL);
	CHECK_EQUAL(fdt_interrupt(node_at("/bus/serial"), 0, &interrupt), 0);
	CHECK(interrupt.cells == 2 && interrupt.cell[0] == 18 && interrupt.cell[1] == 4);
	CHECK_EQUAL(fdt_interrupt(node_at("/bus/serial"), 1, &interrupt), -EINVAL);
	CHECK_EQUAL(fdt_interrupt(node_at("/bus/nested/device"), 0, &interrupt), 0);
	CHECK(interrupt.cell[0] == 20 && interrupt.cell[1] == 1);
	CHECK_NODE(interrupt.controller, "interrupt-controller@4000");
	CHECK_EQUAL(fdt_interrupt(node_at("/bus/interrupt-controller"), 0, &interrupt), 0);
	CHECK_EQUAL(interrupt.cell[0], 0xffffffff);
	CHECK_EQUAL(fdt_interrupt(node_at("/bus/outside"), 0, &interrupt), -EINVAL);
}

static void memory(void)
{
	struct fdt_reserved reserved;
	struct fdt_range range;

	open_tree(BOARD);
	CHECK(fdt_memory(&fdt, 0, &range) && CHECK_RANGE(range, 0x40000000, GIB(4)));
	CHECK(!fdt_memory(&fdt, 1, &range));

	static const struct fdt_reserved wanted[] = {
		{ { 0x46100000, 0x123000 }, true },
		{ { 0x40000000, 0x1000 }, true },
		{ { 0x40000000, 0x80000 }, false },
		{ { 0xc0000000, 0x1000 }, false },
	};

	for (u32 i = 0; i < ARRAY_SIZE(wanted); i++) {
		CHECK(fdt_reserved(&fdt, i, &reserved));
		CHECK_RANGE(reserved.range, wanted[i].range.base, wanted[i].range.size);
		CHECK_EQUAL(reserved.by_loader, wanted[i].by_loader);
	}
	CHECK(!fdt_reserved(&fdt, ARRAY_SIZE(wanted), &reserved));

	open_tree(SMALL);
	CHECK(!fdt_memory(&fdt, 0, &range) && !fdt_reserved(&fdt, 0, &reserved));

	open_tree(BANKS);
	CHECK(fdt_memory(&fdt, 0, &range) && CHECK_RANGE(range, 0x80000000, GIB(1)));
	CHECK(fdt_memory(&fdt, 1, &range) && CHECK_RANGE(range, 0x1040000000, GIB(1)));
	CHECK(fdt_memory(&fdt, 2, &range) && CHECK_RANGE(range, 0, MIB(256)));
	CHECK(fdt_memory(&fdt, 3, &range) && CHECK_RANGE(range, 0xfffffffffffff000, 0x1000));
	CHECK(!fdt_memory(&fdt, 4, &range));
}

static void chosen(void)
{
	struct fdt_range range;
	const char *options;

	open_tree(BOARD);
	CHECK_STRING(fdt_boot_arguments(&fdt), "console=ttyS0 quiet");
	CHECK(fdt_initrd(&fdt, &range) && CHECK_RANGE(range, 0x46100000, 0x123000));
	CHECK_NODE(fdt_stdout(&fdt, &options), "serial@10000000");
	CHECK_STRING(options, "115200n8");

	open_tree(SMALL);
	CHECK_STRING(fdt_boot_arguments(&fdt), ""); /* it has no end */
	CHECK(fdt_initrd(&fdt, &range) && CHECK_RANGE(range, 0x42000000, 0x345678));
	CHECK_NODE(fdt_stdout(&fdt, &options), "serial@500");
	CHECK_STRING(options, "9600");

	open_tree(BANKS);
	CHECK_STRING(fdt_boot_arguments(&fdt), "");
	CHECK(!fdt_initrd(&fdt, &range) && !fdt_exists(fdt_stdout(&fdt, NULL)));
}

static void harts(void)
{
	static const bool usable[] = { false, true, false, false, false, false, true };
	static const u64 ids[] = { 0, 1, 2, 3, 4, 5, 1UL << 63 };
	struct fdt_hart hart;

	open_tree(BOARD);
	CHECK_EQUAL(fdt_timebase_frequency(&fdt), 4000000);
	for (u32 i = 0; i < ARRAY_SIZE(usable); i++)
		CHECK(fdt_hart(&fdt, i, &hart) && hart.id == ids[i] && hart.usable == usable[i]);
	CHECK(!fdt_hart(&fdt, ARRAY_SIZE(usable), &hart));
	CHECK(!fdt_hart_from_node(node_at("/cpus/cpu-map"), &hart));

	CHECK(fdt_hart(&fdt, 1, &hart));
	CHECK(fdt_hart_has_extension(&hart, "i") && fdt_hart_has_extension(&hart, "d"));
	CHECK(fdt_hart_has_extension(&hart, "sstc") && fdt_hart_has_extension(&hart, "zbb"));
	CHECK(!fdt_hart_has_extension(&hart, "v") && !fdt_hart_has_extension(&hart, "s"));
	CHECK(!fdt_hart_has_extension(&hart, "z") && !fdt_hart_has_extension(&hart, "zb"));
	CHECK(!fdt_hart_has_extension(&hart, "sst") && !fdt_hart_has_extension(&hart, "sstcx"));
	CHECK(fdt_hart(&fdt, 2, &hart));
	CHECK(fdt_hart_has_extension(&hart, "f") && fdt_hart_has_extension(&hart, "c"));
	CHECK(!fdt_hart_has_extension(&hart, "v"));
	CHECK(fdt_hart(&fdt, 3, &hart));
	CHECK(fdt_hart_has_extension(&hart, "svadu") && fdt_hart_has_extension(&hart, "c"));
	CHECK(!fdt_hart_has_extension(&hart, "sstc") && !fdt_hart_has_extension(&hart, "u"));

	open_tree(SMALL);
	CHECK_EQUAL(fdt_timebase_frequency(&fdt), 24000000);
	CHECK(fdt_hart(&fdt, 0, &hart) && hart.usable);
	CHECK(fdt_hart_has_extension(&hart, "sstc") && fdt_hart_has_extension(&hart, "c"));
	CHECK(!fdt_hart_has_extension(&hart, "never") && !fdt_hart_has_extension(&hart, "d"));

	open_tree(BANKS);
	CHECK(!fdt_hart(&fdt, 0, &hart));
	CHECK_EQUAL(fdt_timebase_frequency(&fdt), 0);
}

/* Asks all questions that the reader answers; the sanitizers see what goes wrong. */
static void read_everything(void)
{
	struct fdt_reserved reserved;
	struct fdt_interrupt interrupt;
	struct fdt_range range;
	struct fdt_hart hart;

	fdt_for_each_node(node, &fdt) {
		fdt_is_available(node);
		fdt_is_compatible(node, "riscv");
		for (u32 i = 0; fdt_reg(node, i, &range) == 0; i++)
			;
		for (u32 i = 0; i < 4 && fdt_interrupt(node, i, &interrupt) == 0; i++)
			;
	}
	for (u32 i = 0; fdt_memory(&fdt, i, &range); i++)
		;
	for (u32 i = 0; fdt_reserved(&fdt, i, &reserved); i++)
		;
	for (u32 i = 0; fdt_hart(&fdt, i, &hart); i++)
		fdt_hart_has_extension(&hart, "sstc");
	fdt_stdout(&fdt, NULL);
	fdt_initrd(&fdt, &range);
	fdt_timebase_frequency(&fdt);
}

static void cut_off(void)
{
	for (u32 tree = 0; tree <= BANKS; tree++) {
		for (size_t size = 0; size < blob_size[tree]; size++) {
			u8 *copy = unit_copy(blob[tree], size);

			CHECK_EQUAL(fdt_open(&fdt, copy, size), -EINVAL);
			if (size >= FDT_HEADER_SIZE) {
				/* The header fits the bytes that are left; the blocks do not. */
				copy[4] = copy[5] = 0;
				copy[6] = (u8)(size >> 8);
				copy[7] = (u8)size;
				if (fdt_open(&fdt, copy, size) == 0)
					read_everything();
			}
			free(copy);
		}
	}
}

/* Bytes and words change at random: refused or not, no read is outside and every walk ends. */
static void corrupted(void)
{
	static const u32 words[] = { 0, 1, 2, 3, 4, 9, 0x7fffffff, 0x80000000, 0xfffffffc,
		0xffffffff };
	u32 accepted = 0;

	for (u32 round = 0; round < 6000; round++) {
		u32 tree = round % 3;
		u8 *copy = unit_copy(blob[tree], blob_size[tree]);

		for (u64 changes = 1 + unit_random_below(6); changes > 0; changes--) {
			size_t at = unit_random_below(blob_size[tree] / 4) * 4;
			u32 word = words[unit_random_below(ARRAY_SIZE(words))];

			if (unit_random_below(8) == 0)
				at = unit_random_below(10) * 4; /* in the header */
			if (unit_random_below(2))
				copy[at + unit_random_below(4)] = (u8)unit_random();
			else
				for (u32 i = 0; i < 4; i++)
					copy[at + i] = (u8)(word >> (24 - 8 * i));
		}
		if (fdt_open(&fdt, copy, blob_size[tree]) == 0) {
			accepted++;
			read_everything();
		}
		free(copy);
	}
	printf("# %u of 6000 corrupted trees pass for sound\n", accepted);
	CHECK(accepted > 100 && accepted < 5900);
}

/* Structure blocks made by hand, as no compiler writes them. */
static void hostile_structures(void)
{
	static const struct {
		const char *what;
		u32 words[8];
		int error;
	} blocks[] = {
		{ "a lone root", { 1, 0, 2, 9 }, 0 },
		{ "no-operations between all", { 4, 1, 0, 4, 2, 4, 9 }, 0 },
		{ "nothing", { 9 }, -EINVAL },
		{ "two roots", { 1, 0, 2, 1, 0, 2, 9 }, -EINVAL },
		{ "an end too many", { 1, 0, 2, 2, 9 }, -EINVAL },
		{ "an end too few", { 1, 0, 9 }, -EINVAL },
		{ "a property outside", { 3, 0, 0, 1, 0, 2, 9 }, -EINVAL },
		{ "a property longer than the block", { 1, 0, 3, 0x100, 0, 2, 9 }, -EINVAL },
		{ "a property whose length wraps", { 1, 0, 3, 0xfffffff8, 0, 2, 9 }, -EINVAL },
		{ "a property without a name", { 1, 0, 3, 0, 0x100, 2, 9 }, -EINVAL },
		{ "an unknown token", { 1, 0, 7, 2, 9 }, -EINVAL },
		{ "a name without an end",
			{ 1, 0x61616161, 0x61616161, 0x61616161, 0x61616161, 0x61616161, 0x61616161,
				0x61616161 },
			-EINVAL },
		{ "no end", { 1, 0, 4, 4, 4, 4, 4, 2 }, -EINVAL },
	};
	enum { STRUCTURE = 56, STRINGS = STRUCTURE + 32, TOTAL = STRINGS + 4 };

	for (u32 i = 0; i < ARRAY_SIZE(blocks); i++) {
		u32 header[] = { 0xd00dfeed, TOTAL, STRUCTURE, STRINGS, 40, 17, 16, 0, 4, 32 };
		u8 bytes[TOTAL] = { 0 };

		for (u32 word = 0; word < ARRAY_SIZE(header); word++)
			for (u32 byte = 0; byte < 4; byte++)
				bytes[word * 4 + byte] = (u8)(header[word] >> (24 - 8 * byte));
		for (u32 word = 0; word < 8; word++)
			for (u32 byte = 0; byte < 4; byte++)
				bytes[STRUCTURE + word * 4 + byte] =
					(u8)(blocks[i].words[word] >> (24 - 8 * byte));

		u8 *copy = unit_copy(bytes, TOTAL);

		if (!CHECK_EQUAL(fdt_open(&fdt, copy, TOTAL), blocks[i].error))
			printf("# %s\n", blocks[i].what);
		else if (blocks[i].error == 0)
			read_everything();
		free(copy);
	}
}

/* Real trees: each must say where its console, its harts and their clock are. */
static void whole_machines(void)
{
	for (u32 tree = BANKS + 1; tree < trees; tree++) {
		struct fdt_interrupt interrupt;
		struct fdt_range range;
		struct fdt_hart hart;

		open_tree(tree);
		read_everything();

		struct fdt_node uart = fdt_stdout(&fdt, NULL);

		CHECK(fdt_exists(uart) && fdt_is_available(uart));
		CHECK_EQUAL(fdt_reg(uart, 0, &range), 0);
		CHECK(range.base != 0 && range.size != 0);
		CHECK_EQUAL(fdt_interrupt(uart, 0, &interrupt), 0);
		CHECK(fdt_has_property(interrupt.controller, "interrupts-extended"));
		CHECK(fdt_timebase_frequency(&fdt) >= 1000000);
		CHECK(fdt_hart(&fdt, 0, &hart));
	}
}

int main(int argc, char **argv)
{
	static const struct unit_case cases[] = {
		{ "walking", walking },
		{ "paths and aliases", paths },
		{ "properties", properties },
		{ "registers, translated", registers },
		{ "interrupts, inherited and extended", interrupts },
		{ "memory and reservations", memory },
		{ "what the boot loader chose", chosen },
		{ "harts and their extensions", harts },
		{ "cut off at every length", cut_off },
		{ "corrupted at random", corrupted },
		{ "structures that no compiler writes", hostile_structures },
		{ "whole machines", whole_machines },
	};

	for (trees = 0; trees + 1 < (u32)argc && trees < TREES_MAX; trees++)
		blob[trees] = unit_read_file(argv[trees + 1], &blob_size[trees]);
	if (trees <= BANKS) {
		printf("Bail out! usage: test_fdt board.dtb small.dtb banks.dtb [other.dtb...]\n");
		return 1;
	}
	return UNIT_RUN(cases);
}
