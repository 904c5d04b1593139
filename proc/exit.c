/*
 * The end of tasks and of processes.
 *
 * A thread that is not the last just leaves. With the last one the process ends: first it releases
 * files and memory, then, under family_lock, its children go to process 1 and it becomes a zombie,
 * which stays until the parent has waited for it (proc/reap.c).
 */
#include "proc/exit.h"

#include "fs/context.h"
#include "fs/epoll.h"
#include "fs/file.h"
#include "fs/file_table.h"
#include "fs/tty.h"
#include "lib/abi/wait.h"
#include "lib/log.h"
#include "mm/inject.h"
#include "mm/space.h"
#include "proc/alarm.h"
#include "proc/credentials.h"
#include "proc/futex.h"
#include "proc/pid.h"
#include "proc/posix_timer.h"
#include "proc/schedule.h"
#include "proc/signal.h"

void vfork_release(struct process *process)
{
	if (!process->vfork_pending)
		return;
	process->vfork_pending = false;
	wake_all(&process->thread_events);
}

/* From here on no allocation may be made to fail: nothing could be undone. */
static void disarm_injection(struct task *task)
{
	if (task->fail_nth)
		atomic_fetch_sub(&inject_armed, 1);
	task->fail_nth = 0;
}

/* Takes the current task out of its process. It runs on without one until it is dead. */
static void remove_thread(struct process *process, struct task *task)
	REQUIRES(family_lock, process->lock)
{
	struct usage usage = usage_of_task(task);

	usage_add(&process->usage, &usage);
	signal_queue_flush(&task->pending);
	list_remove(&task->thread_node);
	if (--process->thread_count == 0) {
		process->credentials = task->credentials;
		task->credentials = NULL;
	}
	task_unregister(task);
	task->process = NULL;
}

static NORETURN void become_dead(void)
{
	current->state = TASK_DEAD;
	schedule();
	panic("a dead task runs");
}

/* False: it is the last thread, and stays. Else it leaves the space before others can free that. */
static bool leave_if_not_last(struct task *task, s32 status)
{
	struct process *process = task->process;
	bool left = false, all_stopped = false;

	spin_lock(&family_lock);
	spin_lock(&process->lock);
	if (process->thread_count > 1) {
		scheduler_use_space(NULL);
		remove_thread(process, task);
		signal_retarget(process);
		if (process->execing && process->thread_count == 1)
			wake_all(&process->thread_events);
		all_stopped = process->stopping && process->stopped_count == process->thread_count;
		left = true;
	} else if (!process->exiting) {
		process->exiting = true;
		process->exit_status = status;
	}
	spin_unlock(&process->lock);
	if (all_stopped)
		process_report(process, CLD_STOPPED);
	spin_unlock(&family_lock);
	return left;
}

static void release_resources(struct process *process)
{
	struct file_table *files;
	struct fs_context *fs;
	struct space *space;
	struct file *executable;

	spin_lock(&process->lock);
	files = process->files;
	fs = process->fs;
	space = process->space;
	executable = process->executable;
	process->files = NULL;
	process->fs = NULL;
	process->space = NULL;
	process->executable = NULL;
	spin_unlock(&process->lock);

	scheduler_use_space(NULL);
	space_put(space);
	file_table_put(files);
	fs_context_put(fs);
	file_put(executable);
	epoll_leave(&process->signal_readers);
}

static bool group_has_stopped(struct pid *group) REQUIRES(family_lock)
{
	struct process *member;
	bool stopped = false;

	list_for_each_entry(member, &group->group, group_node) {
		spin_lock(&member->lock);
		stopped |= member->stopping;
		spin_unlock(&member->lock);
	}
	return stopped;
}

/* Without `leaving` there may be nobody left to continue what is stopped in the group. */
static void free_orphaned_group(struct pid *group, struct process *leaving) REQUIRES(family_lock)
{
	if (!group_is_orphaned(group, leaving) || !group_has_stopped(group))
		return;
	signal_send_members(group, SIGHUP);
	signal_send_members(group, SIGCONT);
}

static struct signal_info child_info(struct process *process, s32 signal)
{
	s32 status = process->exit_status;

	return (struct signal_info){
		.signal = signal,
		.code = WIFEXITED(status) ? CLD_EXITED : CLD_KILLED,
		.pid = process->id,
		.uid = process->credentials->user.real,
		.value = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status),
		.utime = process->usage.runtime - process->usage.system,
		.stime = process->usage.system,
	};
}

