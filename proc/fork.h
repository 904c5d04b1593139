/*
 * Making tasks and processes.
 */
#ifndef COWSLIP_PROC_FORK_H
#define COWSLIP_PROC_FORK_H

#include "lib/types.h"
#include "proc/task.h"

struct clone_request {
	u64 flags; /* CLONE_*, without the exit signal */
	s32 exit_signal;
	u64 stack; /* the new stack pointer; 0: as the caller's */
	u64 tls;
	u64 parent_tid; /* user addresses, used as the flags say */
	u64 child_tid;
};

/* clone(2): the new tid, or -EINVAL, -ENOMEM, -EAGAIN. */
s64 process_clone(const struct clone_request *request);

/* A process with no parent, for init: one task, an empty space, and no files. NULL: no memory. */
struct process *process_create_first(void (*function)(void *), void *argument);

#endif
