/*
 * Flattened device trees, as the firmware hands one over: read in place, never changed, nothing
 * allocated. fdt_open() checks the whole blob once (every offset, length, name and the nesting),
 * so that no later function can read outside of it, whoever wrote it. All functions may be called
 * from anywhere, with no lock. lib/fdt_board.h has the facts about a machine that a tree contains.
 */
#pragma once

#include "lib/types.h"

/* Deeper trees are refused; real ones have less than ten levels. */
#define FDT_DEPTH_MAX           32
#define FDT_INTERRUPT_CELLS_MAX 4
/* What a caller may read before it knows how large the blob is. */
#define FDT_HEADER_SIZE 40
/* Larger blobs are refused; real ones are below 256 KiB. */
#define FDT_SIZE_MAX MIB(16)

struct fdt {
	const u8 *blob;
	u32 structure, structure_size;
	u32 strings, strings_size;
	u32 reservations;
};

/* A node by value. "No node" has fdt == NULL: all functions accept it, and find nothing there. */
struct fdt_node {
	const struct fdt *fdt;
	u32 offset; /* of its begin token in the structure block */
};

struct fdt_property {
	const char *name;
	const u8 *value;
	u32 length; /* in bytes */
};

struct fdt_range {
	u64 base, size;
};

struct fdt_interrupt {
	struct fdt_node controller;
	u32 cells;
	u32 cell[FDT_INTERRUPT_CELLS_MAX]; /* the first is the number, in all known controllers */
};

/* The size that the header claims, or 0 if this is no device tree. Reads FDT_HEADER_SIZE bytes. */
size_t fdt_total_size(const void *blob);

/* `limit` bytes at `blob` may be read. -EINVAL if that is not a sound device tree. */
MUST_CHECK int fdt_open(struct fdt *fdt, const void *blob, size_t limit);

/* The entry of the memory reservation block with this index; false past the last one. */
bool fdt_reservation(const struct fdt *fdt, u32 index, struct fdt_range *range);

/* Walking. */

static inline bool fdt_exists(struct fdt_node node)
{
	return node.fdt != NULL;
}

static inline bool fdt_same(struct fdt_node a, struct fdt_node b)
{
	return a.fdt == b.fdt && a.offset == b.offset;
}

struct fdt_node fdt_root(const struct fdt *fdt);
struct fdt_node fdt_parent(struct fdt_node node);
struct fdt_node fdt_first_child(struct fdt_node node);
struct fdt_node fdt_next_sibling(struct fdt_node node);
/* The next node in the order of the blob, which has parents before their children. */
struct fdt_node fdt_next(struct fdt_node node);

#define fdt_for_each_child(child, node)                                        \
	for (struct fdt_node child = fdt_first_child(node); fdt_exists(child); \
		child = fdt_next_sibling(child))

#define fdt_for_each_node(node, fdt) \
	for (struct fdt_node node = fdt_root(fdt); fdt_exists(node); node = fdt_next(node))

/* With its unit address: "serial@10000000". The root's name is empty. */
const char *fdt_name(struct fdt_node node);

/*
 * A path from the root, or one that begins with an alias. Components may leave out their unit
 * address. What follows a colon is not part of it.
 */
struct fdt_node fdt_node_by_path(const struct fdt *fdt, const char *path);
struct fdt_node fdt_node_by_phandle(const struct fdt *fdt, u32 phandle);

bool fdt_is_compatible(struct fdt_node node, const char *compatible);

/* Whether neither the node nor any node above it has a status other than okay. */
bool fdt_is_available(struct fdt_node node);

/* Properties. */

bool fdt_property(struct fdt_node node, const char *name, struct fdt_property *property);
bool fdt_has_property(struct fdt_node node, const char *name);

/* A property's 32-bit cell with this index; false if the property is shorter. */
bool fdt_cell(const struct fdt_property *property, u32 index, u32 *value);

bool fdt_read_u32(struct fdt_node node, const char *name, u32 *value);
/* One cell or two. */
bool fdt_read_number(struct fdt_node node, const char *name, u64 *value);
/* NULL if there is no such property, or if it is not a string. */
const char *fdt_read_string(struct fdt_node node, const char *name);
/* Whether a property that is a list of strings contains this string. */
bool fdt_list_has(struct fdt_node node, const char *name, const char *string);

/*
 * Bus addresses and interrupts (lib/fdt_bus.c): 0, -ENOENT if the list has no entry `index`, or
 * -EINVAL if it makes no sense.
 */

/* What `reg` says, in the parent's addresses. */
MUST_CHECK int fdt_reg_raw(struct fdt_node node, u32 index, struct fdt_range *range);
/* What `reg` says, in addresses of the CPU. */
MUST_CHECK int fdt_reg(struct fdt_node node, u32 index, struct fdt_range *range);
MUST_CHECK int fdt_interrupt(struct fdt_node node, u32 index, struct fdt_interrupt *interrupt);
