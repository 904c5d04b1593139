/*
 * Signals: what is pending, who is told, and the actions of a process.
 *
 *	process->lock	pending signals of the process and of its threads, actions, stopping
 *	family_lock	finding the target: held by senders, outside process->lock
 *
 * A task's `signal_pending` says that it may have something to take. Senders set it and notify the
 * task; only the task itself clears it, when it has looked (proc/signal_deliver.c).
 */
#include "proc/signal.h"

#include "lib/bitmap.h"
#include "lib/error.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "proc/credentials.h"
#include "proc/exit.h"
#include "proc/pid.h"
#include "proc/posix_timer.h"
#include "proc/schedule.h"

struct signal_entry {
	struct list_node node;
	struct signal_info info;
};

static struct slab_cache entry_cache =
	SLAB_CACHE(entry_cache, "signal", sizeof(struct signal_entry));
static struct slab_cache actions_cache =
	SLAB_CACHE(actions_cache, "signal-actions", sizeof(struct signal_actions));

/* Actions */

struct signal_actions *signal_actions_create(void)
{
	struct signal_actions *actions = slab_alloc_zeroed(&actions_cache);

	if (actions)
		atomic_init(&actions->count, 1);
	return actions;
}

struct signal_actions *signal_actions_get(struct signal_actions *actions)
{
	atomic_fetch_add_explicit(&actions->count, 1, memory_order_relaxed);
	return actions;
}

void signal_actions_put(struct signal_actions *actions)
{
	if (actions && atomic_fetch_sub_explicit(&actions->count, 1, memory_order_acq_rel) == 1)
		slab_free(&actions_cache, actions);
}

static struct signal_actions *actions_copy(const struct signal_actions *actions)
{
	struct signal_actions *copy = slab_alloc(&actions_cache);

	if (copy) {
		memcpy(copy, actions, sizeof(*copy));
		atomic_init(&copy->count, 1);
	}
	return copy;
}

int signal_own_actions(struct process *process)
{
	struct signal_actions *shared = process->actions, *copy;

	if (atomic_load_explicit(&shared->count, memory_order_acquire) == 1)
		return 0;
	copy = actions_copy(shared);
	if (!copy)
		return -ENOMEM;
	process->actions = copy;
	signal_actions_put(shared);
	return 0;
}

/* The flags of an action that are kept. */
#define SA_KNOWN                                                                                  \
	(SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_EXPOSE_TAGBITS | SA_ONSTACK | SA_RESTART | \
		SA_NODEFER | SA_RESETHAND)

static bool is_special(const struct sigaction *action)
{
	return signal_has_handler(action) || action->sa_flags || action->sa_mask.bits;
}

s64 signal_set_action(s32 signal, const struct sigaction *new, struct sigaction *old)
{
	struct process *process = current->process;
	int error = 0;

	if (signal < 1 || signal > SIGNAL_MAX || (new && (SIGNAL_BIT(signal) & SIGNALS_UNMASKABLE)))
		return -EINVAL;
	spin_lock(&process->lock);
	if (old)
		*old = process->actions->action[signal - 1];
	if (new)
		error = signal_own_actions(process);
	if (new && !error) {
		struct sigaction *action = &process->actions->action[signal - 1];

		*action = *new;
		action->sa_flags &= SA_KNOWN;
		action->sa_mask.bits &= ~SIGNALS_UNMASKABLE;
		if (is_special(action))
			process->actions->special = true;
		if (signal_action_ignores(action, signal))
			signal_drop(process, SIGNAL_BIT(signal));
	}
	spin_unlock(&process->lock);
	return error;
}

bool signal_action_ignores(const struct sigaction *action, s32 signal)
{
	if (action->sa_handler == SIG_IGN)
		return true;
	return action->sa_handler == SIG_DFL && (SIGNAL_BIT(signal) & SIGNALS_IGNORED);
}

struct signal_actions *signal_actions_cleared(struct signal_actions *actions)
{
	struct signal_actions *fresh;

