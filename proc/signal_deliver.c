/*
 * What a task does before it returns to user mode, mostly about its signals: it ends, stops, or
 * goes on in a handler. Here it is also decided whether an interrupted system call is restarted.
 */
#include "arch/riscv/csr.h"
#include "arch/riscv/hart.h"
#include "arch/riscv/trap.h"
#include "lib/abi/errno.h"
#include "proc/alarm.h"
#include "proc/exit.h"
#include "proc/pid.h"
#include "proc/posix_timer.h"
#include "proc/schedule.h"
#include "proc/signal.h"
#include "proc/stop.h"

#define ECALL_SIZE 4 /* bytes of the instruction that makes a system call */

/*
 * The sender has set signal_pending, but may not have called task_notify() yet. If the way out did
 * not look for the signal, the program would see -EINTR before its handler has run.
 */
int signal_interrupts_call(enum task_restart restart)
{
	current->restart = restart;
	atomic_fetch_or(&this_hart()->work, WORK_SIGNAL);
	return -EINTR;
}

void signal_no_restart(void)
{
	current->restart = RESTART_WITHOUT_HANDLER;
}

void signal_no_restart_until(u64 deadline)
{
	signal_no_restart();
	current->restart_deadline = deadline;
}

u64 signal_kept_deadline(void)
{
	u64 deadline = current->restart_deadline;

	current->restart_deadline = 0;
	return deadline;
}

/*
 * A handler comes after it was settled that a call is made again, but before it is: the pc is at the
 * ecall still. The call does not sleep anew after the handler, but returns now.
 */
static void unsettle_restart(struct trap_frame *frame)
{
	frame->a0 = (u64)-EINTR;
	frame->pc += ECALL_SIZE;
}

/* handler: the one that is about to run; NULL: none is. */
static void settle_restart(struct trap_frame *frame, const struct sigaction *handler)
{
	struct task *task = current;
	enum task_restart restart = task->restart;
	bool interrupted = frame->cause == CAUSE_SYSCALL && (s64)frame->a0 == -EINTR;

	task->restart = RESTART_NONE;
	if (restart == RESTART_NONE && handler && task->restart_deadline)
		unsettle_restart(frame);
	if (handler || (restart != RESTART_NONE && !interrupted))
		task->restart_deadline = 0;
	if (restart == RESTART_NONE || !interrupted)
		return;
	if (handler && restart == RESTART_WITHOUT_HANDLER)
		return;
	if (handler && restart == RESTART_UNLESS_FORBIDDEN && !(handler->sa_flags & SA_RESTART))
		return;
	frame->a0 = frame->first_a0;
	frame->pc -= ECALL_SIZE;
}

/* A signal that was taken. */
struct taken {
	struct signal_info info;
	struct sigaction action;
	u64 old_mask; /* for after the handler */
};

/* A handler with SA_RESETHAND is reset when its signal is taken. False: no memory. */
static RARE bool reset_action(struct process *process, s32 signal) REQUIRES(process->lock)
{
	if (signal_own_actions(process))
		return false;
	process->actions->action[signal - 1].sa_handler = SIG_DFL;
	return true;
}

/* The handler's signal is taken: blocks what is blocked while it runs. False: no memory. */
static bool enter_handler(struct process *process, struct task *task, struct taken *taken)
	REQUIRES(process->lock)
{
	const struct sigaction *action = &taken->action;
	u64 added = action->sa_mask.bits;

	if ((action->sa_flags & SA_RESETHAND) && !reset_action(process, taken->info.signal))
		return false;
	if (!(action->sa_flags & SA_NODEFER))
		added |= SIGNAL_BIT(taken->info.signal);
	taken->old_mask = task->restore_mask ? task->saved_mask : task->signal_mask;
	task->restore_mask = false;
	task->signal_mask |= added & ~SIGNALS_UNMASKABLE;
	return true;
}

static bool may_have_more(const struct task *task)
{
	return atomic_load_explicit(&task->signal_pending, memory_order_relaxed);
}

/* Whether a signal without a handler does anything: to process 1, it never does. */
static bool has_effect(const struct process *process, const struct taken *taken, s32 signal)
{
	return process != init_process && !signal_action_ignores(&taken->action, signal);
}

/* 0: there is none. */
static s32 take(struct process *process, struct task *task, struct taken *taken)
	REQUIRES(process->lock)
{
	s32 signal = signal_dequeue(task, ~task->signal_mask, &taken->info);

	if (signal) {
		taken->action = process->actions->action[signal - 1];
		if (!signal_has_handler(&taken->action)) {
			if (SIGNAL_BIT(signal) & SIGNALS_STOPPING)
				process->stop_taken = true;
			else if (has_effect(process, taken, signal))
				/* Now: no longer pending, it cannot stop another's fork(). */
				process_begin_exit(process, signal);
		} else if (!enter_handler(process, task, taken)) {
			taken->action.sa_handler = SIG_DFL;
			signal = SIGKILL;
		}
	}
	atomic_store_explicit(&task->signal_pending, signal_should_look(task),
		memory_order_relaxed);
	if (!may_have_more(task))
		signal_retarget(process);
	return signal;
}

