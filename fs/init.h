/*
 * Starting the file systems.
 */
#ifndef COWSLIP_FS_INIT_H
#define COWSLIP_FS_INIT_H

struct fs_context;
struct file_table;

/*
 * After the allocators and the console: an empty root, and the devices. The command line is for
 * /proc/cmdline, and stays in use. The boot code then unpacks the initramfs, calls
 * fs_mount_system(), and starts tty_console_run() in a kernel thread.
 */
void fs_init(const char *command_line);

/* Mounts /proc and /dev, and makes the directories if need be. */
void fs_mount_system(void);

/* Descriptors 0, 1 and 2 of the first process: /dev/console. 0 or an errno. */
int fs_open_console(struct fs_context *context, struct file_table *files);

#endif
