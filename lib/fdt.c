/*
 * Flattened device trees: the blob's format, walking, and looking up. fdt_open() checks what
 * all the rest relies on. No state, no locks; called at boot and when drivers probe.
 *
 * The structure block is a row of 32-bit big-endian tokens:
 *
 *	BEGIN_NODE name\0 (padded to 4)   PROPERTY length name-offset value (padded to 4)
 *	END_NODE                          NOP                          END
 */
#include "lib/fdt.h"

#include "lib/error.h"
#include "lib/string.h"

#define FDT_MAGIC            0xd00dfeed
#define FDT_VERSION          17
#define TOKEN_SIZE           4
#define CELL_SIZE            4
#define PROPERTY_HEADER_SIZE 12
#define RESERVATION_SIZE     16

enum token {
	TOKEN_BEGIN_NODE = 1,
	TOKEN_END_NODE = 2,
	TOKEN_PROPERTY = 3,
	TOKEN_NOP = 4,
	TOKEN_END = 9,
};

/* Byte offsets of the header's fields. */
enum header {
	HEADER_MAGIC = 0,
	HEADER_TOTAL_SIZE = 4,
	HEADER_STRUCTURE = 8,
	HEADER_STRINGS = 12,
	HEADER_RESERVATIONS = 16,
	HEADER_VERSION = 20,
	HEADER_LAST_COMPATIBLE_VERSION = 24,
	HEADER_STRINGS_SIZE = 32,
	HEADER_STRUCTURE_SIZE = 36,
};

static const struct fdt_node no_node;

static u32 read_be32(const u8 *at)
{
	return (u32)at[0] << 24 | (u32)at[1] << 16 | (u32)at[2] << 8 | at[3];
}

static u64 read_be64(const u8 *at)
{
	return (u64)read_be32(at) << 32 | read_be32(at + CELL_SIZE);
}

static const u8 *structure_at(const struct fdt *fdt, u32 offset)
{
	return fdt->blob + fdt->structure + offset;
}

static enum token token_at(const struct fdt *fdt, u32 offset)
{
	return read_be32(structure_at(fdt, offset));
}

/* Where the token after the one at `offset` is. */
static u32 after_token(const struct fdt *fdt, u32 offset)
{
	const u8 *at = structure_at(fdt, offset);

	switch (token_at(fdt, offset)) {
	case TOKEN_BEGIN_NODE:
		offset += strlen((const char *)at + TOKEN_SIZE) + 1;
		break;
	case TOKEN_PROPERTY:
		offset += PROPERTY_HEADER_SIZE - TOKEN_SIZE + read_be32(at + TOKEN_SIZE);
		break;
	default:
		break;
	}
	return align_up(offset + TOKEN_SIZE, TOKEN_SIZE);
}

/* Whether a string that begins at `start` ends before `end`. */
static bool string_ends(const u8 *start, const u8 *end)
{
	return start < end && memchr(start, '\0', end - start);
}

/* Whether the token at `offset`, with all that belongs to it, is inside its block. */
static bool token_fits(const struct fdt *fdt, u32 offset)
{
	const u8 *at = structure_at(fdt, offset);
	const u8 *strings = fdt->blob + fdt->strings;
	u32 room = fdt->structure_size - offset;

	if (room < TOKEN_SIZE)
		return false;
	switch (read_be32(at)) {
	case TOKEN_BEGIN_NODE:
		return string_ends(at + TOKEN_SIZE, at + room);
	case TOKEN_PROPERTY:
		if (room < PROPERTY_HEADER_SIZE ||
			read_be32(at + TOKEN_SIZE) > room - PROPERTY_HEADER_SIZE)
			return false;
		u32 name = read_be32(at + TOKEN_SIZE + CELL_SIZE);

		return name < fdt->strings_size &&
			string_ends(strings + name, strings + fdt->strings_size);
	default:
		return true;
	}
}

/* One root node, everything inside it, properly nested, and an end. */
static int check_structure(const struct fdt *fdt)
{
	u32 depth = 0, offset = 0;
	bool root_seen = false;

	/* Padding may lie behind the block's end; an offset there ends the walk. */
	while (offset < fdt->structure_size && token_fits(fdt, offset)) {
		switch (token_at(fdt, offset)) {
		case TOKEN_BEGIN_NODE:
			if (depth == FDT_DEPTH_MAX || (depth == 0 && root_seen))
				return -EINVAL;
			root_seen = true;
			depth++;
			break;
		case TOKEN_END_NODE:
			if (depth == 0)
				return -EINVAL;
			depth--;
			break;
		case TOKEN_PROPERTY:
			if (depth == 0)
				return -EINVAL;
			break;
		case TOKEN_NOP:
			break;
		case TOKEN_END:
			return depth == 0 && root_seen ? 0 : -EINVAL;
		default:
			return -EINVAL;
		}
		offset = after_token(fdt, offset);
	}
	return -EINVAL;
}

