/*
 * Device trees: memory, reservations, /chosen and the harts, in every form that boards have
 * them. No state, no locks; called at boot.
 */
#include "lib/fdt_board.h"

#include "lib/error.h"
#include "lib/string.h"

/*
 * The entry *index of a node's `reg`. Entries that are empty or make no sense do not count. If the
 * list is too short, *index becomes the index in the lists of the nodes that follow.
 */
static bool counted_reg(struct fdt_node node, u32 *index, struct fdt_range *range)
{
	for (u32 entry = 0;; entry++) {
		int error = fdt_reg_raw(node, entry, range);

		if (error == -ENOENT)
			return false;
		if (error != 0 || range->size == 0)
			continue;
		if ((*index)-- == 0)
			return true;
	}
}

static bool is_memory(struct fdt_node node)
{
	const char *type = fdt_read_string(node, "device_type");

	return type && strcmp(type, "memory") == 0 && fdt_is_available(node);
}

bool fdt_memory(const struct fdt *fdt, u32 index, struct fdt_range *range)
{
	fdt_for_each_child(node, fdt_root(fdt))
		if (is_memory(node) && counted_reg(node, &index, range))
			return true;
	return false;
}

bool fdt_reserved(const struct fdt *fdt, u32 index, struct fdt_reserved *reserved)
{
	struct fdt_range *range = &reserved->range;

	reserved->by_loader = true;
	for (u32 entry = 0; fdt_reservation(fdt, entry, range); entry++)
		if (range->size != 0 && index-- == 0)
			return true;

	reserved->by_loader = false;
	fdt_for_each_child(node, fdt_node_by_path(fdt, "/reserved-memory"))
		if (fdt_is_available(node) && counted_reg(node, &index, range))
			return true;
	return false;
}

static struct fdt_node chosen(const struct fdt *fdt)
{
	return fdt_node_by_path(fdt, "/chosen");
}

const char *fdt_boot_arguments(const struct fdt *fdt)
{
	const char *arguments = fdt_read_string(chosen(fdt), "bootargs");

	return arguments ? arguments : "";
}

bool fdt_initrd(const struct fdt *fdt, struct fdt_range *range)
{
	u64 end;

	if (!fdt_read_number(chosen(fdt), "linux,initrd-start", &range->base) ||
		!fdt_read_number(chosen(fdt), "linux,initrd-end", &end) || end <= range->base)
		return false;
	range->size = end - range->base;
	return true;
}

struct fdt_node fdt_stdout(const struct fdt *fdt, const char **options)
{
	const char *path = fdt_read_string(chosen(fdt), "stdout-path");

	if (!path)
		path = fdt_read_string(chosen(fdt), "linux,stdout-path");
	if (!path)
		path = "";
	if (options) {
		const char *colon = strchr(path, ':');

		*options = colon ? colon + 1 : "";
	}
	return fdt_node_by_path(fdt, path);
}

static struct fdt_node cpus(const struct fdt *fdt)
{
	return fdt_node_by_path(fdt, "/cpus");
}

bool fdt_hart_from_node(struct fdt_node node, struct fdt_hart *hart)
{
	const char *type = fdt_read_string(node, "device_type");
	const char *mmu = fdt_read_string(node, "mmu-type");

	if (!type || strcmp(type, "cpu") != 0 || !fdt_read_number(node, "reg", &hart->id))
		return false;
	hart->node = node;
	hart->usable = mmu && strcmp(mmu, "riscv,none") != 0 && fdt_is_available(node) &&
		fdt_hart_has_extension(hart, "a");
	return true;
}

bool fdt_hart(const struct fdt *fdt, u32 index, struct fdt_hart *hart)
{
	fdt_for_each_child(node, cpus(fdt))
		if (fdt_hart_from_node(node, hart) && index-- == 0)
			return true;
	return false;
}

static char lower_case(char character)
{
	return character >= 'A' && character <= 'Z' ? (char)(character - 'A' + 'a') : character;
}

static bool is_digit(char character)
{
	return character >= '0' && character <= '9';
}

/* Whether `isa` goes on with this name and, perhaps, a version such as 2p0. */
static bool begins_with_extension(const char *isa, const char *extension, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (lower_case(isa[i]) != extension[i])
			return false;
	return isa[length] == '\0' || isa[length] == '_' || is_digit(isa[length]);
}

/*
 * Whether an ISA string of 64 bits has the extension: "rv64imafdc_zicsr_sstc". Single letters stand
 * together up to the first underscore, or up to a letter that begins a longer name.
 */
static bool isa_string_has(const char *isa, const char *extension)
{
	size_t length = strlen(extension);

	if (lower_case(isa[0]) != 'r' || lower_case(isa[1]) != 'v' || isa[2] != '6' ||
		isa[3] != '4')
		return false;
	for (isa += strlen("rv64"); *isa && *isa != '_'; isa++) {
		char letter = lower_case(*isa);
		bool general = letter == 'g' && strchr("imafd", extension[0]);

		if (strchr("szx", letter))
			break;
		if (length == 1 && (letter == extension[0] || general))
			return true;
	}
	while (*isa) {
		if (*isa == '_')
			isa++;
		if (length > 1 && begins_with_extension(isa, extension, length))
			return true;
		while (*isa && *isa != '_')
			isa++;
	}
	return false;
}

bool fdt_hart_has_extension(const struct fdt_hart *hart, const char *extension)
{
	if (fdt_has_property(hart->node, "riscv,isa-extensions"))
		return fdt_list_has(hart->node, "riscv,isa-extensions", extension);

	const char *isa = fdt_read_string(hart->node, "riscv,isa");

	return isa && isa_string_has(isa, extension);
}

/* The phandle of the interrupt controller inside a hart; false if it has none. */
static bool hart_controller(const struct fdt *fdt, u64 hart_id, u32 *phandle)
{
	struct fdt_hart hart;

	for (u32 i = 0; fdt_hart(fdt, i, &hart); i++) {
		if (hart.id != hart_id)
			continue;
		fdt_for_each_child(child, hart.node)
			if (fdt_has_property(child, "interrupt-controller"))
				return fdt_read_u32(child, "phandle", phandle);
	}
	return false;
}

bool fdt_hart_context(struct fdt_node controller, u64 hart_id, u32 number, u32 *context)
{
	struct fdt_property list;
	u32 wanted, phandle, cell;

	if (!fdt_property(controller, "interrupts-extended", &list) ||
		!hart_controller(controller.fdt, hart_id, &wanted))
		return false;
	/* Pairs of cells: a hart's controller takes one, and no others are in this list. */
	for (u32 i = 0; fdt_cell(&list, 2 * i, &phandle) && fdt_cell(&list, 2 * i + 1, &cell);
		i++) {
		if (phandle == wanted && cell == number) {
			*context = i;
			return true;
		}
	}
	return false;
}

u64 fdt_timebase_frequency(const struct fdt *fdt)
{
	u64 frequency;

	if (fdt_read_number(cpus(fdt), "timebase-frequency", &frequency))
		return frequency;
	fdt_for_each_child(node, cpus(fdt))
		if (fdt_read_number(node, "timebase-frequency", &frequency))
			return frequency;
	return 0;
}
