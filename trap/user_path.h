/*
 * Paths as system calls get them: a directory's descriptor or AT_FDCWD, and the address of a
 * string. All belong to the current task.
 */
#ifndef COWSLIP_TRAP_USER_PATH_H
#define COWSLIP_TRAP_USER_PATH_H

#include "fs/path.h"
#include "lib/types.h"

struct file;

/* Fills in a path that is declared PATH_HELD. 0, or -EFAULT, -ENAMETOOLONG, -EBADF, -ENOTDIR, -ENOMEM. */
int user_path_get(struct path *path, u64 directory, u64 address) MUST_CHECK;
void user_path_put(struct path *path);

/* On a variable, zeroed at first: the way out of its block frees the text, and puts the directory. */
#define PATH_HELD __attribute__((cleanup(user_path_put)))

/* What the path names, counted, or an error pointer. flags: PATH_FOLLOW. */
struct dentry *user_path_lookup(u64 directory, u64 address, u32 flags);

/* The same for a text that has been copied already, by user_string(); it is taken over. */
struct dentry *user_path_find(u64 directory, char *text, u32 flags);

/*
 * The inode that an *at call is about, counted, or an error pointer. With AT_EMPTY_PATH an empty
 * path means the descriptor itself; AT_SYMLINK_NOFOLLOW stops at a link.
 */
struct inode *user_inode(u64 directory, u64 address, u64 flags);

/* The inode, counted, of an open file, whose reference is taken over; NULL: -EBADF. */
struct inode *inode_of_file(struct file *taken);

/* A string of user memory up to PATH_MAX in a new kernel buffer, for kfree(); or an error pointer. */
char *user_string(u64 address);

#endif
