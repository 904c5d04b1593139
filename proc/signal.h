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

/* Entries of a queue at most: beyond that, a signal becomes pending without its information. */
#define SIGNAL_QUEUE_LIMIT 1024

#define SIGNAL_BIT(signal) (1UL << ((signal)-1))

/*
 * The actions of a process. fork() lets parent and child share them, and with more than one
 * reference they are immutable: a process that changes its actions makes its own copy first.
 */
struct signal_actions {
	_Atomic u32 count;
	bool special; /* something that exec resets was set at some time */
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
/* Taken before all others: SIGKILL, and the signals of faults. */
#define SIGNALS_FIRST                                                                          \
	(SIGNAL_BIT(SIGKILL) | SIGNAL_BIT(SIGSEGV) | SIGNAL_BIT(SIGBUS) | SIGNAL_BIT(SIGILL) | \
		SIGNAL_BIT(SIGTRAP) | SIGNAL_BIT(SIGFPE) | SIGNAL_BIT(SIGSYS))
/* Ignored by default. */
#define SIGNALS_IGNORED \
	(SIGNAL_BIT(SIGCHLD) | SIGNAL_BIT(SIGCONT) | SIGNAL_BIT(SIGURG) | SIGNAL_BIT(SIGWINCH))

bool signal_action_ignores(const struct sigaction *action, s32 signal);

static inline bool signal_has_handler(const struct sigaction *action)
{
	return action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN;
}

/* Makes the process the only owner of its actions, so that it may change them. 0 or -ENOMEM. */
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

/* Tells the threads that can take the process's pending signals: the one told before may not. */
void signal_retarget(struct process *process) REQUIRES(process->lock);

/* What a signal of kill() and its relatives says: who the caller is. */
struct signal_info signal_from_caller(s32 signal, s32 code);

/*
 * Sending never fails: without memory the signal arrives with less information. From tasks only.
 * True: the receiver will take exactly this one, with its information.
 */
bool signal_send_process(struct process *process, const struct signal_info *info)
	REQUIRES(family_lock);
bool signal_send_task(struct task *task, const struct signal_info *info) REQUIRES(family_lock);

/* To all members of a group, from the kernel. */
void signal_send_members(struct pid *group, s32 signal) REQUIRES(family_lock);

/* A fault of the current task. It can be caught, but neither ignored nor blocked. */
void signal_fault(s32 signal, s32 code, u64 address);
bool signal_fault_is_caught(s32 signal);

/*
 * kill(2), rt_sigqueueinfo(2): number as kill's. tgkill(2), tkill(2): process 0 means any. Signal 0
 * only checks whether a signal could be sent. 0, -EINVAL, -ESRCH, -EPERM.
 */
s64 signal_kill(s32 number, const struct signal_info *info) EXCLUDES(family_lock);
s64 signal_kill_task(u32 process, u32 tid, const struct signal_info *info) EXCLUDES(family_lock);

/* sigaction(2); new NULL: leaves the action; old NULL: does not report it. 0, -EINVAL, -ENOMEM. */
s64 signal_set_action(s32 signal, const struct sigaction *new, struct sigaction *old);

/*
 * What actions become at exec and with CLONE_CLEAR_SIGHAND: what was ignored stays ignored, the
 * rest is default. With a reference for the caller; NULL: no memory.
 */
struct signal_actions *signal_actions_cleared(struct signal_actions *actions);

/* Sets the current task's mask. */
void signal_set_mask(u64 mask);

/* The same until the system call is over and the signals that it let in are handled. */
void signal_set_mask_for_call(u64 mask);

/* What is pending for the current task, blocked or not. */
u64 signal_pending_set(void);

/*
 * sigtimedwait(2): takes a signal of the set, blocked or not, sleeping until there is one. Returns
 * the signal, -ETIMEDOUT, or -EINTR when another one came.
 */
s32 signal_wait(u64 set, u64 deadline, struct signal_info *info);

/* To the form that a program sees, and from the one that a program passes. */
void signal_info_export(const struct signal_info *info, siginfo_t *user);
void signal_info_import(const siginfo_t *user, s32 signal, struct signal_info *info);

/*
 * Whether the current task is to end, because it was killed or has a fatal signal that it does not
 * block: a wait that ignores other signals may check this. Such a task never returns to user mode.
 */
bool signal_ends_task(void);

/* For a call that ends because signal_pending is set: returns -EINTR, which the call returns. */
int signal_interrupts_call(enum task_restart restart);

/* The present call, if it returns -EINTR, is restarted only if no handler runs. */
void signal_no_restart(void);

/* The same, and a restart keeps the deadline: see signal_kept_deadline(). 0: there is none. */
void signal_no_restart_until(u64 deadline);

/*
 * The kept deadline of a restarted call, returned only once; 0: there is none. Calls that may keep
 * one ask for it before anything else, even before they fail: until then a handler that comes first
 * makes the restarted call return -EINTR.
 */
u64 signal_kept_deadline(void);

/*
 * proc/signal_frame.c: pushes what the handler needs and what rt_sigreturn restores, and makes the
 * frame start the handler. mask: what rt_sigreturn sets. False: the user's stack cannot be written.
 */
bool signal_frame_push(struct trap_frame *frame, const struct signal_info *info,
	const struct sigaction *action, u64 mask);

/* Whether the caller runs on its alternative stack; setting it: 0, -EPERM, -EINVAL, -ENOMEM. */
bool signal_stack_is_busy(u64 sp);
int signal_stack_set(stack_t stack, u64 sp) MUST_CHECK;

/* The way back. False: the frame on the user's stack cannot be read. */
bool signal_frame_pop(struct trap_frame *frame, u64 *mask);
