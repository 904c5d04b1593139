/*
 * Starting the file systems, in the order in which they need each other. No locks.
 */
#include "fs/init.h"

#include "fs/context.h"
#include "fs/credentials.h"
#include "fs/device.h"
#include "fs/file.h"
#include "fs/file_table.h"
#include "fs/mount.h"
#include "fs/path.h"
#include "fs/procfs.h"
#include "fs/ramfs.h"
#include "fs/tty.h"
#include "lib/error.h"
#include "lib/log.h"

#define STANDARD_DESCRIPTORS 3

void fs_init(const char *command_line)
{
	ramfs_init();
	mount_init();
	memory_devices_init();
	tty_init();
	procfs_set_command_line(command_line);
}

static void mount_at(struct fs_context *context, const char *directory, const char *type)
{
	const struct mount_options none = MOUNT_OPTIONS_NONE;
	struct path path = { .context = context, .text = directory };
	int error = path_mkdir(path, PERMISSIONS_DIRECTORY);

	if (!error || error == -EEXIST)
		error = mount_create(path, type, type, 0, &none);
	if (error)
		log_error("%s: %s cannot be mounted: error %d", directory, type, error);
}

void fs_mount_system(void)
{
	struct fs_context *context = fs_context_create();

	if (!context)
		panic("no memory to mount /proc and /dev");
	mount_at(context, "/proc", "proc");
	mount_at(context, "/dev", "devtmpfs");
	mount_at(context, "/dev/pts", "devpts");
	mount_at(context, "/dev/shm", "tmpfs");
	fs_context_put(context);
}

int fs_open_console(struct fs_context *context, struct file_table *files)
{
	const struct path path = { .context = context, .text = "/dev/console" };
	struct file *file = file_open(path, O_RDWR, 0);
	int error = 0;

	if (is_error(file))
		return pointer_error(file);
	for (u64 fd = 0; fd < STANDARD_DESCRIPTORS && error >= 0; fd++) {
		error = file_table_set(files, fd, file_get(file), false);
		if (error < 0)
			file_put(file);
	}
	file_put(file);
	return min(error, 0);
}