	if (!actions->special)
		return signal_actions_get(actions);
	fresh = signal_actions_create();
	if (!fresh)
		return NULL;
	for (u32 i = 0; i < SIGNAL_MAX; i++)
		if (actions->action[i].sa_handler == SIG_IGN)
			fresh->action[i].sa_handler = SIG_IGN;
	return fresh;
}

/* Queues */

void signal_queue_init(struct signal_queue *queue)
{
	queue->set = 0;
	queue->first.signal = 0;
	queue->length = 0;
	list_init(&queue->entries);
}

static void drop_entry(struct signal_queue *queue, struct signal_entry *entry)
{
	list_remove(&entry->node);
	queue->length--;
	slab_free(&entry_cache, entry);
}

static void queue_drop(struct signal_queue *queue, u64 set)
{
	struct signal_entry *entry, *next;

	if (!(queue->set & set))
		return;
	queue->set &= ~set;
	if (queue->first.signal && (SIGNAL_BIT(queue->first.signal) & set))
		queue->first.signal = 0;
	list_for_each_entry_safe(entry, next, &queue->entries, node)
		if (SIGNAL_BIT(entry->info.signal) & set)
			drop_entry(queue, entry);
}

void signal_queue_drop_timers(struct signal_queue *queue)
{
	struct signal_entry *entry, *next;
	u64 of_timers = 0, others = 0;

	if (queue->first.signal && queue->first.code == SI_TIMER) {
		of_timers |= SIGNAL_BIT(queue->first.signal);
		queue->first.signal = 0;
	} else if (queue->first.signal) {
		others |= SIGNAL_BIT(queue->first.signal);
	}
	list_for_each_entry_safe(entry, next, &queue->entries, node) {
		u64 *set = entry->info.code == SI_TIMER ? &of_timers : &others;

		*set |= SIGNAL_BIT(entry->info.signal);
		if (set == &of_timers)
			drop_entry(queue, entry);
	}
	queue->set &= ~of_timers | others;
}

void signal_queue_flush(struct signal_queue *queue)
{
	queue_drop(queue, ~0UL);
}

void signal_drop(struct process *process, u64 set)
{
	struct task *task;

	queue_drop(&process->pending, set);
	list_for_each_entry(task, &process->threads, thread_node)
		queue_drop(&task->pending, set);
}

static RARE bool add_entry(struct signal_queue *queue, const struct signal_info *info)
{
	struct signal_entry *entry =
		queue->length < SIGNAL_QUEUE_LIMIT ? slab_alloc(&entry_cache) : NULL;

	if (!entry)
		return false;
	entry->info = *info;
	list_push_back(&queue->entries, &entry->node);
	queue->length++;
	return true;
}

/*
 * An ordinary signal is pending once or not at all; realtime signals queue, and so do those of
 * timers, each of which has one at most (a forged one has no generation in utime). False: the
 * information was dropped.
 */
static bool queue_add(struct signal_queue *queue, const struct signal_info *info)
{
	u64 waiting = queue->set;

	if ((waiting & SIGNAL_BIT(info->signal)) && info->signal < SIGRTMIN &&
		!(info->code == SI_TIMER && info->utime))
		return false;
	queue->set |= SIGNAL_BIT(info->signal);
	if (waiting)
		return add_entry(queue, info);
	queue->first = *info;
	return true;
}

/* The signal's oldest entry. */
static struct signal_entry *find_entry(struct signal_queue *queue, s32 signal)
{
	struct signal_entry *entry;

	list_for_each_entry(entry, &queue->entries, node)
		if (entry->info.signal == signal)
			return entry;
	return NULL;
}

static RARE void take_entry(struct signal_queue *queue, s32 signal, struct signal_info *info)
{
	struct signal_entry *entry = find_entry(queue, signal);

	if (entry) {
		*info = entry->info;
		drop_entry(queue, entry);
	} else {
		*info = (struct signal_info){ .signal = signal, .code = SI_KERNEL };
	}
}

