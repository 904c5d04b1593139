/*
 * Numbers, process groups and sessions. All under family_lock.
 */
#include "proc/pid.h"

#include "lib/error.h"
#include "lib/radix.h"
#include "mm/cache.h"
#include "mm/slab.h"

static struct slab_cache pid_cache = SLAB_CACHE(pid_cache, "pid", sizeof(struct pid));

/* The group and the session in which process 1 begins, as on Linux: they have no number. */
struct pid pid_zero = {
	.uses = 1,
	.group = LIST_INITIAL(pid_zero.group),
	.session = LIST_INITIAL(pid_zero.session),
};

static struct radix pids GUARDED_BY(family_lock) = { .memory = &radix_slab };
static u32 next_number GUARDED_BY(family_lock) = 1;
static u32 processes GUARDED_BY(family_lock);
static u64 forks GUARDED_BY(family_lock);

/* The next free number after the last one given; 0 when there is none. */
static u32 free_number(void) REQUIRES(family_lock)
{
	for (u32 tries = 1; tries < PID_LIMIT; tries++) {
		u32 number = next_number;

		next_number = number + 1 < PID_LIMIT ? number + 1 : 2;
		if (!radix_lookup(&pids, number))
			return number;
	}
	return 0;
}

struct pid *pid_alloc(void)
{
	struct pid *pid = slab_alloc(&pid_cache);
	u32 number = free_number();
	int error = number ? -ENOMEM : -EAGAIN;

	if (!pid)
		return error_pointer(-ENOMEM);
	*pid = (struct pid){ .number = number, .uses = 1 };
	list_init(&pid->group);
	list_init(&pid->session);
	if (number)
		error = radix_insert(&pids, number, pid);
	if (error) {
		slab_free(&pid_cache, pid);
		return error_pointer(error);
	}
	return pid;
}

void pid_release(struct pid *pid)
{
	if (--pid->uses)
		return;
	radix_remove(&pids, pid->number);
	slab_free(&pid_cache, pid);
}

struct pid *pid_find(u32 number)
{
	return radix_lookup(&pids, number);
}

struct process *process_find(u32 number)
{
	struct pid *pid = pid_find(number);

	return pid ? pid->process : NULL;
}

struct task *task_find(u32 number)
{
	struct pid *pid = pid_find(number);

	return pid ? pid->task : NULL;
}

struct process *process_of(u32 number)
{
	struct pid *pid = pid_find(number);

	if (!pid)
		return NULL;
	/* The first thread may have ended, and its number is still the process's. */
	return pid->task ? pid->task->process : pid->process;
}

struct process *process_find_get(u32 number)
{
	struct process *process;

	spin_lock(&family_lock);
	process = process_get(process_find(number));
	spin_unlock(&family_lock);
	return process;
}

struct process *process_next(u64 number)
{
	struct pid *pid;

	while ((pid = radix_next(&pids, &number)) && !pid->process)
		number++;
	return pid ? pid->process : NULL;
}

struct task *thread_next(const struct process *process, u64 number)
{
	struct pid *pid;

	while ((pid = radix_next(&pids, &number)) && !(pid->task && pid->task->process == process))
		number++;
	return pid ? pid->task : NULL;
}

struct process *process_next_get(u64 number)
{
	struct process *process;

	spin_lock(&family_lock);
	process = process_get(process_next(number));
	spin_unlock(&family_lock);
	return process;
}

void process_register(struct process *process, struct pid *pid)
{
	process->pid = pid;
	process->id = pid->number;
	pid->process = process;
	pid->uses++;
	processes++;
	forks++;
}

void process_unregister(struct process *process)
{
	process->pid->process = NULL;
	pid_release(process->pid);
	processes--;
}

void task_register(struct task *task, struct pid *pid)
{
	task->pid = pid;
	task->id = pid->number;
	pid->task = task;
	pid->uses++;
}

void task_unregister(struct task *task)
{
	task->pid->task = NULL;
	pid_release(task->pid);
	task->pid = NULL;
}

static void leave(struct pid **pid, struct list_node *node) REQUIRES(family_lock)
{
	if (!*pid)
		return;
	list_remove(node);
	pid_release(*pid);
	*pid = NULL;
}

void process_join_group(struct process *process, struct pid *group)
{
	group->uses++;
	leave(&process->group, &process->group_node);
	process->group = group;
	list_push_back(&group->group, &process->group_node);
}

void process_join_session(struct process *process, struct pid *session)
{
	session->uses++;
	leave(&process->session, &process->session_node);
	process->session = session;
	list_push_back(&session->session, &process->session_node);
}

void process_leave_groups(struct process *process)
{
	leave(&process->group, &process->group_node);
	leave(&process->session, &process->session_node);
}

bool group_is_orphaned(struct pid *group, const struct process *without)
{
	struct process *member;

	list_for_each_entry(member, &group->group, group_node) {
		struct process *parent = member->parent;

		/* init adopts processes but continues none, even in its own session. */
		if (member == without || member->zombie || !parent || parent == init_process)
			continue;
		if (parent->session == member->session && parent->group != group)
			return false;
	}
	return true;
}

/* The process that a number means in setpgid() and its relatives: 0 is the caller. */
static struct process *process_named(u32 number) REQUIRES(family_lock)
{
	return number ? process_of(number) : current->process;
}

static s64 set_group(struct process *process, u32 number) REQUIRES(family_lock)
{
	struct process *caller = current->process;
	struct pid *group;

	if (!process || (process != caller && process->parent != caller))
		return -ESRCH;
	if (process->session != caller->session)
		return -EPERM;
	if (process != caller && process->executed)
		return -EACCES;
	if (process->session == process->pid)
		return -EPERM;
	if (!number || number == process->id) {
		group = process->pid;
	} else {
		struct process *member;

		group = pid_find(number);
		if (!group || list_empty(&group->group))
			return -EPERM;
		member = list_first_entry(&group->group, struct process, group_node);
		if (member->session != caller->session)
			return -EPERM;
	}
	if (group != process->group)
		process_join_group(process, group);
	return 0;
}

s64 group_set(u32 pid, u32 group)
{
	struct process *process;
	s64 result;

	spin_lock(&family_lock);
	process = process_named(pid);
	result = pid && process && process->id != pid ? -EINVAL : set_group(process, group);
	spin_unlock(&family_lock);
	return result;
}

/* The number of a process's group, or of its session. */
static s64 number_of(u32 pid, bool session)
{
	struct process *process;
	struct pid *found = NULL;
	s64 result;

	spin_lock(&family_lock);
	process = process_named(pid);
	if (process)
		found = session ? process->session : process->group;
	result = found ? (s64)found->number : -ESRCH;
	spin_unlock(&family_lock);
	return result;
}

s64 group_of(u32 pid)
{
	return number_of(pid, false);
}

s64 session_of(u32 pid)
{
	return number_of(pid, true);
}

s64 session_create(void)
{
	struct process *process = current->process;
	s64 result = -EPERM;

	spin_lock(&family_lock);
	if (list_empty(&process->pid->group)) {
		process_join_session(process, process->pid);
		process_join_group(process, process->pid);
		result = process->id;
	}
	spin_unlock(&family_lock);
	return result;
}

struct process_counts process_counts(void)
{
	struct process_counts counts;

	spin_lock(&family_lock);
	counts = (struct process_counts){ processes, next_number - 1, forks };
	spin_unlock(&family_lock);
	return counts;
}