/*
 * Whether the parent has declared that it will not wait for its children. If it ignores SIGCHLD,
 * the signal is not sent at all, not even if it is blocked.
 */
static bool parent_is_careless(struct process *process, struct process *parent,
	struct signal_info *info) REQUIRES(family_lock)
{
	const struct sigaction *action;
	bool careless;

	if (process->exit_signal != SIGCHLD)
		return false;
	spin_lock(&parent->lock);
	action = &parent->actions->action[SIGCHLD - 1];
	careless = action->sa_handler == SIG_IGN || (action->sa_flags & SA_NOCLDWAIT);
	if (action->sa_handler == SIG_IGN)
		info->signal = 0;
	spin_unlock(&parent->lock);
	return careless;
}

static void stop_timers(struct process *process) REQUIRES(family_lock)
{
	for (u32 i = 0; i < ITIMERS; i++)
		alarm_stop(&process->itimers[i]);
	alarm_stop(&process->time_limit);
	posix_timers_delete(process);
}

/* Puts a process that has ended among its parent's zombies, and tells the parent. */
static void become_zombie(struct process *process) REQUIRES(family_lock)
{
	struct process *parent = process->parent;
	struct signal_info info = child_info(process, process->exit_signal);
	bool careless = parent_is_careless(process, parent, &info);

	process->zombie = true;
	list_remove(&process->sibling);
	list_push_back(&parent->zombies, &process->sibling);
	if (info.signal)
		signal_send_process(parent, &info);
	wake_all(&parent->child_events);
	if (careless)
		process_reap(process);
}

/* Whatever exit signal the old parent wanted, process 1 waits for it as for any child. */
static void give_child_away(struct process *child) REQUIRES(family_lock)
{
	struct signal_info info = signal_from_caller((s32)child->parent_death_signal, SI_USER);

	child->parent = init_process;
	child->exit_signal = SIGCHLD;
	if (info.signal)
		signal_send_process(child, &info);
}

/* Each group is looked at once, however many of the children are in it. */
static void free_groups_of_children(struct process *process) REQUIRES(family_lock)
{
	static u64 looks GUARDED_BY(family_lock);
	struct process *child;

	process->group->look = ++looks;
	list_for_each_entry(child, &process->children, sibling) {
		struct pid *group = child->group;

		if (group->look != looks && child->session == process->session)
			free_orphaned_group(group, NULL);
		group->look = looks;
	}
}

static void give_children_away(struct process *process) REQUIRES(family_lock)
{
	struct process *child;

	list_for_each_entry(child, &process->children, sibling)
		give_child_away(child);
	free_groups_of_children(process);
	list_append_all(&init_process->children, &process->children);
	while (!list_empty(&process->zombies)) {
		child = list_entry(list_first(&process->zombies), struct process, sibling);
		child->parent = init_process;
		child->exit_signal = SIGCHLD;
		become_zombie(child);
	}
}

static NORETURN void end_process(struct process *process)
{
	struct task *task = current;

	if (process == init_process)
		panic("init has ended, status %#x", process->exit_status);
	release_resources(process);
	vfork_release(process);
	if (process->session == process->pid)
		tty_session_ended((s32)process->id);

	spin_lock(&family_lock);
	give_children_away(process);
	if (process->parent->group != process->group &&
		process->parent->session == process->session)
		free_orphaned_group(process->group, process);
	spin_lock(&process->lock);
	remove_thread(process, task);
	signal_queue_flush(&process->pending);
	spin_unlock(&process->lock);
	stop_timers(process);
	become_zombie(process);
	spin_unlock(&family_lock);
	become_dead();
}

void task_exit(s32 status)
{
	struct task *task = current;
	struct process *process = task->process;

	disarm_injection(task);
	futex_leave_program(task);
	if (leave_if_not_last(task, status))
		become_dead();
	end_process(process);
}

void process_kill_others(struct process *process)
{
	struct task *task;

	process->stopping = false;
	list_for_each_entry(task, &process->threads, thread_node) {
		if (task == current)
			continue;
		task->killed = true;
		signal_tell(task);
		task_wake_from(task, TASK_STOPPED);
	}
}

void process_begin_exit(struct process *process, s32 status)
{
	if (process->exiting)
		return;
	process->exiting = true;
	process->exit_status = status;
	process_kill_others(process);
}

void process_exit(s32 status)
{
	struct process *process = current->process;

	spin_lock(&process->lock);
	process_begin_exit(process, status);
	status = process->exit_status;
	spin_unlock(&process->lock);
	task_exit(status);
}
