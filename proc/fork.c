/*
 * Making tasks and processes: clone(2), of which fork, vfork and pthread_create are cases.
 *
 * First everything that can fail is made, for the child alone; then the child is published: it gets
 * its number and its place in the family, and can be seen and signalled. Until then nobody else
 * refers to it, so a failure just frees what was made.
 */
#include "proc/fork.h"

#include "fs/context.h"
#include "fs/file.h"
#include "fs/file_table.h"
#include "lib/abi/sched.h"
#include "lib/error.h"
#include "lib/string.h"
#include "mm/space.h"
#include "mm/stack.h"
#include "mm/uaccess.h"
#include "proc/limit.h"
#include "proc/pid.h"
#include "proc/schedule.h"
#include "proc/signal.h"

/* Flags without effect here, since there is nothing that they would change. */
#define CLONE_WITHOUT_EFFECT \
	((u64)CLONE_PTRACE | CLONE_UNTRACED | CLONE_SYSVSEM | CLONE_DETACHED | CLONE_IO)

#define CLONE_SUPPORTED                                                                           \
	(CLONE_WITHOUT_EFFECT | CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_VFORK | \
		CLONE_PARENT | CLONE_THREAD | CLONE_SETTLS | CLONE_PARENT_SETTID |                \
		CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID | CLONE_CLEAR_SIGHAND)

static int check_flags(const struct clone_request *request)
{
	u64 flags = request->flags;

	if (flags & ~CLONE_SUPPORTED)
		return -EINVAL;
	if ((flags & CLONE_SIGHAND) && !(flags & CLONE_VM))
		return -EINVAL;
	/* Signal actions belong to a process here: only its threads can share them. */
	if (!!(flags & CLONE_SIGHAND) != !!(flags & CLONE_THREAD))
		return -EINVAL;
	if ((flags & CLONE_THREAD) && (flags & (CLONE_VFORK | CLONE_CLEAR_SIGHAND)))
		return -EINVAL;
	if ((flags & CLONE_PARENT) && current->process == init_process)
		return -EINVAL;
	if (request->exit_signal < 0 || request->exit_signal > SIGNAL_MAX)
		return -EINVAL;
	return 0;
}

/* The first thing that a new task does if it has to store its own tid (CLONE_CHILD_SETTID). */
static void write_own_tid(void *argument UNUSED)
{
	struct task *task = current;

	/* As on Linux, a bad address is not reported. */
	(void)!copy_to_user(current_space(), UADDR(task->set_child_tid), &task->id,
		sizeof(task->id));
}

/* A task that will return from the caller's system call with 0, in a process still to be set. */
static struct task *copy_task(const struct clone_request *request)
{
	struct task *parent = current, *task = task_alloc(parent->name);
	struct trap_frame *frame;

	if (!task)
		return NULL;
	task->stack = stack_alloc();
	if (!task->stack) {
		task_free(task);
		return NULL;
	}
	frame = task_frame(parent);
	if (frame->status & SSTATUS_FS) {
		fpu_switch_out(&parent->fpu, frame);
		task->fpu = parent->fpu;
	}
	context_init_user(&task->context, task->stack, frame);
	frame = task_frame(task);
	frame->a0 = 0;
	if (request->stack)
		frame->sp = request->stack;
	if (request->flags & CLONE_SETTLS)
		frame->tp = request->tls;
	if (request->flags & CLONE_CHILD_SETTID) {
		task->set_child_tid = request->child_tid;
		task->function = write_own_tid;
	}
	if (request->flags & CLONE_CHILD_CLEARTID)
		task->clear_child_tid = request->child_tid;
	if (!(request->flags & CLONE_VM) || (request->flags & CLONE_VFORK))
		task->signal_stack = parent->signal_stack;
	else
		task->signal_stack.ss_flags = SS_DISABLE;
	task->signal_mask = parent->signal_mask;
	return task;
}

/* The end of a clone that succeeded: the new task runs. */
static void start(struct task *task, const struct clone_request *request, u32 id)
{
	if (request->flags & CLONE_PARENT_SETTID)
		(void)!copy_to_user(current_space(), UADDR(request->parent_tid), &id, sizeof(id));
	task_start(task);
}

/* The task is scheduled as the caller is. */
static void inherit_priority(struct task *task) REQUIRES(family_lock)
{
	task->affinity = current->affinity;
	task->slice = current->slice;
	task->nice = current->nice;
	task->policy = current->policy;
}

static void add_thread(struct process *process, struct task *task)
	REQUIRES(family_lock, process->lock)
{
	task->process = process;
	list_push_back(&process->threads, &task->thread_node);
	process->thread_count++;
}

static s64 publish_thread(struct task *task)
{
	struct process *process = current->process;
	struct pid *pid = error_pointer(-EINTR);

	spin_lock(&family_lock);
	spin_lock(&process->lock);
	if (!process->exiting && !process->execing)
		pid = pid_alloc();
	if (!is_error(pid)) {
		task_register(task, pid);
		pid_release(pid);
		inherit_priority(task);
		add_thread(process, task);
		/* The new thread finds out by itself whether the process is being stopped. */
		task->signal_pending = process->stopping;
	}
	spin_unlock(&process->lock);
	spin_unlock(&family_lock);
	return is_error(pid) ? pointer_error(pid) : (s64)task->id;
}

static s64 clone_thread(const struct clone_request *request)
{
	struct task *task = copy_task(request);
	s64 id;

	if (!task)
		return -ENOMEM;
	id = publish_thread(task);
	if (id < 0)
		task_free(task);
	else
		start(task, request, id);
	return id;
}

