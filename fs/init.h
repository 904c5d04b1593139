/*
 * Starting the file systems.
 */
#ifndef COWSLIP_FS_INIT_H
#define COWSLIP_FS_INIT_H

struct fs_context;
struct file_table;

/*
 * After the allocators: the root, the devices and the console's terminal. Then the boot code calls
 * initramfs_unpack(), then fs_mount_system().
 */
void fs_init(void);

/* Mounts /proc and /dev, making the directories if need be. */
void fs_mount_system(struct fs_context *context);

/* Descriptors 0, 1 and 2 of the first process: /dev/console. 0 or an errno. */
int fs_open_console(struct fs_context *context, struct file_table *files);

#endif
