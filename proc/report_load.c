/*
 * How busy the machine is: /proc/loadavg, /proc/stat, /proc/uptime.
 *
 * The load is the number of harts that ran a task, averaged. An idle machine takes no interrupts,
 * so nothing samples it: the averages are brought up to date when they are read, from the time
 * that the harts were idle since the last update.
 */
#include "arch/riscv/hart.h"
#include "arch/riscv/timer.h"
#include "fs/procfs.h"
#include "proc/pid.h"
#include "proc/schedule.h"
#include "proc/task.h"

#define LOAD_STEP      (5 * NANOSECONDS_PER_SECOND) /* as on Linux */
#define LOAD_STEPS_MAX 720                          /* an hour: older than that leaves no trace */
#define LOAD_ONE       2048                         /* 1.0 in the fixed point of the averages */
#define LOAD_SHOWN     100                          /* 1.0 as /proc/loadavg shows it */

static struct {
	struct spinlock lock;
	u64 time; /* up to which the averages go */
	u64 busy; /* hart-nanoseconds until then */
	u64 average[3];
} load;

/* LOAD_ONE * exp(-5 s / period) for periods of 1, 5 and 15 minutes. */
static const u64 decay[3] = { 1884, 2014, 2037 };

struct procfs_times procfs_times(u32 hart)
{
	struct procfs_times times;
	u64 busy;

	scheduler_times(hart, &times.idle, &times.system);
	busy = time_now() - times.idle;
	times.user = busy > times.system ? busy - times.system : 0;
	return times;
}

static u64 busy_total(void)
{
	u64 total = 0;

	for (u32 i = 0; i < hart_count(); i++) {
		struct procfs_times times = procfs_times(i);

		total += times.user + times.system;
	}
	return total;
}

static void update_averages(u64 now, u64 busy) REQUIRES(load.lock)
{
	u64 elapsed = now - load.time, steps = elapsed / LOAD_STEP, rate;

	if (!steps)
		return;
	rate = (busy - load.busy) * LOAD_ONE / elapsed;
	steps = min(steps, (u64)LOAD_STEPS_MAX);
	for (u32 i = 0; i < ARRAY_SIZE(decay); i++)
		for (u64 step = 0; step < steps; step++)
			load.average[i] =
				(load.average[i] * decay[i] + rate * (LOAD_ONE - decay[i])) /
				LOAD_ONE;
	load.time = now;
	load.busy = busy;
}

void procfs_load(struct procfs_load *result)
{
	u64 now = time_now(), busy = busy_total();
	struct process_counts counts = process_counts();

	*result = (struct procfs_load){
		.running = runnable_count(),
		.tasks = counts.present,
		.last_pid = (s32)counts.last,
		.pid_limit = PID_LIMIT,
		.context_switches = scheduler_switches(),
		.forks = counts.forks,
	};
	spin_lock(&load.lock);
	update_averages(now, busy);
	for (u32 i = 0; i < ARRAY_SIZE(result->average); i++)
		result->average[i] = load.average[i] * LOAD_SHOWN / LOAD_ONE;
	spin_unlock(&load.lock);
}
