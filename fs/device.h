/*
 * Character devices: by number, for device nodes anywhere in the tree, and by name, in devtmpfs.
 * Registered at boot and never removed.
 */
#pragma once

#include "fs/file.h"
#include "fs/mount.h"
#include "lib/list.h"
#include "lib/types.h"

struct character_device {
	u32 number;       /* device_number(major, minor) */
	const char *name; /* in /dev */
	u32 permissions;
	const struct file_operations *operations;
	struct list_node node;
};

/* The structure stays in use. To be called before devtmpfs is mounted. */
void device_register(struct character_device *device);

/* For inodes that are character devices: opening one finds the device. -ENXIO: there is none. */
extern const struct file_operations device_node_operations;

extern const struct file_system devtmpfs_type;

/* /dev/null, zero, full, random and urandom. */
void memory_devices_init(void);