static int check_reservations(const struct fdt *fdt, size_t total_size)
{
	for (u64 at = fdt->reservations; at + RESERVATION_SIZE <= total_size;
		at += RESERVATION_SIZE) {
		const u8 *entry = fdt->blob + at;

		if (read_be64(entry) == 0 && read_be64(entry + sizeof(u64)) == 0)
			return 0;
	}
	return -EINVAL;
}

static bool block_fits(u32 offset, u32 size, u32 total_size)
{
	return offset <= total_size && size <= total_size - offset;
}

size_t fdt_total_size(const void *blob)
{
	const u8 *header = blob;

	return read_be32(header + HEADER_MAGIC) == FDT_MAGIC ? read_be32(header + HEADER_TOTAL_SIZE)
							     : 0;
}

int fdt_open(struct fdt *fdt, const void *blob, size_t limit)
{
	const u8 *header = blob;

	if (limit < FDT_HEADER_SIZE)
		return -EINVAL;

	size_t total_size = fdt_total_size(blob);

	if (total_size < FDT_HEADER_SIZE || total_size > FDT_SIZE_MAX || total_size > limit ||
		read_be32(header + HEADER_VERSION) < FDT_VERSION ||
		read_be32(header + HEADER_LAST_COMPATIBLE_VERSION) > FDT_VERSION)
		return -EINVAL;

	*fdt = (struct fdt){
		.blob = blob,
		.structure = read_be32(header + HEADER_STRUCTURE),
		.structure_size = read_be32(header + HEADER_STRUCTURE_SIZE),
		.strings = read_be32(header + HEADER_STRINGS),
		.strings_size = read_be32(header + HEADER_STRINGS_SIZE),
		.reservations = read_be32(header + HEADER_RESERVATIONS),
	};
	if (!block_fits(fdt->structure, fdt->structure_size, total_size) ||
		!block_fits(fdt->strings, fdt->strings_size, total_size) ||
		check_reservations(fdt, total_size) != 0)
		return -EINVAL;
	return check_structure(fdt);
}

bool fdt_reservation(const struct fdt *fdt, u32 index, struct fdt_range *range)
{
	const u8 *entry = fdt->blob + fdt->reservations;

	do {
		range->base = read_be64(entry);
		range->size = read_be64(entry + sizeof(u64));
		if (range->base == 0 && range->size == 0)
			return false;
		entry += RESERVATION_SIZE;
	} while (index-- > 0);
	return true;
}

/* The first token at or after `offset` that is not among a node's properties. */
static u32 skip_properties(const struct fdt *fdt, u32 offset)
{
	while (token_at(fdt, offset) == TOKEN_PROPERTY || token_at(fdt, offset) == TOKEN_NOP)
		offset = after_token(fdt, offset);
	return offset;
}

static struct fdt_node node_if_begin(const struct fdt *fdt, u32 offset)
{
	if (token_at(fdt, offset) != TOKEN_BEGIN_NODE)
		return no_node;
	return (struct fdt_node){ fdt, offset };
}

struct fdt_node fdt_root(const struct fdt *fdt)
{
	return node_if_begin(fdt, skip_properties(fdt, 0));
}

struct fdt_node fdt_first_child(struct fdt_node node)
{
	if (!fdt_exists(node))
		return no_node;
	return node_if_begin(node.fdt,
		skip_properties(node.fdt, after_token(node.fdt, node.offset)));
}

struct fdt_node fdt_next(struct fdt_node node)
{
	if (!fdt_exists(node))
		return no_node;

	u32 offset = after_token(node.fdt, node.offset);

	while (token_at(node.fdt, offset) != TOKEN_BEGIN_NODE) {
		if (token_at(node.fdt, offset) == TOKEN_END)
			return no_node;
		offset = after_token(node.fdt, offset);
	}
	return (struct fdt_node){ node.fdt, offset };
}

struct fdt_node fdt_next_sibling(struct fdt_node node)
{
	u32 depth = 0, offset = node.offset;

	if (!fdt_exists(node))
		return no_node;
	do {
		switch (token_at(node.fdt, offset)) {
		case TOKEN_BEGIN_NODE:
			depth++;
			break;
		case TOKEN_END_NODE:
			depth--;
			break;
		default:
			break;
		}
		offset = after_token(node.fdt, offset);
	} while (depth > 0);
	return node_if_begin(node.fdt, skip_properties(node.fdt, offset));
}

struct fdt_node fdt_parent(struct fdt_node node)
{
	u32 ancestor[FDT_DEPTH_MAX];
	u32 depth = 0;

	if (!fdt_exists(node))
		return no_node;
	for (u32 offset = 0; offset < node.offset; offset = after_token(node.fdt, offset)) {
		if (token_at(node.fdt, offset) == TOKEN_BEGIN_NODE)
			ancestor[depth++] = offset;
		else if (token_at(node.fdt, offset) == TOKEN_END_NODE)
			depth--;
	}
	return depth > 0 ? (struct fdt_node){ node.fdt, ancestor[depth - 1] } : no_node;
}

const char *fdt_name(struct fdt_node node)
{
	if (!fdt_exists(node))
		return "";
	return (const char *)structure_at(node.fdt, node.offset) + TOKEN_SIZE;
}

