/*
 * Device trees: a node's addresses on its bus and on the CPU's, and which interrupts it raises.
 * A property's meaning depends on the nodes above: the parent says how many cells an address
 * has, `ranges` of every bus on the way up translates it, and `interrupt-parent` is inherited.
 * No state, no locks; called at boot and when drivers probe.
 */
#include "lib/error.h"
#include "lib/fdt.h"

/* The specification's defaults. */
#define ADDRESS_CELLS_DEFAULT 2
#define SIZE_CELLS_DEFAULT    1
/* More cells do not fit in 64 bits; so PCI addresses, which have three, are refused. */
#define NUMBER_CELLS_MAX 2

struct bus_cells {
	u32 address, size;
};

static int bus_cells(struct fdt_node bus, struct bus_cells *cells)
{
	cells->address = ADDRESS_CELLS_DEFAULT;
	cells->size = SIZE_CELLS_DEFAULT;
	fdt_read_u32(bus, "#address-cells", &cells->address);
	fdt_read_u32(bus, "#size-cells", &cells->size);
	if (!fdt_exists(bus) || cells->address == 0 || cells->address > NUMBER_CELLS_MAX ||
		cells->size > NUMBER_CELLS_MAX)
		return -EINVAL;
	return 0;
}

/* Makes one number of `count` cells from *index on, and moves *index past them. */
static bool take_number(const struct fdt_property *property, u32 *index, u32 count, u64 *number)
{
	u32 cell;

	for (*number = 0; count > 0; count--) {
		if (!fdt_cell(property, (*index)++, &cell))
			return false;
		*number = *number << 32 | cell;
	}
	return true;
}

/* Whether the range has an end that does not wrap. */
static bool range_is_sound(const struct fdt_range *range)
{
	return range->size == 0 || range->base <= ~0UL - (range->size - 1);
}

int fdt_reg_raw(struct fdt_node node, u32 index, struct fdt_range *range)
{
	struct fdt_property reg;
	struct bus_cells cells;

	if (!fdt_property(node, "reg", &reg))
		return -ENOENT;
	/* A list that cannot be divided into entries has none. */
	if (bus_cells(fdt_parent(node), &cells) != 0)
		return -ENOENT;

	u32 entry_cells = cells.address + cells.size;

	if (index >= reg.length / sizeof(u32) / entry_cells)
		return -ENOENT;

	u32 at = index * entry_cells;

	if (!take_number(&reg, &at, cells.address, &range->base) ||
		!take_number(&reg, &at, cells.size, &range->size) || !range_is_sound(range))
		return -EINVAL;
	return 0;
}

/* Turns a range of addresses on `bus` into one of the bus above it. */
static int translate_up(struct fdt_node bus, struct fdt_node above, struct fdt_range *range)
{
	struct fdt_property ranges;
	struct bus_cells child, parent;
	u64 child_base, parent_base, size;

	if (!fdt_property(bus, "ranges", &ranges))
		return -EINVAL;
	if (ranges.length == 0)
		return 0;
	if (bus_cells(bus, &child) != 0 || bus_cells(above, &parent) != 0)
		return -EINVAL;

	for (u32 at = 0; take_number(&ranges, &at, child.address, &child_base) &&
		take_number(&ranges, &at, parent.address, &parent_base) &&
		take_number(&ranges, &at, child.size, &size);) {
		u64 offset = range->base - child_base;

		if (range->base < child_base || offset >= size || range->size > size - offset)
			continue;
		range->base = parent_base + offset;
		return range->base >= parent_base && range_is_sound(range) ? 0 : -EINVAL;
	}
	return -EINVAL;
}

int fdt_reg(struct fdt_node node, u32 index, struct fdt_range *range)
{
	int error = fdt_reg_raw(node, index, range);
	struct fdt_node bus = fdt_parent(node);

	for (struct fdt_node above = fdt_parent(bus); error == 0 && fdt_exists(above);
		above = fdt_parent(above)) {
		error = translate_up(bus, above, range);
		bus = above;
	}
	return error;
}

/* The controller whose interrupts a node's `interrupts` lists. */
static struct fdt_node interrupt_parent(struct fdt_node node)
{
	struct fdt_node parent = node;
	u32 value;

	for (; fdt_exists(node); node = fdt_parent(node)) {
		if (fdt_read_u32(node, "interrupt-parent", &value))
			parent = fdt_node_by_phandle(node.fdt, value);
		else
			parent = fdt_parent(node);
		if (fdt_has_property(parent, "#interrupt-cells"))
			break;
	}
	return parent;
}

/* Takes one interrupt of the controller from *at on. */
static int take_interrupt(const struct fdt_property *property, u32 *at,
	struct fdt_interrupt *interrupt)
{
	if (!fdt_read_u32(interrupt->controller, "#interrupt-cells", &interrupt->cells) ||
		interrupt->cells == 0 || interrupt->cells > FDT_INTERRUPT_CELLS_MAX)
		return -EINVAL;
	for (u32 i = 0; i < interrupt->cells; i++)
		if (!fdt_cell(property, (*at)++, &interrupt->cell[i]))
			return -EINVAL;
	return 0;
}

int fdt_interrupt(struct fdt_node node, u32 index, struct fdt_interrupt *interrupt)
{
	struct fdt_property property;
	u32 at = 0, phandle;
	bool extended = fdt_property(node, "interrupts-extended", &property);

	if (!extended) {
		if (!fdt_property(node, "interrupts", &property))
			return -ENOENT;
		interrupt->controller = interrupt_parent(node);
	}
	do {
		if (at >= property.length / sizeof(u32))
			return -ENOENT;
		if (extended) {
			fdt_cell(&property, at++, &phandle);
			interrupt->controller = fdt_node_by_phandle(node.fdt, phandle);
		}

		int error = take_interrupt(&property, &at, interrupt);

		if (error)
			return error;
	} while (index-- > 0);
	return 0;
}
