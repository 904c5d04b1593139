/*
 * Signals: sending, blocking, and what the receiver does before it returns to user mode.
 *
 * A signal goes to a process or to one task; until it is taken it is pending there. The receiver
 * finds it on its way to user mode (user_return_work()), where it ends the process, stops it, or
 * starts a handler.
 *
 * A wait that a signal ends returns -EINTR. Whether the call is then restarted is decided on the
 * way out: it is when no handler runs, or the handler has SA_RESTART; a call that is never
 * restarted after a handler says so by signal_no_restart().
 */
#pragma once

#include <stdatomic.h>

#include "lib/abi/signal.h"
#include "lib/types.h"
#include "proc/task.h"

/* Entries that a queue holds: more realtime signals than that are not sent. */
#define SIGNAL_QUEUE_LIMIT 1024

#define SIGNAL_BIT(signal) (1UL << ((signal)-1))

/*
 * The actions of a process. fork() lets parent and child share them, and what has more than one
 * reference is immutable: who wants to change its actions makes them its own first.
 */
struct signal_actions {
	_Atomic u32 count;
	bool special; /* something was set, once at least, that exec takes back */
	struct sigaction action[SIGNAL_MAX];
};

/* All default, or NULL: no memory. */
struct signal_actions *signal_actions_create(void);
struct signal_actions *signal_actions_get(struct signal_actions *actions);
void signal_actions_put(struct signal_actions *actions);

void signal_queue_init(struct signal_queue *queue);
void signal_queue_flush(struct signal_queue *queue);
void signal_queue_drop_timers(struct signal_queue *queue); /* what timers have sent */

/* The parts that senders and the receiver share (proc/signal.c, proc/signal_deliver.c). */
#define SIGNALS_UNMASKABLE (SIGNAL_BIT(SIGKILL) | SIGNAL_BIT(SIGSTOP))
#define SIGNALS_STOPPING \
	(SIGNAL_BIT(SIGSTOP) | SIGNAL_BIT(SIGTSTP) | SIGNAL_BIT(SIGTTIN) | SIGNAL_BIT(SIGTTOU))
/* Taken before all others: SIGKILL, and what faults give. */
#define SIGNALS_FIRST                                                                          \
	(SIGNAL_BIT(SIGKILL) | SIGNAL_BIT(SIGSEGV) | SIGNAL_BIT(SIGBUS) | SIGNAL_BIT(SIGILL) | \
		SIGNAL_BIT(SIGTRAP) | SIGNAL_BIT(SIGFPE) | SIGNAL_BIT(SIGSYS))
/* By default. */
#define SIGNALS_IGNORED \
	(SIGNAL_BIT(SIGCHLD) | SIGNAL_BIT(SIGCONT) | SIGNAL_BIT(SIGURG) | SIGNAL_BIT(SIGWINCH))

bool signal_action_ignores(const struct sigaction *action, s32 signal);

static inline bool signal_has_handler(const struct sigaction *action)
{
	return action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN;
}

/* Makes the process's actions its own, to be changed. 0 or -ENOMEM. */
int signal_own_actions(struct process *process) MUST_CHECK REQUIRES(process->lock);

/* The lock of the task's process is held for these three. */

/* Takes the first signal of the set that is pending for the task; 0: none. */
s32 signal_dequeue(struct task *task, u64 set, struct signal_info *info);

/* Whether the task has something to take. */
bool signal_should_look(const struct task *task);

/* Makes the task look. */
void signal_tell(struct task *task);

/* Forgets pending signals, the process's and all its threads'. */
void signal_drop(struct process *process, u64 set) REQUIRES(process->lock);

/* What waits for the process and can be taken by none that was told: tells those who can. */
void signal_retarget(struct process *process) REQUIRES(process->lock);

/* What kill() and its relatives tell: who the caller is. */
struct signal_info signal_from_caller(s32 signal, s32 code);

/*
 * Sending never fails: without memory the signal arrives with less information. From tasks only.
 * True: the receiver will take just this one, with all that is known of it.
 */
bool signal_send_process(struct process *process, const struct signal_info *info)
	REQUIRES(family_lock);
bool signal_send_task(struct task *task, const struct signal_info *info) REQUIRES(family_lock);

/* To all of a group, from the kernel. */
void signal_send_members(struct pid *group, s32 signal) REQUIRES(family_lock);

/* A fault of the current task. It can be caught, but neither ignored nor blocked. */
void signal_fault(s32 signal, s32 code, u64 address);
bool signal_fault_is_caught(s32 signal);

/*
 * kill(2), rt_sigqueueinfo(2): number as kill's. tgkill(2), tkill(2): process 0 means any. Signal 0
 * only looks whether there is somebody. 0, -EINVAL, -ESRCH, -EPERM.
 */
s64 signal_kill(s32 number, const struct signal_info *info) EXCLUDES(family_lock);
s64 signal_kill_task(u32 process, u32 tid, const struct signal_info *info) EXCLUDES(family_lock);

/* sigaction(2); NULL: leave it, or do not report it. 0, -EINVAL, -ENOMEM. */
s64 signal_set_action(s32 signal, const struct sigaction *new, struct sigaction *old);

/*
 * What actions become by exec and CLONE_CLEAR_SIGHAND: what was ignored stays so, all else is default.
 * With a reference for the caller; NULL: no memory.
 */
struct signal_actions *signal_actions_cleared(struct signal_actions *actions);

/* The current task's mask. */
void signal_set_mask(u64 mask);

/* Until the system call is over and the signals that it let in are handled. */
void signal_set_mask_for_call(u64 mask);

/* What is pending for the current task, blocked or not. */
u64 signal_pending_set(void);

/*
 * sigtimedwait(2): takes a signal of the set, blocked or not, sleeping until there is one. The
 * signal, -ETIMEDOUT, or -EINTR when another one came.
 */
s32 signal_wait(u64 set, u64 deadline, struct signal_info *info);

/* What of it a program is told, and what a program tells. */
void signal_info_export(const struct signal_info *info, siginfo_t *user);
void signal_info_import(const siginfo_t *user, s32 signal, struct signal_info *info);

/*
 * Whether the current task is to end, be it killed or by a signal that it has let come: a wait that is
 * deaf to signals may still heed it. It does not return to user mode then.
 */
bool signal_ends_task(void);

/* Returns -EINTR, which the present call is to return, since signal_pending was seen to be set. */
int signal_interrupts_call(enum task_restart restart);

/* The present call, should it return -EINTR, is restarted only if no handler runs. */
void signal_no_restart(void);

/* The same for a call whose deadline stays what it is: see signal_kept_deadline(). 0: it has none. */
void signal_no_restart_until(u64 deadline);

/* That of a call that is made again; 0: it is made for the first time. It is told once. */
u64 signal_kept_deadline(void);

/*
 * proc/signal_frame.c: pushes what the handler needs and what rt_sigreturn restores, and makes the
 * frame start the handler. mask: what rt_sigreturn sets. False: the user's stack cannot be written.
 */
bool signal_frame_push(struct trap_frame *frame, const struct signal_info *info,
	const struct sigaction *action, u64 mask);

/* Whether the caller runs on its alternative stack; another one for it: 0, -EPERM, -EINVAL, -ENOMEM. */
bool signal_stack_is_busy(u64 sp);
int signal_stack_set(stack_t stack, u64 sp) MUST_CHECK;

/* The way back. False: what is on the stack is nothing to return to. */
bool signal_frame_pop(struct trap_frame *frame, u64 *mask);
