/*
 * Starting the file systems.
 */
#pragma once

#include "lib/types.h"

struct fs_context;
struct file_table;

/*
 * Makes an empty root and the devices, once the allocators and the console work. The command line
 * is for /proc/cmdline, and stays in use. The boot code then unpacks the initramfs, calls
 * fs_mount_system(), and starts tty_console_run() in a kernel thread.
 */
void fs_init(const char *command_line);

/*
 * Unpacks cpio archives (newc, several one after another) into the root directory. Errors in them
 * are reported on the console; what could be read stays. 0; -EINVAL: not a cpio archive, or a
 * broken one; -ENOSPC or -ENOMEM: it does not fit.
 */
int initramfs_unpack(const void *start, size_t size);

/* Mounts /proc, /dev, /dev/pts and /dev/shm, and makes the directories if need be. */
void fs_mount_system(void);

/* Descriptors 0, 1 and 2 of the first process: /dev/console. 0 or an errno. */
int fs_open_console(struct fs_context *context, struct file_table *files);
