/*
 * What tasks and processes have used (proc/usage.h).
 */
#include "proc/usage.h"

#include "proc/schedule.h"

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
