/*
 * /proc/sys: what programs want to know of the system by these names, and the host's name.
 *
 *	name_lock	the host's name
 *	boot_id_lock	the number of this boot
 */
#include "fs/credentials.h"
#include "fs/dentry.h"
#include "fs/file_table.h"
#include "fs/pipe.h"
#include "fs/procfs.h"
#include "fs/ramfs.h"
#include "fs/random.h"
#include "lib/abi/errno.h"
#include "lib/abi/utsname.h"
#include "lib/string.h"
#include "mm/region.h"

#define DIRECTORY_MODE (S_IFDIR | S_IRUSR | S_IXUSR | S_IRGRP | S_IXGRP | S_IROTH | S_IXOTH)

/* Linux's number for this: memory is allocated when it is touched, and promised without limit. */
#define OVERCOMMIT_ALWAYS 1

static struct spinlock name_lock, boot_id_lock;
static char host_name[UTSNAME_LENGTH] GUARDED_BY(name_lock) = "cowslip";

void host_name_get(char name[UTSNAME_LENGTH])
{
	spin_lock(&name_lock);
	memcpy(name, host_name, UTSNAME_LENGTH);
	spin_unlock(&name_lock);
}

void host_name_set(const char *name, size_t length)
{
	spin_lock(&name_lock);
	memset(host_name, 0, sizeof(host_name));
	memcpy(host_name, name, length);
	spin_unlock(&name_lock);
}

static int show_host_name(struct text *out, void *argument UNUSED)
{
	char name[UTSNAME_LENGTH];

	host_name_get(name);
	text_printf(out, "%s\n", name);
	return 0;
}

/* The first line, as far as there is room. An open file is not enough: the writer must be root. */
static int write_host_name(void *argument UNUSED, const char *text, size_t size)
{
	size_t length = 0;

	if (credentials_of_caller()->user.effective)
		return -EPERM;
	while (length < UTSNAME_LENGTH - 1 && text[length] && text[length] != '\n')
		length++;
	if (size)
		host_name_set(text, length);
	return 0;
}

/* The argument is a text. */
static int show_text(struct text *out, void *text)
{
	text_printf(out, "%s\n", (const char *)text);
	return 0;
}

/* The argument is a number. */
static int show_number(struct text *out, void *number)
{
	text_printf(out, "%lu\n", (u64)number);
	return 0;
}

static int show_pid_limit(struct text *out, void *argument UNUSED)
{
	struct procfs_load load;

	procfs_load(&load);
	text_printf(out, "%u\n", load.pid_limit);
	return 0;
}

/* 16 bytes as a random UUID is written: version 4, variant 1. */
static void show_bytes_as_uuid(struct text *out, u8 bytes[16])
{
	bytes[6] = (bytes[6] & 0x0f) | 0x40;
	bytes[8] = (bytes[8] & 0x3f) | 0x80;
	for (u32 i = 0; i < 16; i++)
		text_printf(out, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x",
			bytes[i]);
	text_printf(out, "\n");
}

static int show_uuid(struct text *out, void *argument UNUSED)
{
	u8 bytes[16];

	random_bytes(bytes, sizeof(bytes));
	show_bytes_as_uuid(out, bytes);
	return 0;
}

/* The same until the next boot; made when first asked for. */
static int show_boot_id(struct text *out, void *argument UNUSED)
{
	static u8 boot_id[16] GUARDED_BY(boot_id_lock);
	static bool made GUARDED_BY(boot_id_lock);
	u8 bytes[sizeof(boot_id)];

	spin_lock(&boot_id_lock);
	if (!made)
		random_bytes(boot_id, sizeof(boot_id));
	made = true;
	memcpy(bytes, boot_id, sizeof(bytes));
	spin_unlock(&boot_id_lock);
	show_bytes_as_uuid(out, bytes);
	return 0;
}

/* A directory comes before its entries. */
static const struct {
	const char *directory;   /* the name of a directory above, or "sys" */
	struct pseudo_file file; /* without show: a directory */
	const void *argument;
} entries[] = {
	{ "sys", { .name = "fs" }, NULL },
	{ "fs", { "nr_open", PERMISSIONS_READ, .show = show_number }, (void *)FILE_TABLE_MAX },
	{ "fs", { "pipe-max-size", PERMISSIONS_READ, .show = show_number }, (void *)PIPE_CAPACITY },
	{ "sys", { .name = "kernel" }, NULL },
	{ "kernel", { "cap_last_cap", PERMISSIONS_READ, .show = show_number }, (void *)CAP_LAST },
	{ "kernel",
		{ "hostname", PERMISSIONS_WRITE, .show = show_host_name, .write = write_host_name },
		NULL },
	{ "kernel", { "ngroups_max", PERMISSIONS_READ, .show = show_number }, (void *)GROUPS_MAX },
	{ "kernel", { "osrelease", PERMISSIONS_READ, .show = show_text }, UTSNAME_RELEASE },
	{ "kernel", { "ostype", PERMISSIONS_READ, .show = show_text }, UTSNAME_SYSTEM },
	{ "kernel", { "pid_max", PERMISSIONS_READ, .show = show_pid_limit }, NULL },
	{ "kernel", { "version", PERMISSIONS_READ, .show = show_text }, UTSNAME_VERSION },
	{ "kernel", { .name = "random" }, NULL },
	{ "random", { "boot_id", PERMISSIONS_READ, .show = show_boot_id }, NULL },
	{ "random", { "uuid", PERMISSIONS_READ, .show = show_uuid }, NULL },
	{ "sys", { .name = "vm" }, NULL },
	{ "vm", { "max_map_count", PERMISSIONS_READ, .show = show_number }, (void *)REGIONS_MAX },
	{ "vm", { "overcommit_memory", PERMISSIONS_READ, .show = show_number },
		(void *)OVERCOMMIT_ALWAYS },
};

static struct dentry *add_directory(struct dentry *parent, const char *name) REQUIRES(names_lock)
{
	return dentry_add(parent, name, ramfs_make_inode(parent->inode->mount, DIRECTORY_MODE));
}

/* Finds a directory by its name, at `at` or below it. */
static struct dentry *find_directory(struct dentry *at, const char *name) REQUIRES(names_lock)
{
	while (at && strcmp(at->name, name) != 0)
		at = dentry_next_of_tree(at);
	return at;
}

int procfs_add_sys(struct dentry *root)
{
	struct dentry *sys = add_directory(root, "sys");

	for (size_t i = 0; sys && i < ARRAY_SIZE(entries); i++) {
		struct dentry *directory = find_directory(sys, entries[i].directory);

		if (!entries[i].file.show) {
			if (!add_directory(directory, entries[i].file.name))
				return -ENOMEM;
		} else if (pseudo_add(directory, &entries[i].file, (void *)entries[i].argument)) {
			return -ENOMEM;
		}
	}
	return sys ? 0 : -ENOMEM;
}
