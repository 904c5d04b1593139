/*
 * The end of tasks and processes, and waiting for it.
 */
#pragma once

#include "lib/types.h"
#include "proc/task.h"

struct rusage;

/* Ends the current task, and the process if it is the last thread. status: as wait4 reports it. */
void task_exit(s32 status) __attribute__((noreturn));

/* Ends the current process with all its threads. The status of the first call counts. */
void process_exit(s32 status) __attribute__((noreturn));

/* The same, but the current thread goes on until it is about to return to user mode. */
void process_begin_exit(struct process *process, s32 status) REQUIRES(process->lock);

/* Marks all threads but the current one to die, and wakes them. Ends a stop; no other can begin. */
void process_kill_others(struct process *process) REQUIRES(process->lock);

/* The process has stopped or continued (code: CLD_STOPPED, CLD_CONTINUED): tells the parent. */
void process_report(struct process *process, s32 code) REQUIRES(family_lock);

struct wait_result {
	s32 pid;    /* 0: none is ready (WNOHANG) */
	s32 status; /* as wait4 reports it */
	u32 uid;    /* the child's user */
	struct usage usage;
};

/*
 * Waits for a child. type: P_ALL, P_PID, P_PGID; options: WEXITED, WSTOPPED, WCONTINUED, WNOHANG,
 * WNOWAIT. 0, -ECHILD, -EINTR.
 */
int process_wait(s32 type, u32 number, u32 options, struct wait_result *result);

/* Takes a zombie out of the family. */
void process_reap(struct process *process) REQUIRES(family_lock);

/* Lets a parent that made this process by vfork() go on. */
void vfork_release(struct process *process);

/*
 * A program touches memory, and none is left (proc/oom.c). Kills the processes that have the most.
 * False: that is little, or the caller's own, and the caller has to end. True: it may try again.
 * Sleeps; the caller holds no lock.
 */
bool oom_kill_other(void);
