/*
 * The scheduler: one queue of runnable tasks for each hart, in which the task that has had the
 * fewest turns comes first.
 *
 * A task runs until it sleeps, or until its time slice is over while others wait, which is a turn;
 * then it goes back into its hart's queue, or into that of a hart with less to do. A task that
 * sleeps most of the time has had few turns when it wakes, and so waits for one other at most,
 * however many there are. A hart with an empty queue takes a task from another hart; if there is
 * none to take, it sleeps in its idle task, with its timer off unless there is a deadline.
 */
#pragma once

#include "lib/types.h"

struct space;
struct task;

/* How long a task runs while others wait, in nanoseconds, unless proc/priority.h says otherwise. */
#define TIME_SLICE 5000000UL

/*
 * For each hart, early: what it does at this moment becomes its idle task, and `current` is valid.
 * When it has nothing else to do, it calls scheduler_run() on the same stack.
 */
void scheduler_init_hart(void);
NORETURN void scheduler_run(void);

/*
 * Lets the next task run, which may be the current one if it is still TASK_RUNNABLE. Otherwise this
 * returns after the current task has been woken.
 */
void schedule(void);

/* Lets the others run, as if the current task had used a whole turn. */
void task_yield(void);

/*
 * Marks the current task as about to sleep, for a wait without a wait queue: a signal, the deadline
 * or task_wake_from() wakes it. Then wait_sleep(), as in fs/wait.h, then task_finish_wait().
 */
void task_prepare_wait(void);
void task_finish_wait(void);

/* Sleeps until the deadline, -ETIMEDOUT, or a signal, -EINTR. */
int task_sleep(u64 deadline);

/* Makes a new task runnable, with as many turns as the current task, its maker, has had. */
void task_start(struct task *task);

/*
 * The current task has waited for a child that ran for `runtime` nanoseconds: up to a turn of that
 * counts as its own. Otherwise short-lived children, each with as few turns as their idle parent,
 * would always come first.
 */
void task_answer_for(u64 runtime);

/* Makes a task runnable if it is in this state; false: it was not. Any context. */
bool task_wake_from(struct task *task, u32 state);

/* The task's signal_pending was set: makes the task notice it soon. */
void task_notify(struct task *task);

/* With family_lock held. mask: harts that are online, at least one. The task moves if it must. */
void task_set_affinity(struct task *task, u64 mask);

/* With family_lock held: nanoseconds, from its next turn on. */
void task_set_slice(struct task *task, u64 slice);

/* Nanoseconds on a hart, up to now; *system (unless NULL): how many of them in the kernel. */
u64 task_runtime(struct task *task, u64 *system);

/* Switches the current hart to another address space, before the task drops its own. */
void scheduler_use_space(struct space *space);

/* Called by the trap path, interrupts off. from_user: a program was interrupted. */
void scheduler_timer(bool from_user);
void scheduler_ipi(void);

/* A timer was started on this hart; interrupts are off. */
void scheduler_deadline(u64 deadline);

/* Nanoseconds that a hart was idle, and that programs were in the kernel on it, by samples. */
void scheduler_times(u32 hart, u64 *idle, u64 *system);

/* Runnable tasks, on harts or waiting for one; switches between tasks since the start. */
u32 runnable_count(void);
u64 scheduler_switches(void);

/* Where kernel threads begin (proc/task.c), and user tasks (arch/riscv). Interrupts are off. */
void task_first_run_kernel(void *argument);
void task_first_run(void);