/* Takes the signal's oldest information; the signal stays pending if there is more. */
static void queue_take(struct signal_queue *queue, s32 signal, struct signal_info *info)
{
	if (queue->first.signal == signal) {
		*info = queue->first;
		queue->first.signal = 0;
	} else {
		take_entry(queue, signal, info);
	}
	if (!find_entry(queue, signal))
		queue->set &= ~SIGNAL_BIT(signal);
}

s32 signal_dequeue(struct task *task, u64 set, struct signal_info *info)
{
	struct signal_queue *queue = &task->pending;
	u64 ready = queue->set & set;
	s32 signal;

	if (!ready) {
		queue = &task->process->pending;
		ready = queue->set & set;
	}
	if (!ready)
		return 0;
	/* Before others: else a fault's handler would see their handler as the faulting code. */
	if (unlikely(ready & SIGNALS_FIRST))
		ready &= ready & SIGNAL_BIT(SIGKILL) ? SIGNAL_BIT(SIGKILL) : SIGNALS_FIRST;
	signal = lowest_bit(ready) + 1;
	queue_take(queue, signal, info);
	return signal;
}

bool signal_should_look(const struct task *task)
{
	const struct process *process = task->process;
	u64 wanted = ~task->signal_mask | task->waited_signals;

	return ((task->pending.set | process->pending.set) & wanted) || process->stopping ||
		process->exiting || task->killed;
}

/* Sending */

RARE void signal_tell(struct task *task)
{
	task->signal_pending = true;
	if (task == current)
		atomic_fetch_or(&this_hart()->work, WORK_SIGNAL);
	else
		task_notify(task);
}

void signal_retarget(struct process *process)
{
	struct task *task;

	if (!process->pending.set || process->exiting)
		return;
	list_for_each_entry(task, &process->threads, thread_node)
		if (!task->killed &&
			(process->pending.set & (~task->signal_mask | task->waited_signals)))
			signal_tell(task);
}

/* Ends the stop, for all threads. */
static RARE void resume(struct process *process) REQUIRES(process->lock)
{
	struct task *task;

	process->stopping = false;
	process->stopped_count = 0;
	list_for_each_entry(task, &process->threads, thread_node)
		task_wake_from(task, TASK_STOPPED);
}

#define SIGNALS_ACTING (SIGNALS_STOPPING | SIGNAL_BIT(SIGCONT) | SIGNAL_BIT(SIGKILL))

/*
 * What one of these does to the process just by being sent, even if it is blocked or ignored. True:
 * it has continued a stopped process, and the parent must be told.
 */
static RARE bool act_on_sending(struct process *process, s32 signal) REQUIRES(process->lock)
{
	if (SIGNAL_BIT(signal) & SIGNALS_STOPPING) {
		signal_drop(process, SIGNAL_BIT(SIGCONT));
	} else if (signal == SIGCONT) {
		signal_drop(process, SIGNALS_STOPPING);
		process->stop_taken = false;
		if (process->stopping) {
			resume(process);
			process->continued = true;
			return true;
		}
	} else if (signal == SIGKILL && process->stopping) {
		resume(process);
	}
	return false;
}

struct signal_info signal_from_caller(s32 signal, s32 code)
{
	return (struct signal_info){
		.signal = signal,
		.code = code,
		.pid = (s32)current->process->id,
		.uid = current->credentials->user.real,
	};
}

/* Process 1 gets nothing that it has not asked for: it must not end. */
static bool is_ignored(const struct process *process, const struct task *task, s32 signal)
{
	const struct sigaction *action = &process->actions->action[signal - 1];

	if ((task->signal_mask | task->waited_signals) & SIGNAL_BIT(signal))
		return false; /* it may be waited for, or its action may change */
	if (process == init_process && action->sa_handler == SIG_DFL)
		return true;
	return signal_action_ignores(action, signal);
}

static bool wants(const struct task *task, s32 signal)
{
	return (~task->signal_mask | task->waited_signals) & SIGNAL_BIT(signal);
}

/* A thread that can take the signal now; else the first one. */
static struct task *choose_thread(struct process *process, s32 signal) REQUIRES(process->lock)
{
	struct task *task;

	list_for_each_entry(task, &process->threads, thread_node)
		if (wants(task, signal))
			return task;
	return list_first_entry(&process->threads, struct task, thread_node);
}

