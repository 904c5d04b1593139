/*
 * Open files as system calls get them, by descriptor, and the memory that bytes move to or from. All
 * belong to the current task.
 */
#ifndef COWSLIP_TRAP_USER_FILE_H
#define COWSLIP_TRAP_USER_FILE_H

#include "arch/riscv/layout.h"
#include "lib/abi/uio.h"
#include "lib/types.h"

struct file;

/* No call moves more than this at once, as on Linux. */
#define TRANSFER_MAX 0x7ffff000UL

/* The open file of a descriptor of the current process, counted; NULL: not open, or with O_PATH. */
struct file *user_file(u64 fd);

/* The same, for the calls that take a descriptor opened with O_PATH, too. */
struct file *user_file_or_path(u64 fd);

/*
 * The lowest free descriptor from `from` on, now for this file, whose reference is taken over; or an
 * errno, which may be the file's own if it is an error pointer. NULL: there was no memory for it.
 */
s64 user_file_install(struct file *file, u64 from, bool close_on_exec);

/* Descriptors for two files, which are taken over, told at an address. 0 or an errno. */
s64 user_file_install_pair(struct file *pair[2], bool close_on_exec, u64 address);

static inline bool is_user_range(u64 address, u64 size)
{
	return size <= USER_END && address <= USER_END - size;
}

/* Copies a list of segments in and checks each. 0, -EINVAL, -EFAULT or -ENOMEM. */
int user_vector(struct iovec *vector, u64 address, u64 count);

/* SIGPIPE to the caller: it has written what nobody will read. */
void user_broken_pipe(struct file *file);

#endif
