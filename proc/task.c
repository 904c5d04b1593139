/*
 * The storage of tasks and processes, and kernel threads.
 */
#include "proc/task.h"

#include "arch/riscv/smp.h"
#include "fs/context.h"
#include "fs/file.h"
#include "fs/file_table.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "mm/space.h"
#include "mm/stack.h"
#include "proc/credentials.h"
#include "proc/schedule.h"
#include "proc/signal.h"

struct spinlock family_lock;
struct process *init_process;

static struct slab_cache task_cache = SLAB_CACHE(task_cache, "task", sizeof(struct task));
static struct slab_cache process_cache =
	SLAB_CACHE(process_cache, "process", sizeof(struct process));

struct task *task_alloc(const char *name)
{
	struct task *task = slab_alloc_zeroed(&task_cache), *maker = current;

	if (!task)
		return NULL;
	task->credentials = credentials_get(maker ? maker->credentials : &credentials_root);
	account_add_task(task->credentials);
	strlcpy(task->name, name, sizeof(task->name));
	task->affinity = harts_online();
	task->slice = TIME_SLICE;
	signal_queue_init(&task->pending);
	return task;
}

static void release_credentials(struct credentials *credentials)
{
	if (!credentials)
		return;
	account_remove_task(credentials);
	credentials_put(credentials);
}

void task_free(struct task *task)
{
	release_credentials(task->credentials);
	if (task->stack)
		stack_free(task->stack);
	slab_free(&task_cache, task);
}

struct task *kernel_thread(const char *name, void (*function)(void *), void *argument)
{
	struct task *task = task_alloc(name);

	if (!task)
		return NULL;
	task->stack = stack_alloc();
	if (!task->stack) {
		task_free(task);
		return NULL;
	}
	task->function = function;
	task->argument = argument;
	context_init_kernel(&task->context, task->stack, task_first_run_kernel, NULL);
	task_start(task);
	return task;
}

struct process *process_alloc(void)
{
	struct process *process = slab_alloc_zeroed(&process_cache);

	if (!process)
		return NULL;
	atomic_init(&process->count, 1);
	spin_init(&process->lock);
	list_init(&process->children);
	list_init(&process->zombies);
	list_init(&process->threads);
	wait_queue_init(&process->child_events);
	wait_queue_init(&process->thread_events);
	wait_queue_init(&process->signal_readers);
	signal_queue_init(&process->pending);
	list_init(&process->time_alarms);
	atomic_init(&process->time_check, WAIT_FOREVER);
	list_init(&process->timers);
	process->start_time = time_now();
	return process;
}

void process_put(struct process *process)
{
	if (!process || atomic_fetch_sub_explicit(&process->count, 1, memory_order_acq_rel) != 1)
		return;
	/* One that has ended has dropped the first four; one that never started may have them. */
	space_put(process->space);
	fs_context_put(process->fs);
	file_table_put(process->files);
	file_put(process->executable);
	signal_actions_put(process->actions);
	release_credentials(process->credentials);
	slab_free(&process_cache, process);
}

void task_set_name(struct task *task, const char *name)
{
	struct process *process = task->process;

	spin_lock(&process->lock);
	strlcpy(task->name, name, sizeof(task->name));
	if (task->id == process->id)
		strlcpy(process->name, name, sizeof(process->name));
	spin_unlock(&process->lock);
}

struct space *process_space_get(struct process *process)
{
	struct space *space;

	spin_lock(&process->lock);
	space = space_get(process->space);
	spin_unlock(&process->lock);
	return space;
}

/* What they have used */

struct usage usage_of_task(struct task *task)
{
	struct usage usage = {
		.page_faults = atomic_load_explicit(&task->page_faults, memory_order_relaxed),
		.switches_voluntary =
			atomic_load_explicit(&task->switches_voluntary, memory_order_relaxed),
		.switches_forced =
			atomic_load_explicit(&task->switches_forced, memory_order_relaxed),
	};

	usage.runtime = task_runtime(task, &usage.system);
	return usage;
}

void usage_add(struct usage *to, const struct usage *from)
{
	to->runtime += from->runtime;
	to->system += from->system;
	to->page_faults += from->page_faults;
	to->switches_voluntary += from->switches_voluntary;
	to->switches_forced += from->switches_forced;
}

struct usage usage_of_process(struct process *process)
{
	struct usage usage = process->usage;
	struct task *task;

	list_for_each_entry(task, &process->threads, thread_node) {
		struct usage part = usage_of_task(task);

		usage_add(&usage, &part);
	}
	return usage;
}
