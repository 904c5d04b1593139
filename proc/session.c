/*
 * What a terminal asks about sessions and groups (fs/session.h).
 */
#include "fs/session.h"

#include "lib/abi/errno.h"
#include "proc/pid.h"
#include "proc/signal.h"
#include "proc/task.h"

s32 session_of_caller(void)
{
	return (s32)session_of(0);
}

s32 session_group_of_caller(void)
{
	return (s32)group_of(0);
}

bool session_caller_is_leader(void)
{
	return session_of(0) == (s64)current->process->id;
}

s32 session_of_group(s32 group)
{
	struct process *member = NULL;
	struct pid *pid;
	s32 session = -ESRCH;

	spin_lock(&family_lock);
	pid = pid_find((u32)group);
	if (pid && !list_empty(&pid->group))
		member = list_first_entry(&pid->group, struct process, group_node);
	else if (pid)
		member = pid->process; /* it may still found the group */
	if (member)
		session = (s32)member->session->number;
	spin_unlock(&family_lock);
	return session;
}

void session_signal_group(s32 group, int signal)
{
	struct pid *pid;

	spin_lock(&family_lock);
	pid = pid_find((u32)group);
	if (pid)
		signal_send_members(pid, signal);
	spin_unlock(&family_lock);
}

void session_signal_leader(s32 session, int signal)
{
	const struct signal_info info = { .signal = signal, .code = SI_KERNEL };
	struct process *leader;

	spin_lock(&family_lock);
	leader = process_find((u32)session);
	if (leader && !leader->zombie)
		signal_send_process(leader, &info);
	spin_unlock(&family_lock);
}

int session_interrupt_caller(void)
{
	return signal_interrupts_call(RESTART_UNLESS_FORBIDDEN);
}

bool session_caller_ignores(int signal)
{
	struct process *process = current->process;
	bool result;

	spin_lock(&process->lock);
	result = (current->signal_mask & SIGNAL_BIT(signal)) ||
		process->actions->action[signal - 1].sa_handler == SIG_IGN;
	spin_unlock(&process->lock);
	return result;
}

bool session_caller_is_orphaned(void)
{
	bool orphaned;

	spin_lock(&family_lock);
	orphaned = group_is_orphaned(current->process->group, NULL);
	spin_unlock(&family_lock);
	return orphaned;
}

void session_signal_caller(int signal)
{
	const struct signal_info info = signal_from_caller(signal, SI_USER);

	spin_lock(&family_lock);
	signal_send_task(current, &info);
	spin_unlock(&family_lock);
}