/* task: the thread that it is for; NULL: any. */
static bool send(struct process *process, struct task *task, const struct signal_info *info)
	REQUIRES(family_lock)
{
	s32 signal = info->signal;
	struct signal_queue *queue = task && signal != SIGKILL ? &task->pending : &process->pending;
	bool continued = false, added = false;

	if (process->zombie)
		return false;
	spin_lock(&process->lock);
	if (!process->exiting) {
		if (SIGNAL_BIT(signal) & SIGNALS_ACTING)
			continued = act_on_sending(process, signal);
		if (!task)
			task = choose_thread(process, signal);
		if (!is_ignored(process, task, signal)) {
			added = queue_add(queue, info);
			if (wants(task, signal))
				signal_tell(task);
			wake_all(&process->signal_readers);
		}
	}
	spin_unlock(&process->lock);
	if (continued)
		process_report(process, CLD_CONTINUED);
	return added;
}

bool signal_send_process(struct process *process, const struct signal_info *info)
{
	return send(process, NULL, info);
}

bool signal_send_task(struct task *task, const struct signal_info *info)
{
	return send(task->process, task, info);
}

/* Whether the calling task has a handler for it, and does not block it. */
static bool catches_fault(struct process *process, s32 signal) REQUIRES(process->lock)
{
	return signal_has_handler(&process->actions->action[signal - 1]) &&
		!(current->signal_mask & SIGNAL_BIT(signal));
}

bool signal_fault_is_caught(s32 signal)
{
	struct process *process = current->process;
	bool caught;

	spin_lock(&process->lock);
	caught = catches_fault(process, signal);
	spin_unlock(&process->lock);
	return caught;
}

void signal_fault(s32 signal, s32 code, u64 address)
{
	struct signal_info info = { .signal = signal, .code = code, .value = address };
	struct task *task = current;
	struct process *process = task->process;

	spin_lock(&process->lock);
	if (!catches_fault(process, signal)) {
		spin_unlock(&process->lock);
		process_exit(signal); /* going on would cause the same fault again */
	}
	queue_add(&task->pending, &info);
	spin_unlock(&process->lock);
	signal_tell(task);
}

void signal_send_members(struct pid *group, s32 signal)
{
	struct signal_info info = { .signal = signal, .code = SI_KERNEL };
	struct process *process;

	list_for_each_entry(process, &group->group, group_node)
		signal_send_process(process, &info);
}

/* SIGCONT may go to all of the caller's session, else the users must match. 0, -EINVAL, -EPERM. */
static s64 check_send(struct process *process, s32 signal) REQUIRES(family_lock)
{
	if (signal < 0 || signal > SIGNAL_MAX)
		return -EINVAL;
	if (signal == SIGCONT && process->session == current->process->session)
		return 0;
	return credentials_may_signal(process) ? 0 : -EPERM;
}

/* Sends on behalf of the caller. */
static s64 send_checked(struct process *process, const struct signal_info *info)
	REQUIRES(family_lock)
{
	s64 error = check_send(process, info->signal);

	if (!error && info->signal)
		signal_send_process(process, info);
	return error;
}

/* Succeeds if the caller may send to at least one member. */
static s64 send_to_group(struct pid *group, const struct signal_info *info) REQUIRES(family_lock)
{
	struct process *process;
	s64 result = -ESRCH;

	list_for_each_entry(process, &group->group, group_node) {
		s64 error = send_checked(process, info);

		if (result)
			result = error;
	}
	return result;
}

/* kill(-1): all but process 1 and the caller. Processes that it may not send to are no error. */
static s64 send_to_all(const struct signal_info *info) REQUIRES(family_lock)
{
	struct process *process;
	s64 result = -ESRCH;

	for (u32 next = 2; (process = process_next(next)); next = process->id + 1) {
		if (process == current->process)
			continue;
		result = send_checked(process, info);
		if (result == -EPERM)
			result = 0;
	}
	return result;
}

