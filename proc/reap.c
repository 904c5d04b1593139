/*
 * Waiting for children: what wait4 and waitid find, and the end of zombies. All under family_lock.
 */
#include "lib/abi/errno.h"
#include "lib/abi/wait.h"
#include "proc/credentials.h"
#include "proc/exit.h"
#include "proc/pid.h"
#include "proc/schedule.h"
#include "proc/signal.h"

void process_reap(struct process *process)
{
	list_remove(&process->sibling);
	process_leave_groups(process);
	process_unregister(process);
	process_put(process);
}

void process_report(struct process *process, s32 code)
{
	struct process *parent = process->parent;
	struct signal_info info = {
		.signal = SIGCHLD,
		.code = code,
		.pid = process->id,
		.uid = process_user(process),
		.value = code == CLD_STOPPED ? process->stop_signal : SIGCONT,
	};
	const struct sigaction *action;
	bool wanted;

	if (!parent)
		return;
	spin_lock(&parent->lock);
	action = &parent->actions->action[SIGCHLD - 1];
	wanted = action->sa_handler != SIG_IGN && !(action->sa_flags & SA_NOCLDSTOP);
	spin_unlock(&parent->lock);
	if (wanted)
		signal_send_process(parent, &info);
	wake_all(&parent->child_events);
}

struct wait_request {
	s32 type;
	u32 number;
	u32 options;
	struct pid *group; /* for P_PGID */
};

/*
 * Ordinary children report their end by SIGCHLD; WCLONE asks for the others. A zombie can only
 * match WEXITED: it will never stop or continue.
 */
static bool is_eligible(const struct wait_request *request, const struct process *child)
{
	if (child->zombie && !(request->options & WEXITED))
		return false;
	if (request->type == P_PGID && child->group != request->group)
		return false;
	if (request->options & WALL)
		return true;
	return (child->exit_signal != SIGCHLD) == !!(request->options & WCLONE);
}

static void fill(struct wait_result *result, struct process *child, s32 status)
	REQUIRES(family_lock, child->lock)
{
	result->pid = child->id;
	result->status = status;
	result->uid = process_credentials(child)->user.real;
	result->usage = usage_of_process(child);
	usage_add(&result->usage, &child->children_usage);
}

/* Reports what the request asks for, if the child has that. False: it has nothing to report. */
static bool examine(struct process *child, const struct wait_request *request,
	struct wait_result *result) REQUIRES(family_lock)
{
	bool keep = request->options & WNOWAIT, found = false;

	if (child->zombie) {
		spin_lock(&child->lock);
		fill(result, child, child->exit_status);
		spin_unlock(&child->lock);
		if (!keep) {
			task_answer_for(child->usage.runtime);
			usage_add(&child->parent->children_usage, &result->usage);
			process_reap(child);
		}
		return true;
	}
	spin_lock(&child->lock);
	if ((request->options & WSTOPPED) && child->stopping && !child->stop_reported &&
		child->stopped_count == child->thread_count) {
		fill(result, child, child->stop_signal << 8 | 0x7f);
		child->stop_reported = !keep;
		found = true;
	} else if ((request->options & WCONTINUED) && child->continued) {
		fill(result, child, WSTATUS_CONTINUED);
		child->continued = keep;
		found = true;
	}
	spin_unlock(&child->lock);
	return found;
}

/*
 * Looks through a list of children. True: one had something to report. *exists becomes true if
 * there is any that could report something; `brief`: only that matters.
 */
static bool search(struct list *children, const struct wait_request *request, bool brief,
	bool *exists, struct wait_result *result) REQUIRES(family_lock)
{
	struct process *child;

	list_for_each_entry(child, children, sibling) {
		if (!is_eligible(request, child))
			continue;
		*exists = true;
		if (brief)
			return false;
		if (examine(child, request, result))
			return true;
	}
	return false;
}

static int find(struct process *parent, const struct wait_request *request,
	struct wait_result *result) REQUIRES(family_lock)
{
	bool living = request->options & (WSTOPPED | WCONTINUED), exists = false;

	if (request->type == P_PID) {
		struct process *child = process_find(request->number);

		if (!child || child->parent != parent || !is_eligible(request, child))
			return -ECHILD;
		examine(child, request, result);
		return 0;
	}
	if (search(&parent->zombies, request, false, &exists, result) ||
		search(&parent->children, request, !living, &exists, result))
		return 0;
	return exists ? 0 : -ECHILD;
}

int process_wait(s32 type, u32 number, u32 options, struct wait_result *result)
{
	struct process *parent = current->process;
	struct wait_request request = { type, number, options, NULL };
	struct waiter waiter = {};
	int error;

	for (;;) {
		wait_join(&parent->child_events, &waiter);
		result->pid = 0;
		spin_lock(&family_lock);
		if (type == P_PGID)
			request.group = number ? pid_find(number) : parent->group;
		error = find(parent, &request, result);
		spin_unlock(&family_lock);
		if (error || result->pid || (options & WNOHANG))
			break;
		error = wait_sleep(WAIT_FOREVER);
		if (error)
			break;
	}
	wait_leave(&waiter);
	return error;
}
