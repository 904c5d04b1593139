/*
 * The end of tasks and processes, and waiting for it.
 */
#pragma once

#include "lib/types.h"
#include "proc/task.h"

struct rusage;

/* The current task ends; the process too if it is the last thread. status: as wait4 reports it. */
void task_exit(s32 status) __attribute__((noreturn));

/* The current process ends, all threads. The first status given counts. */
void process_exit(s32 status) __attribute__((noreturn));

/* The same, but the current thread goes on until it is about to return to user mode. */
void process_begin_exit(struct process *process, s32 status) REQUIRES(process->lock);

/* Marks all threads but the current for death and wakes them. A stop is over, and none begins. */
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

/* A zombie is taken out of the family. */
void process_reap(struct process *process) REQUIRES(family_lock);

/* The vfork() that made this process is over for its parent. */
void vfork_release(struct process *process);

/*
 * A program touches memory, and there is none (proc/oom.c). Ends those who have the most, unless that is
 * little, or the caller's: false, then the caller is to go. True: he may try again. Sleeps; holds no lock.
 */
bool oom_kill_other(void);
