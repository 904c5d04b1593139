/*
 * The scheduler: one queue of runnable tasks for each hart, in which who has had the fewest turns
 * comes first.
 *
 * A task runs until it sleeps, or until its time slice is over while others wait, which is a turn; then
 * it goes back into its hart's queue, or that of a hart with less to do. What sleeps most of the time
 * has had few turns when it wakes, and so waits for one task at most, however many there are. A hart with
 * an empty queue takes a task from another; with nothing to take it sleeps in its idle task, and its
 * timer is off unless a deadline is to be met.
 */
#pragma once

#include "lib/types.h"

struct space;
struct task;

/* How long a task runs while others wait, in nanoseconds, unless proc/priority.h says otherwise. */
#define TIME_SLICE 5000000UL

/*
 * For each hart, early: what it does at this moment becomes its idle task, and `current` is valid.
 * (process_init() does it for the boot hart.) When it has nothing else to do, it calls
 * scheduler_run() on the same stack.
 */
void scheduler_init_hart(void);
NORETURN void scheduler_run(void);

/*
 * Lets the next task run. A current task that is still TASK_RUNNABLE may be the next one, too; else
 * this returns after somebody has woken it.
 */
void schedule(void);

/* Lets the others run: it counts as if the current task had used a whole turn. */
void task_yield(void);

/*
 * Marks the current task as about to sleep, for waits that are in no queue: it is woken by a signal
 * or a deadline alone. Then wait_sleep(), as in fs/wait.h, then task_finish_wait().
 */
void task_prepare_wait(void);
void task_finish_wait(void);

/* Such a wait for nothing else: -ETIMEDOUT (past the deadline), or -EINTR. */
int task_sleep(u64 deadline);

/* Makes a new task runnable, which has had as many turns as its maker, the current task. */
void task_start(struct task *task);

/*
 * The current task has waited for a child that had run for so many nanoseconds: up to a turn counts as
 * its own, or short-lived children, each as new as an idle parent, would always come first.
 */
void task_answer_for(u64 runtime);

/* Makes a task runnable that is in the state; false: it was not. Any context. */
bool task_wake_from(struct task *task, u32 state);

/* Its signal_pending was set: sees to it that the task notices soon. */
void task_notify(struct task *task);

/* With family_lock held. mask: harts that are online, at least one. The task moves if it must. */
void task_set_affinity(struct task *task, u64 mask);

/* With family_lock held: nanoseconds, from its next turn on. */
void task_set_slice(struct task *task, u64 slice);

/* Nanoseconds on a hart, up to now; *system (unless NULL): how many of them in the kernel. */
u64 task_runtime(struct task *task, u64 *system);

/* The current hart goes over to another address space, before the task's own is let go. */
void scheduler_use_space(struct space *space);

/* Called by the trap path, interrupts off. from_user: a program was interrupted. */
void scheduler_timer(bool from_user);
void scheduler_ipi(void);

/* A timer was started on this hart; interrupts are off. */
void scheduler_deadline(u64 deadline);

/* Nanoseconds that a hart was idle, and that programs were, by samples, in the kernel on it. */
void scheduler_times(u32 hart, u64 *idle, u64 *system);

/* Runnable tasks, on harts or waiting for one; switches between tasks since the start. */
u32 runnable_count(void);
u64 scheduler_switches(void);

/* Where kernel threads begin (proc/task.c), and user tasks (arch/riscv). Interrupts are off. */
void task_first_run_kernel(void *argument);
void task_first_run(void);
