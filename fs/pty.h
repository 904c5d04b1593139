/*
 * Pseudoterminals: a process that opens /dev/ptmx gets the other end (the master) of a new
 * terminal, /dev/pts/N. What is written to the master is typed at the terminal; what is written to
 * the terminal is read from the master.
 */
#pragma once

#include "fs/device.h"
#include "fs/mount.h"
#include "lib/types.h"

/* How many there may be at a time. */
#define PTY_LIMIT 256

/* The device number of /dev/pts/N. */
#define PTS_NUMBER(number) ((u32)(136 << 8 | (number)))

extern struct character_device ptmx_device;

/* Owner and mode of new terminals, from devpts' options; ID_KEEP: the opener of ptmx, 0600. */
void pty_configure(const struct mount_options *new);
void pty_show_options(struct text *out);

/* The inode of the terminal with this number, counted; NULL: there is none. */
struct inode *pty_inode(u32 number);

/* The first number from `number` on that is in use; PTY_LIMIT or more: none. */
u64 pty_next(u64 number);

/*
 * TIOCGPTPEER: opens the terminal of a master, whatever its path leads to. Counted, or an error
 * pointer: -ENOTTY (no master), -ENOMEM.
 */
struct file *pty_open_peer(struct file *master, u32 flags);

/* fs/devpts.c */
extern const struct file_system devpts_type;
