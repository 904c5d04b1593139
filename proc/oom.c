/*
 * What is killed when memory has run out: the address space that has the most to itself, with all
 * processes that use it; if none has much, the one that has the most together with others, as after
 * fork. Called by a task that touches memory when there is none. If no space has much, as with many
 * small processes, the caller has to end; but never process 1, for which a small one is killed.
 */
#include <stdatomic.h>

#include "arch/riscv/timer.h"
#include "fs/wait.h"
#include "lib/log.h"
#include "mm/ledger.h"
#include "mm/page.h"
#include "mm/report.h"
#include "mm/space.h"
#include "proc/exit.h"
#include "proc/pid.h"
#include "proc/schedule.h"
#include "proc/signal.h"
#include "proc/task.h"

#define MUCH_SHIFT 5        /* 1/32 of all memory is much */
#define PAUSE      10000000 /* nanoseconds, in which killed processes end */

/* One task at a time chooses, and waits for the killed; others that need memory try again later. */
static _Atomic bool choosing;

typedef u64 measure(struct space *space);

static u64 anonymous(struct space *space)
{
	return report_total(space).anonymous;
}

static u64 memory_of(struct process *process, measure *measure)
{
	SPACE_HELD struct space *space =
		process == init_process ? NULL : process_space_get(process);

	return space ? measure(space) : 0;
}

/* In bytes. */
static u64 much_memory(void)
{
	return (ledger_total() << PAGE_SHIFT) >> MUCH_SHIFT;
}

/* The process, counted, that has the most memory; of equals the last. NULL: none has enough. */
static struct process *choose(measure *measure)
{
	u64 most = current->process == init_process ? PAGE_SIZE : much_memory(), next = 1;
	struct process *chosen = NULL, *process;

	while ((process = process_next_get(next))) {
		u64 size = memory_of(process, measure);

		next = process->id + 1UL;
		if (size < most) {
			process_put(process);
			continue;
		}
		most = size;
		process_put(chosen);
		chosen = process;
	}
	return chosen;
}

/* Memory is freed when all processes that use it have ended. */
static void kill_users(const struct space *space)
{
	const struct signal_info info = { .signal = SIGKILL, .code = SI_KERNEL };
	struct process *process;

	spin_lock(&family_lock);
	for (u64 next = 1; (process = process_next(next)); next = process->id + 1UL) {
		spin_lock(&process->lock);
		bool uses = process->space == space && process != init_process;
		spin_unlock(&process->lock);
		if (uses)
			signal_send_process(process, &info);
	}
	spin_unlock(&family_lock);
}

/* False: it is the caller itself. A process that has ended meanwhile has freed its memory. */
static bool kill_chosen(struct process *chosen)
{
	SPACE_HELD struct space *space = process_space_get(chosen);
	bool other = space != current->process->space;

	if (space && other) {
		log_warn("process %u: out of memory, killed for %s[%u]", chosen->id, current->name,
			current->id);
		kill_users(space);
	}
	return other;
}

bool oom_kill_other(void)
{
	struct process *chosen;
	bool again;

	/* A fault needs a single page. If there are many, others have ended meanwhile. */
	if (page_free_total() << PAGE_SHIFT > much_memory())
		return true;
	if (atomic_exchange(&choosing, true)) {
		task_sleep(time_now() + PAUSE);
		return true;
	}
	chosen = choose(report_own);
	if (!chosen)
		chosen = choose(anonymous);
	again = chosen && kill_chosen(chosen);
	process_put(chosen);
	if (again)
		task_sleep(time_now() + PAUSE);
	atomic_store(&choosing, false);
	return again;
}
