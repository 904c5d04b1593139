/*
 * cpio archives: an entry is a header of 13 fields of 8 hexadecimal digits after a magic, the
 * name with its NUL, and the content, both padded to 4 bytes. An entry named TRAILER!!! ends an
 * archive. No state, no locks; called when the root file system is filled at boot.
 */
#include "lib/cpio.h"

#include "lib/error.h"
#include "lib/string.h"

#define MAGIC_SIZE     6
#define MAGIC_PLAIN    "070701"
#define MAGIC_CHECKSUM "070702"
#define FIELD_DIGITS   8
#define PADDING        4
#define TRAILER_NAME   "TRAILER!!!"
/* With the NUL, as PATH_MAX counts. */
#define NAME_SIZE_MAX 4096

enum field {
	FIELD_INODE,
	FIELD_MODE,
	FIELD_UID,
	FIELD_GID,
	FIELD_LINKS,
	FIELD_MTIME,
	FIELD_SIZE,
	FIELD_FILE_SYSTEM_MAJOR,
	FIELD_FILE_SYSTEM_MINOR,
	FIELD_DEVICE_MAJOR,
	FIELD_DEVICE_MINOR,
	FIELD_NAME_SIZE,
	FIELD_CHECKSUM,
	FIELDS,
};

#define HEADER_SIZE (MAGIC_SIZE + FIELDS * FIELD_DIGITS)

/* The value of a hexadecimal digit, or -1. */
static int digit_value(u8 digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

static bool read_fields(const u8 *at, u32 field[FIELDS])
{
	for (u32 i = 0; i < FIELDS; i++) {
		field[i] = 0;
		for (u32 digits = 0; digits < FIELD_DIGITS; digits++) {
			int value = digit_value(*at++);

			if (value < 0)
				return false;
			field[i] = field[i] << 4 | (u32)value;
		}
	}
	return true;
}

/* Whether a component of the path is "..", which could lead out of the root. */
static bool leads_up(const char *name)
{
	while (*name) {
		const char *end = strchr(name, '/');
		size_t length = end ? (size_t)(end - name) : strlen(name);

		if (length == 2 && name[0] == '.' && name[1] == '.')
			return true;
		name += end ? length + 1 : length;
	}
	return false;
}

static const char *without_prefix(const char *name)
{
	for (;;) {
		if (name[0] == '/')
			name++;
		else if (name[0] == '.' && (name[1] == '/' || name[1] == '\0'))
			name++;
		else
			return name;
	}
}

static u32 sum_of(const u8 *data, size_t size)
{
	u32 sum = 0;

	while (size--)
		sum += *data++;
	return sum;
}

/* One entry at cpio->offset, whose end goes to *end. */
static int read_entry(const struct cpio *cpio, struct cpio_entry *entry, size_t *end)
{
	const u8 *header = cpio->data + cpio->offset;
	size_t room = cpio->size - cpio->offset;
	u32 field[FIELDS];

	if (room < HEADER_SIZE)
		return -EINVAL;

	bool has_checksum = memcmp(header, MAGIC_CHECKSUM, MAGIC_SIZE) == 0;

	if ((!has_checksum && memcmp(header, MAGIC_PLAIN, MAGIC_SIZE) != 0) ||
		!read_fields(header + MAGIC_SIZE, field))
		return -EINVAL;

	const char *name = (const char *)header + HEADER_SIZE;
	size_t name_size = field[FIELD_NAME_SIZE];
	size_t content = align_up(HEADER_SIZE + name_size, PADDING);

	if (name_size < 2 || name_size > NAME_SIZE_MAX || HEADER_SIZE + name_size > room ||
		strnlen(name, name_size) != name_size - 1 || leads_up(name))
		return -EINVAL;
	if (field[FIELD_SIZE] != 0 && (content > room || field[FIELD_SIZE] > room - content))
		return -EINVAL;

	*entry = (struct cpio_entry){
		.name = without_prefix(name),
		.mode = field[FIELD_MODE],
		.uid = field[FIELD_UID],
		.gid = field[FIELD_GID],
		.mtime = field[FIELD_MTIME],
		.device_major = field[FIELD_DEVICE_MAJOR],
		.device_minor = field[FIELD_DEVICE_MINOR],
		.archive = cpio->archive,
		.inode = field[FIELD_INODE],
		.file_system_major = field[FIELD_FILE_SYSTEM_MAJOR],
		.file_system_minor = field[FIELD_FILE_SYSTEM_MINOR],
		.links = field[FIELD_LINKS],
		.data = header + content,
		.size = field[FIELD_SIZE],
	};
	if (has_checksum && sum_of(entry->data, entry->size) != field[FIELD_CHECKSUM])
		return -EINVAL;
	*end = cpio->offset + align_up(content + entry->size, PADDING);
	return 0;
}

int cpio_next(struct cpio *cpio, struct cpio_entry *entry)
{
	for (;;) {
		struct cpio_entry found;
		size_t end;

		while (!cpio->inside && cpio->offset < cpio->size &&
			cpio->data[cpio->offset] == '\0')
			cpio->offset++;
		if (!cpio->inside && cpio->offset == cpio->size)
			return 0;
		if (read_entry(cpio, &found, &end) != 0)
			return -EINVAL;
		cpio->offset = min(end, cpio->size);
		cpio->inside = strcmp(found.name, TRAILER_NAME) != 0;
		if (cpio->inside) {
			*entry = found;
			return 1;
		}
		cpio->archive++;
	}
}