/* Whether a node's name is these `length` characters, which may leave out the unit address. */
static bool name_matches(struct fdt_node node, const char *name, size_t length)
{
	const char *whole = fdt_name(node);

	return strncmp(whole, name, length) == 0 &&
		(whole[length] == '\0' || (whole[length] == '@' && !memchr(name, '@', length)));
}

/* The length of a path's first component: up to a slash, a colon, or the end. */
static size_t component_length(const char *path)
{
	size_t length = 0;

	while (path[length] && path[length] != '/' && path[length] != ':')
		length++;
	return length;
}

/* The value of the alias named by the first `length` bytes of `name`, NULL if there is none. */
static const char *alias_path(const struct fdt *fdt, const char *name, size_t length)
{
	char alias[32];

	if (length >= sizeof(alias))
		return NULL;
	strlcpy(alias, name, length + 1);
	return fdt_read_string(fdt_node_by_path(fdt, "/aliases"), alias);
}

struct fdt_node fdt_node_by_path(const struct fdt *fdt, const char *path)
{
	struct fdt_node node = fdt_root(fdt);

	if (*path != '/') {
		size_t length = component_length(path);
		const char *target = alias_path(fdt, path, length);

		if (!target || *target != '/')
			return no_node;
		node = fdt_node_by_path(fdt, target);
		path += length;
	}
	while (*path == '/' && fdt_exists(node)) {
		size_t length = component_length(++path);

		if (length == 0)
			continue;

		struct fdt_node child = fdt_first_child(node);

		while (fdt_exists(child) && !name_matches(child, path, length))
			child = fdt_next_sibling(child);
		node = child;
		path += length;
	}
	return node;
}

struct fdt_node fdt_node_by_phandle(const struct fdt *fdt, u32 phandle)
{
	u32 value;

	fdt_for_each_node(node, fdt) {
		if (fdt_read_u32(node, "phandle", &value) && value == phandle)
			return node;
		if (fdt_read_u32(node, "linux,phandle", &value) && value == phandle)
			return node;
	}
	return no_node;
}

bool fdt_is_compatible(struct fdt_node node, const char *compatible)
{
	return fdt_list_has(node, "compatible", compatible);
}

static bool status_is_okay(struct fdt_node node)
{
	const char *status = fdt_read_string(node, "status");

	return !fdt_has_property(node, "status") ||
		(status && (strcmp(status, "okay") == 0 || strcmp(status, "ok") == 0));
}

bool fdt_is_available(struct fdt_node node)
{
	if (!fdt_exists(node))
		return false;
	for (; fdt_exists(node); node = fdt_parent(node))
		if (!status_is_okay(node))
			return false;
	return true;
}

bool fdt_property(struct fdt_node node, const char *name, struct fdt_property *property)
{
	const struct fdt *fdt = node.fdt;

	if (!fdt_exists(node))
		return false;
	for (u32 offset = after_token(fdt, node.offset);
		token_at(fdt, offset) == TOKEN_PROPERTY || token_at(fdt, offset) == TOKEN_NOP;
		offset = after_token(fdt, offset)) {
		if (token_at(fdt, offset) == TOKEN_NOP)
			continue;

		const u8 *at = structure_at(fdt, offset) + TOKEN_SIZE;
		const char *found =
			(const char *)fdt->blob + fdt->strings + read_be32(at + CELL_SIZE);

		if (strcmp(found, name) == 0) {
			property->name = found;
			property->length = read_be32(at);
			property->value = at + 2 * CELL_SIZE;
			return true;
		}
	}
	return false;
}

bool fdt_has_property(struct fdt_node node, const char *name)
{
	struct fdt_property property;

	return fdt_property(node, name, &property);
}

bool fdt_cell(const struct fdt_property *property, u32 index, u32 *value)
{
	if (index >= property->length / CELL_SIZE)
		return false;
	*value = read_be32(property->value + (size_t)index * CELL_SIZE);
	return true;
}

bool fdt_read_u32(struct fdt_node node, const char *name, u32 *value)
{
	struct fdt_property property;

	return fdt_property(node, name, &property) && property.length == CELL_SIZE &&
		fdt_cell(&property, 0, value);
}

bool fdt_read_number(struct fdt_node node, const char *name, u64 *value)
{
	struct fdt_property property;

	if (!fdt_property(node, name, &property))
		return false;
	if (property.length == sizeof(u64))
		*value = read_be64(property.value);
	else if (property.length == sizeof(u32))
		*value = read_be32(property.value);
	else
		return false;
	return true;
}

const char *fdt_read_string(struct fdt_node node, const char *name)
{
	struct fdt_property property;

	if (!fdt_property(node, name, &property) ||
		!string_ends(property.value, property.value + property.length))
		return NULL;
	return (const char *)property.value;
}

bool fdt_list_has(struct fdt_node node, const char *name, const char *string)
{
	struct fdt_property property;

	if (!fdt_property(node, name, &property))
		return false;

	const u8 *at = property.value, *end = at + property.length;

	while (string_ends(at, end)) {
		if (strcmp((const char *)at, string) == 0)
			return true;
		at += strlen((const char *)at) + 1;
	}
	return false;
}