static RARE s64 send_to_many(s32 number, const struct signal_info *info) REQUIRES(family_lock)
{
	struct pid *group;

	if (number == -1)
		return send_to_all(info);
	group = number ? pid_find(-(u32)number) : current->process->group;
	return group ? send_to_group(group, info) : -ESRCH;
}

s64 signal_kill(s32 number, const struct signal_info *info)
{
	s64 result;

	spin_lock(&family_lock);
	if (number > 0) {
		struct process *process = process_of(number);

		result = process ? send_checked(process, info) : -ESRCH;
	} else {
		result = send_to_many(number, info);
	}
	spin_unlock(&family_lock);
	return result;
}

s64 signal_kill_task(u32 process, u32 tid, const struct signal_info *info)
{
	struct process *target;
	s64 result = -ESRCH;

	spin_lock(&family_lock);
	target = process_of(tid);
	if (target && (!process || target->id == process))
		result = check_send(target, info->signal);
	if (!result && info->signal && task_find(tid)) /* else it has ended, and nobody gets it */
		signal_send_task(task_find(tid), info);
	spin_unlock(&family_lock);
	return result;
}

/* The current task's mask, and what it holds back */

void signal_set_mask(u64 mask)
{
	struct task *task = current;
	struct process *process = task->process;

	spin_lock(&process->lock);
	task->signal_mask = mask & ~SIGNALS_UNMASKABLE;
	if (signal_should_look(task))
		signal_tell(task);
	else
		signal_retarget(process);
	spin_unlock(&process->lock);
}

void signal_set_mask_for_call(u64 mask)
{
	current->saved_mask = current->signal_mask;
	current->restore_mask = true;
	/* The way out of the call restores the mask, even if no signal comes. */
	atomic_fetch_or(&this_hart()->work, WORK_SIGNAL);
	signal_set_mask(mask);
}

u64 signal_pending_set(void)
{
	struct task *task = current;
	struct process *process = task->process;
	u64 set;

	spin_lock(&process->lock);
	set = task->pending.set | process->pending.set;
	spin_unlock(&process->lock);
	return set;
}

s32 signal_wait(u64 set, u64 deadline, struct signal_info *info)
{
	struct task *task = current;
	struct process *process = task->process;
	int error = 0;
	s32 signal;

	set &= ~SIGNALS_UNMASKABLE;
	for (;;) {
		task_prepare_wait();
		spin_lock(&process->lock);
		signal = signal_dequeue(task, set, info);
		task->waited_signals = signal || error ? 0 : set;
		if (signal)
			signal_retarget(process); /* there may be more, for other waiters */
		spin_unlock(&process->lock);
		if (signal || error)
			break;
		error = wait_sleep(deadline);
	}
	task_finish_wait();
	if (signal && info->code == SI_TIMER)
		posix_timer_taken(info);
	return signal ? signal : error;
}

/* A pending signal that ends the process when the task takes it; 0: there is none. */
static s32 ending_signal(const struct task *task, const struct process *process)
{
	u64 ready = (task->pending.set | process->pending.set) & ~task->signal_mask;

	if (ready & SIGNAL_BIT(SIGKILL))
		return SIGKILL;
	for (ready &= ~(SIGNALS_IGNORED | SIGNALS_STOPPING); ready; ready &= ready - 1) {
		s32 signal = lowest_bit(ready) + 1;

		if (process->actions->action[signal - 1].sa_handler == SIG_DFL)
			return process == init_process ? 0 : signal;
	}
	return 0;
}

/*
 * The exit begins here: otherwise another signal's handler could still run before it, or another
 * thread give this signal a handler, while the caller believes that the program runs no more.
 */
bool signal_ends_task(void)
{
	struct task *task = current;
	struct process *process = task->process;
	s32 signal;

	if (process->exiting || task->killed)
		return true;
	if (!atomic_load_explicit(&task->signal_pending, memory_order_relaxed))
		return false;
	spin_lock(&process->lock);
	signal = ending_signal(task, process);
	if (signal) {
		process_begin_exit(process, signal);
		signal_tell(task);
	}
	spin_unlock(&process->lock);
	return signal;
}
