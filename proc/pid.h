/*
 * Numbers: of tasks, processes, process groups and sessions, all from one space. A struct pid lives
 * as long as anything bears its number. Guarded by family_lock (proc/task.h).
 */
#pragma once

#include "lib/list.h"
#include "lib/types.h"
#include "proc/task.h"

#define PID_LIMIT 32768 /* numbers are below it */

struct pid {
	u32 number;
	u32 uses;                /* references: task, process, each member, pid_alloc()'s caller */
	struct task *task;       /* the thread with this tid */
	struct process *process; /* living or zombie */
	struct list group;       /* members, by group_node */
	u64 look;                /* number of the last look at the group (proc/exit.c) */
	struct list session;     /* members, by session_node */
};

/* Number 0: the group and the session of process 1 at first. */
extern struct pid pid_zero;

/* A new number, with a reference for the caller. -ENOMEM, or -EAGAIN: all are taken. */
struct pid *pid_alloc(void) REQUIRES(family_lock);

/* Drops a reference. */
void pid_release(struct pid *pid) REQUIRES(family_lock);

/* NULL when nothing bears the number. */
struct pid *pid_find(u32 number) REQUIRES(family_lock);
struct process *process_find(u32 number) REQUIRES(family_lock);
struct task *task_find(u32 number) REQUIRES(family_lock);

/* The process that has this number, or whose thread has it. */
struct process *process_of(u32 number) REQUIRES(family_lock);

/* The first process whose number is at least `number`. */
struct process *process_next(u64 number) REQUIRES(family_lock);

/* The first thread of the process whose number is at least `number`. */
struct task *thread_next(const struct process *process, u64 number) REQUIRES(family_lock);

/* process_find() and process_next() with a reference for the caller. */
struct process *process_find_get(u32 number) EXCLUDES(family_lock);
struct process *process_next_get(u64 number) EXCLUDES(family_lock);

/* Give a process (a thread) its number, and take it away when it has been reaped (has ended). */
void process_register(struct process *process, struct pid *pid) REQUIRES(family_lock);
void process_unregister(struct process *process) REQUIRES(family_lock);
void task_register(struct task *task, struct pid *pid) REQUIRES(family_lock);
void task_unregister(struct task *task) REQUIRES(family_lock);

/* Move a process to a group or a session, from the one that it was in, if any; or out of both. */
void process_join_group(struct process *process, struct pid *group) REQUIRES(family_lock);
void process_join_session(struct process *process, struct pid *session) REQUIRES(family_lock);
void process_leave_groups(struct process *process) REQUIRES(family_lock);

/*
 * Whether no member, not counting `without` (may be NULL), has a parent in another group of the
 * session: then nobody is left to continue what a terminal has stopped.
 */
bool group_is_orphaned(struct pid *group, const struct process *without) REQUIRES(family_lock);

/* setpgid, setsid, getpgid, getsid. A negative errno or the result. */
s64 group_set(u32 pid, u32 group);
s64 group_of(u32 pid);
s64 session_of(u32 pid);
s64 session_create(void);

struct process_counts {
	u32 present; /* zombies included */
	u32 last;    /* the number given last */
	u64 forks;   /* since the start */
};

struct process_counts process_counts(void);
