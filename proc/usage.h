/*
 * What tasks and processes have used (struct usage, proc/task.h). Time is counted exactly, and split
 * into user and system by samples: each task is looked at once in a period of its own running, and
 * the period that follows counts for the mode that it was found in.
 */
#ifndef COWSLIP_PROC_USAGE_H
#define COWSLIP_PROC_USAGE_H

#include "lib/types.h"
#include "proc/task.h"

/* Up to now. */
struct usage usage_of_task(struct task *task);

/* Of a process: its ended threads, and those that live. */
struct usage usage_of_process(struct process *process) REQUIRES(family_lock);

void usage_add(struct usage *to, const struct usage *from);

#endif