static struct signal_actions *actions_for_child(struct process *process, bool clear)
{
	struct signal_actions *actions;

	spin_lock(&process->lock);
	actions = clear ? signal_actions_cleared(process->actions)
			: signal_actions_get(process->actions);
	spin_unlock(&process->lock);
	return actions;
}

/* Gives the child what its parent has, shared or as a copy. False: no memory. */
static bool share_or_copy(struct process *child, struct process *parent, u64 flags)
{
	child->actions = actions_for_child(parent, flags & CLONE_CLEAR_SIGHAND);
	if (!child->actions)
		return false;
	child->files = flags & CLONE_FILES ? file_table_get(parent->files)
					   : file_table_clone(parent->files);
	if (!child->files)
		return false;
	child->fs = flags & CLONE_FS ? fs_context_get(parent->fs) : fs_context_clone(parent->fs);
	if (!child->fs)
		return false;
	child->space = flags & CLONE_VM ? space_get(parent->space) : space_fork(parent->space);
	return child->space;
}

/* Gives the child its number and its place in the family. */
static s64 publish_process(struct process *child, struct task *task, u64 flags)
{
	struct process *parent = current->process;
	bool interrupted;
	struct pid *pid;
	s64 id;

	spin_lock(&family_lock);
	/*
	 * A signal that was sent to the caller's group before this has missed the child: so the
	 * caller must take it before it forks. That holds even if another thread was told of the
	 * signal, since that one may take a while to end the process.
	 */
	spin_lock(&parent->lock);
	interrupted = signal_should_look(current);
	spin_unlock(&parent->lock);
	if (interrupted) {
		spin_unlock(&family_lock);
		return signal_interrupts_call(RESTART_ALWAYS);
	}
	pid = pid_alloc();
	if (is_error(pid)) {
		spin_unlock(&family_lock);
		return pointer_error(pid);
	}
	id = pid->number;
	process_register(child, pid);
	task_register(task, pid);
	pid_release(pid);
	process_join_group(child, parent->group);
	process_join_session(child, parent->session);
	child->parent = flags & CLONE_PARENT ? parent->parent : parent;
	list_push_back(&child->parent->children, &child->sibling);
	if (child->limits[RLIMIT_CPU].rlim_cur != RLIM_INFINITY)
		limit_watch_time(child);
	spin_lock(&child->lock);
	inherit_priority(task);
	add_thread(child, task);
	spin_unlock(&child->lock);
	spin_unlock(&family_lock);
	return id;
}

static void inherit(struct process *child, const struct process *parent)
{
	memcpy(child->name, parent->name, sizeof(child->name));
	memcpy(child->limits, parent->limits, sizeof(child->limits));
	child->executable = file_get(parent->executable);
	child->personality = parent->personality;
	child->secretive = parent->secretive;
	child->membarrier = parent->membarrier;
	child->strings = parent->strings;
}

static void wait_for_vfork(struct process *child)
{
	struct waiter waiter = {};

	for (;;) {
		wait_join(&child->thread_events, &waiter);
		if (!child->vfork_pending || signal_ends_task())
			break;
		wait_sleep_uninterruptible(WAIT_FOREVER);
	}
	wait_leave(&waiter);
}

static s64 clone_process(const struct clone_request *request)
{
	struct process *parent = current->process, *child = process_alloc();
	bool vfork = request->flags & CLONE_VFORK;
	struct task *task;
	s64 id = -ENOMEM;

	if (!child)
		return -ENOMEM;
	child->exit_signal =
		request->flags & CLONE_PARENT ? parent->exit_signal : request->exit_signal;
	child->vfork_pending = vfork;
	inherit(child, parent);
	task = copy_task(request);
	if (task && share_or_copy(child, parent, request->flags))
		id = publish_process(child, task, request->flags);
	if (id < 0) {
		if (task)
			task_free(task);
		process_put(child);
		return id;
	}
	if (vfork)
		process_get(child);
	start(task, request, id);
	if (vfork) {
		wait_for_vfork(child);
		process_put(child);
	}
	return id;
}

s64 process_clone(const struct clone_request *request)
{
	int error = check_flags(request);

	if (error)
		return error;
	if (!limit_allows_task())
		return -EAGAIN;
	return request->flags & CLONE_THREAD ? clone_thread(request) : clone_process(request);
}

int process_create_first(void (*function)(void *), void *argument)
{
	struct process *process = process_alloc();
	struct task *task = task_alloc("init");
	struct trap_frame frame;
	struct pid *pid;

	if (!process || !task)
		return -ENOMEM;
	task->stack = stack_alloc();
	process->actions = signal_actions_create();
	process->files = file_table_create();
	process->fs = fs_context_create();
	process->space = space_create();
	if (!task->stack || !process->actions || !process->files || !process->fs || !process->space)
		return -ENOMEM; /* the boot ends here: nothing to tidy */
	task->function = function;
	task->argument = argument;
	task->signal_stack.ss_flags = SS_DISABLE;
	memcpy(process->name, task->name, sizeof(process->name));
	limits_init(process);
	frame_init_user(&frame, 0, 0);
	context_init_user(&task->context, task->stack, &frame);

	spin_lock(&family_lock);
	pid = pid_alloc();
	if (is_error(pid)) {
		spin_unlock(&family_lock);
		return pointer_error(pid);
	}
	process_register(process, pid);
	task_register(task, pid);
	pid_release(pid);
	process_join_group(process, &pid_zero);
	process_join_session(process, &pid_zero);
	spin_lock(&process->lock);
	add_thread(process, task);
	spin_unlock(&process->lock);
	init_process = process;
	spin_unlock(&family_lock);
	task_start(task);
	return 0;
}
