/*
 * Making tasks and processes.
 */
#pragma once

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

/*
 * Process 1, with no parent, an empty address space and no open files. Its thread calls the
 * function, which is to call process_exec(), and then goes to user mode. 0 or -ENOMEM.
 */
int process_create_first(void (*function)(void *), void *argument) MUST_CHECK;
