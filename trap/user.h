/*
 * What system calls share: turning the numbers in their registers into descriptors, paths, times,
 * masks and bytes of the current task, and back.
 */
#pragma once

#include "arch/riscv/layout.h"
#include "fs/path.h"
#include "fs/socket.h"
#include "lib/abi/time.h"
#include "lib/abi/uio.h"
#include "lib/types.h"
#include "mm/uaccess.h"
#include "proc/task.h"

struct file;

/* Memory: like copy_to_user() and copy_from_user() (mm/uaccess.h). */

static inline MUST_CHECK int to_user(u64 address, const void *from, size_t size)
{
	return copy_to_user(current_space(), UADDR(address), from, size);
}

static inline MUST_CHECK int from_user(void *to, u64 address, size_t size)
{
	return copy_from_user(current_space(), to, UADDR(address), size);
}

/* A copy of a string in user memory, of up to PATH_MAX bytes, for kfree(); or an error pointer. */
char *user_string(u64 address);

static inline bool is_user_range(u64 address, u64 size)
{
	return size <= USER_END && address <= USER_END - size;
}

/* Copies a list of segments in and checks each. 0, -EINVAL, -EFAULT or -ENOMEM. */
int user_vector(struct iovec *vector, u64 address, u64 count);

/* No call moves more than this at once, as on Linux. */
#define TRANSFER_MAX 0x7ffff000UL

/* Descriptors of the current process */

/* The open file of a descriptor, counted; NULL: not open, or opened with O_PATH. */
struct file *user_file(u64 fd);

/* The same for calls that also accept a descriptor opened with O_PATH. */
struct file *user_file_or_path(u64 fd);

/*
 * Installs the file, whose reference is taken over, as the lowest free descriptor from `from` on.
 * Returns the descriptor or an errno; for an error pointer its errno, for NULL -ENOMEM.
 */
s64 user_file_install(struct file *file, u64 from, bool close_on_exec);

/* The same for two files; writes both descriptors to the address. 0 or an errno. */
s64 user_file_install_pair(struct file *pair[2], bool close_on_exec, u64 address);

/* Sends the caller SIGPIPE: it wrote to a pipe or a stream socket that nobody will read. */
void user_broken_pipe(struct file *file);

/* F_GETLK, F_SETLK, F_SETLKW and their F_OFD_ forms; argument: address of a struct flock. */
s64 lock_records(struct file *file, u64 fd, u32 command, u64 argument);

/* Paths: a directory's descriptor or AT_FDCWD, and the address of a string. */

/* Fills in a path that is declared PATH_HELD. 0, or -EFAULT, -ENAMETOOLONG, -EBADF, -ENOTDIR, -ENOMEM. */
int user_path_get(struct path *path, u64 directory, u64 address) MUST_CHECK;
void user_path_put(struct path *path);

/* For a zero-initialised variable: leaving its block frees the text and drops the directory. */
#define PATH_HELD __attribute__((cleanup(user_path_put)))

/* What the path names, counted, or an error pointer. flags: PATH_FOLLOW. */
struct dentry *user_path_lookup(u64 directory, u64 address, u32 flags);

/* The same for a text that user_string() has already copied; it is taken over. */
struct dentry *user_path_find(u64 directory, char *text, u32 flags);

/*
 * The inode that an *at call is about, counted, or an error pointer. With AT_EMPTY_PATH an empty
 * path means the descriptor itself; AT_SYMLINK_NOFOLLOW stops at a link.
 */
struct inode *user_inode(u64 directory, u64 address, u64 flags);

/* The inode, counted, of an open file, whose reference is taken over; NULL: -EBADF. */
struct inode *inode_of_file(struct file *taken);

/* Times */

/* A struct timespec from user memory, in nanoseconds. -EINVAL: negative, or tv_nsec out of range. */
int time_from_user(u64 address, u64 *nanoseconds) MUST_CHECK;
int time_to_user(u64 address, u64 nanoseconds) MUST_CHECK;

/* A struct itimerspec, likewise. */
int itimerspec_from_user(u64 address, struct timer_setting *setting) MUST_CHECK;
int itimerspec_to_user(u64 address, const struct timer_setting *setting) MUST_CHECK;

/* A CPU-time clock (lib/abi/time.h); number 0: the caller's. False: the id is no such clock. */
struct cpu_clock {
	u32 number;
	u32 kind;
	bool of_thread;
};
bool cpu_clock_parse(u64 id, struct cpu_clock *clock);

/* The end of a span that begins now; WAIT_FOREVER if it is later than the clock can count. */
u64 deadline_after(u64 nanoseconds);

/* The same for a span in user memory, a struct timespec; address 0: WAIT_FOREVER. */
int deadline_from_user(u64 address, u64 *deadline) MUST_CHECK;

/* Writes the usage as a struct rusage. 0 or an errno. */
int usage_to_user(const struct usage *usage, u64 address) MUST_CHECK;

/* Signals */

/* A signal mask. -EINVAL: wrong size. */
int mask_from_user(u64 address, u64 size, u64 *mask) MUST_CHECK;

/* For calls that wait with another signal mask: sets it until they return. address 0: no mask. */
int user_mask_for_call(u64 address, u64 size) MUST_CHECK;

/* Names of sockets: a struct sockaddr_un */

/* to->length 0: no name, or the family AF_UNSPEC. 0 or an errno. */
int socket_address_from_user(u64 address, u64 size, struct socket_address *to);

/* Writes what fits into `room` bytes. *size: the size of all of it. 0 or an errno. */
int socket_address_to_user(const struct socket_address *from, u64 address, u32 room, u32 *size);
