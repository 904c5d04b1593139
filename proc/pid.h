/*
 * Numbers: of tasks, processes, process groups and sessions, all from one space. A struct pid lives
 * as long as anything bears its number. Guarded by family_lock (proc/task.h).
 */
#ifndef COWSLIP_PROC_PID_H
#define COWSLIP_PROC_PID_H

#include "lib/list.h"
#include "lib/types.h"
#include "proc/task.h"

#define PID_LIMIT 32768 /* numbers are below it */

struct pid {
	u32 number;
	u32 uses;                /* how many of the four below there are */
	struct task *task;       /* the thread with this tid */
	struct process *process; /* living or zombie */
	struct list group;       /* members, by group_node */
	struct list session;     /* members, by session_node */
	void *terminal;          /* of the session: owned by fs, NULL: none */
};

void pid_init(void);

/* A new number, with one use for the caller. -ENOMEM, or -EAGAIN: all are taken. */
struct pid *pid_alloc(void) REQUIRES(family_lock);

static inline void pid_use(struct pid *pid) REQUIRES(family_lock)
{
	pid->uses++;
}

void pid_release(struct pid *pid) REQUIRES(family_lock);

/* NULL when nothing bears the number. */
struct pid *pid_find(u32 number) REQUIRES(family_lock);
struct process *process_find(u32 number) REQUIRES(family_lock);
struct task *task_find(u32 number) REQUIRES(family_lock);

/* The same, with a reference for the caller, who holds no lock. */
struct process *process_find_get(u32 number) EXCLUDES(family_lock);

/* The first process whose number is at least `number`, with a reference; NULL: none. */
struct process *process_next_get(u32 number) EXCLUDES(family_lock);

/* Puts a process into a group and a session, out of those that it was in (NULL at first). */
void process_join_group(struct process *process, struct pid *group) REQUIRES(family_lock);
void process_join_session(struct process *process, struct pid *session) REQUIRES(family_lock);
void process_leave_groups(struct process *process) REQUIRES(family_lock);

/* setpgid, setsid, getpgid, getsid. A negative errno or the result. */
s64 group_set(u32 pid, u32 group);
s64 group_of(u32 pid);
s64 session_of(u32 pid);
s64 session_create(void);

/* The number of processes, zombies included. */
u32 process_total(void);

#endif
