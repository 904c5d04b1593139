/*
 * mount(2) and umount2(2): their arguments and options. What they do is in fs/mount.c.
 */
#include "fs/credentials.h"
#include "fs/mount.h"
#include "fs/path.h"
#include "lib/abi/fcntl.h"
#include "lib/abi/mount.h"
#include "lib/error.h"
#include "lib/string.h"
#include "mm/ledger.h"
#include "mm/slab.h"
#include "trap/sys.h"
#include "trap/user.h"

#define OCTAL   8
#define DECIMAL 10

#define FLAGS_KEPT (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_RELATIME)

/* The value that follows the name in an option; NULL: the option has another name. */
static const char *value_of(const char *option, const char *name)
{
	size_t length = strlen(name);

	return strncmp(option, name, length) == 0 ? option + length : NULL;
}

/* A number in the base, up to the limit. False: there is no such number. */
static bool parse_number(const char *text, u32 base, u64 limit, u64 *number, const char **rest)
{
	*number = 0;
	for (*rest = text; **rest >= '0' && **rest < (char)('0' + base); (*rest)++) {
		*number = *number * base + (u64)(**rest - '0');
		if (*number > limit)
			return false;
	}
	return *rest > text;
}

/* "4096", "16k", "10M", "1g", "50%": bytes, or a percentage of the memory. 0 or -EINVAL. */
static int parse_size(const char *text, u64 *pages)
{
	static const char units[] = "kmgKMG";
	const char *rest, *unit;
	u64 number;

	if (!parse_number(text, DECIMAL, UINT32_MAX * KIB(1), &number, &rest))
		return -EINVAL;
	unit = *rest ? strchr(units, *rest) : NULL;
	if (*rest == '%') {
		*pages = ledger_total() * number / 100;
		rest++;
	} else {
		u32 shift = unit ? 10 * (u32)((unit - units) % 3 + 1) : 0;

		*pages = align_up(number << shift, PAGE_SIZE) / PAGE_SIZE;
		rest += unit != NULL;
	}
	return *rest ? -EINVAL : 0;
}

static int parse_option(const char *option, struct mount_options *options)
{
	const struct {
		const char *name;
		u32 base, limit;
		u32 *number;
	} numbers[] = {
		{ "mode=", OCTAL, PERMISSIONS, &options->mode },
		{ "uid=", DECIMAL, ID_KEEP - 1, &options->uid },
		{ "gid=", DECIMAL, ID_KEEP - 1, &options->gid },
		{ "ptmxmode=", OCTAL, PERMISSIONS, &options->ptmx_mode },
	};
	const char *value = value_of(option, "size="), *rest;
	u64 number;

	if (value)
		return parse_size(value, &options->pages);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		value = value_of(option, numbers[i].name);
		if (!value)
			continue;
		if (!parse_number(value, numbers[i].base, numbers[i].limit, &number, &rest) ||
			*rest)
			return -EINVAL;
		*numbers[i].number = (u32)number;
		return 0;
	}
	return -EINVAL;
}

/* Options are words with commas between them. 0, -EINVAL: an unknown one; -EFAULT, -ENOMEM. */
static int parse_options(u64 data, struct mount_options *options)
{
	KMALLOC_HELD char *text = data ? user_string(data) : NULL;
	char *option, *comma;
	int error = 0;

	*options = MOUNT_OPTIONS_NONE;
	if (is_error(text))
		return pointer_error(text);
	for (option = text; option && *option && !error; option = comma) {
		comma = strchr(option, ',');
		if (comma)
			*comma++ = '\0';
		error = *option ? parse_option(option, options) : 0;
	}
	return error;
}

/* Copies the strings from user memory, and mounts. */
static s64 create(struct path path, u64 source_address, u64 type_address, u32 flags,
	const struct mount_options *options)
{
	KMALLOC_HELD char *type = type_address ? user_string(type_address) : error_pointer(-EINVAL);

	if (is_error(type))
		return pointer_error(type);
	KMALLOC_HELD char *source = source_address ? user_string(source_address) : kstrdup("none");

	if (!source || is_error(source))
		return source ? pointer_error(source) : -ENOMEM;
	return mount_create(path, source, type, flags, options);
}

s64 sys_mount(u64 source, u64 target, u64 type, u64 flags, u64 data)
{
	struct mount_options options;
	PATH_HELD struct path path = {};
	s64 error;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if ((flags & MS_MGC_MSK) == MS_MGC_VAL)
		flags &= ~(u64)MS_MGC_MSK;
	if (flags & ~(u64)(FLAGS_KEPT | MS_SILENT | MS_REMOUNT))
		return -EINVAL;
	error = parse_options(data, &options);
	if (error)
		return error;
	error = user_path_get(&path, (u64)AT_FDCWD, target);
	if (error)
		return error;
	if (flags & MS_REMOUNT)
		return mount_change(path, (u32)flags & FLAGS_KEPT, &options);
	return create(path, source, type, (u32)flags & FLAGS_KEPT, &options);
}

s64 sys_umount2(u64 target, u64 flags)
{
	PATH_HELD struct path path = {};
	s64 error;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (flags & ~(u64)(MNT_FORCE | MNT_DETACH | UMOUNT_NOFOLLOW))
		return -EINVAL;
	error = user_path_get(&path, (u64)AT_FDCWD, target);
	if (error)
		return error;
	return mount_remove(path, flags & UMOUNT_NOFOLLOW ? 0 : PATH_FOLLOW, flags & MNT_DETACH);
}
