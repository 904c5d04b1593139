/*
 * Signals: sending, blocking, and what the receiver does before it returns to user mode.
 *
 * A signal goes to a process or to one task; until it is taken it is pending there. The receiver
 * finds it on its way to user mode (signal_deliver()), where it ends the process, stops it, or
 * starts a handler.
 *
 * A wait that a signal ends returns -EINTR. Whether the call is then restarted is decided on the
 * way out: it is when no handler runs, or the handler has SA_RESTART; a call that is never
 * restarted after a handler says so by signal_no_restart().
 */
#ifndef COWSLIP_PROC_SIGNAL_H
#define COWSLIP_PROC_SIGNAL_H

#include <stdatomic.h>

#include "lib/abi/signal.h"
#include "lib/types.h"
#include "proc/task.h"

#define SIGNAL_BIT(signal) (1UL << ((signal)-1))

/* What is known of a signal, short; siginfo_t is made from it. */
struct signal_info {
	s32 signal;
	s32 code;
	s32 pid; /* of the sender, or of the child */
	u32 uid;
	u64 value; /* sigval, address of a fault, status of a child: by signal and code */
	u64 utime; /* of a child, nanoseconds */
};

/*
 * The actions of a process. fork() lets parent and child share them, and what has more than one
 * reference is immutable: who wants to change its actions makes them its own first.
 */
struct signal_actions {
	_Atomic u32 count;
	struct sigaction action[SIGNAL_MAX];
};

void signal_init(void);

/* All default, or NULL: no memory. */
struct signal_actions *signal_actions_create(void);
void signal_actions_get(struct signal_actions *actions);
void signal_actions_put(struct signal_actions *actions);

void signal_queue_init(struct signal_queue *queue);
void signal_queue_flush(struct signal_queue *queue);

/* Sending never fails: without memory the signal arrives with less information. Any context. */
void signal_send_process(struct process *process, const struct signal_info *info)
	REQUIRES(family_lock);
void signal_send_task(struct task *task, const struct signal_info *info) REQUIRES(family_lock);

/* A fault of the current task: not ignorable, not blockable. */
void signal_fault(s32 signal, s32 code, u64 address);

/* To all of a group, from the kernel (a terminal). Any context. */
void signal_send_group(u32 group, s32 signal) EXCLUDES(family_lock);

/* kill(2), tgkill(2) (process 0: any), rt_sigqueueinfo(2). */
s64 signal_kill(s32 pid, const struct signal_info *info) EXCLUDES(family_lock);
s64 signal_kill_task(u32 process, u32 tid, const struct signal_info *info) EXCLUDES(family_lock);

/* NULL: leave it, or do not report it. */
s64 signal_set_action(s32 signal, const struct sigaction *new, struct sigaction *old);

void signal_set_mask(u64 mask);

/* Until the next signal was handled; then the present mask returns. */
void signal_set_mask_for_call(u64 mask);
u64 signal_pending_set(void);

/* Takes a pending signal of the set, even a blocked one. 0: there is none. */
s32 signal_take(u64 set, struct signal_info *info);
void signal_info_export(const struct signal_info *info, siginfo_t *user);

/* Whether the current task is to end: a wait that is deaf to signals may still heed it. */
bool signal_is_fatal_pending(void);

void signal_no_restart(void);

/* The current task ignores or blocks the signal: background use of a terminal fails, then. */
bool signal_is_ignored_or_blocked(s32 signal);

/* After exec: caught signals return to their default, the alternative stack is gone. */
int signal_prepare_exec(struct signal_actions **replacement) MUST_CHECK;

/* Before the return to user mode with WORK_SIGNAL, interrupts on. */
void signal_deliver(struct trap_frame *frame);

/* rt_sigreturn(2): the whole frame is replaced. */
void signal_return(struct trap_frame *frame);

/* proc/signal_frame.c: makes the frame start the handler. False: the stack cannot be written. */
bool signal_frame_push(struct trap_frame *frame, const struct signal_info *info,
		       const struct sigaction *action, u64 mask);
bool signal_frame_pop(struct trap_frame *frame, u64 *mask);

#endif