static void start_handler(struct trap_frame *frame, const struct taken *taken)
{
	const struct sigaction *action = &taken->action;

	settle_restart(frame, action);
	if (signal_frame_push(frame, &taken->info, action, taken->old_mask))
		return;
	if (taken->info.signal == SIGSEGV)
		process_exit(SIGSEGV);
	signal_set_mask(taken->old_mask);
	signal_fault(SIGSEGV, SI_KERNEL, 0);
}

/* Makes all threads stop. A terminal's stop signals spare a group that nobody would continue. */
static RARE void begin_stop(struct process *process, s32 signal)
{
	struct task *task;
	bool spared;

	spin_lock(&family_lock);
	spared = signal != SIGSTOP && group_is_orphaned(process->group, NULL);
	spin_lock(&process->lock);
	if (!spared && process->stop_taken && !current->killed && !process->stopping) {
		process->stopping = true;
		process->stop_signal = signal;
		process->stop_reported = false;
		process->continued = false;
		process->stopped_count = 0;
		list_for_each_entry(task, &process->threads, thread_node)
			signal_tell(task);
	}
	spin_unlock(&process->lock);
	spin_unlock(&family_lock);
}

/* A stop does not keep a thread from dying, whichever of the two was sent first. */
static bool kill_is_pending(const struct task *task)
{
	return (task->pending.set | task->process->pending.set) & SIGNAL_BIT(SIGKILL);
}

/* Stops the current thread, unless the stop is over already. */
static RARE void stop_thread(struct process *process)
{
	bool last;

	spin_lock(&family_lock);
	spin_lock(&process->lock);
	if (!process->stopping || kill_is_pending(current)) {
		spin_unlock(&process->lock);
		spin_unlock(&family_lock);
		return;
	}
	current->state = TASK_STOPPED;
	last = ++process->stopped_count == process->thread_count;
	spin_unlock(&process->lock);
	if (last)
		process_report(process, CLD_STOPPED);
	spin_unlock(&family_lock);
	schedule();
}

/*
 * Acts on one signal. False: there is none left. A fault's signal (from the kernel, with an
 * address) was checked when it was sent.
 */
static bool deliver_one(struct trap_frame *frame, bool *handled)
{
	struct task *task = current;
	struct process *process = task->process;
	bool ending, stopping;
	struct taken taken;
	s32 signal = 0;

	spin_lock(&process->lock);
	ending = task->killed || process->exiting;
	stopping = process->stopping && !kill_is_pending(task);
	if (!ending && !stopping)
		signal = take(process, task, &taken);
	spin_unlock(&process->lock);

	if (ending)
		task_exit(process->exit_status);
	if (stopping)
		stop_thread(process);
	if (!signal)
		return stopping;
	if (taken.info.code == SI_TIMER)
		posix_timer_taken(&taken.info);
	if (signal_has_handler(&taken.action)) {
		start_handler(frame, &taken);
		*handled = true;
	} else if (!has_effect(process, &taken, signal)) {
		return true;
	} else if (SIGNAL_BIT(signal) & SIGNALS_STOPPING) {
		begin_stop(process, signal);
	} else {
		process_exit(signal);
	}
	return true;
}

static void restore_mask(struct task *task)
{
	task->restore_mask = false;
	signal_set_mask(task->saved_mask);
}

/* Interrupts are on. */
static void deliver(struct trap_frame *frame)
{
	struct task *task = current;
	bool handled = false;

	/*
	 * A program may check only after EINTR what its handler has noted. So if the call returns
	 * anything else, signals that only its mask let in stay pending.
	 */
	if (task->restore_mask && (s64)frame->a0 != -EINTR)
		restore_mask(task);
	do {
		while (deliver_one(frame, &handled) && may_have_more(task))
			;
		if (!handled)
			settle_restart(frame, NULL);
		if (task->restore_mask)
			restore_mask(task);
	} while (may_have_more(task));
}

/* Called when this_hart()->work is not 0. */
void user_return_work(struct trap_frame *frame)
{
	u32 work;

	while ((work = atomic_exchange(&this_hart()->work, 0))) {
		if (work & WORK_STOP)
			harts_stop_point();
		if (work & WORK_RESCHEDULE)
			schedule();
		if (work & WORK_TIME) {
			interrupts_enable();
			alarm_check_process(current->process);
			interrupts_disable();
		}
		if (work & WORK_SIGNAL) {
			interrupts_enable();
			deliver(frame);
			interrupts_disable();
		}
	}
}
