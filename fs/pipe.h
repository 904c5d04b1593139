/*
 * Pipes and FIFOs. A write to a pipe that nobody reads returns -EPIPE; the system call that gets
 * this error sends SIGPIPE to the task.
 */
#pragma once

#include "fs/file.h"
#include "lib/types.h"

#define PIPE_CAPACITY KIB(64)

/* A new pipe's two ends, each counted. flags: O_NONBLOCK. -ENOMEM. */
int pipe_create(struct file **read_end, struct file **write_end, u32 flags) MUST_CHECK;

/* For inodes that are FIFOs. */
extern const struct file_operations fifo_operations;

/* Frees what is left of a pipe when its inode is freed. */
void pipe_evict(struct inode *inode);
