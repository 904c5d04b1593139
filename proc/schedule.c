/*
 * The scheduler.
 *
 * A hart's runqueue lock guards the queue and, for every task whose `hart` names it, the fields
 * `hart`, `queued` and `affinity`. It is held across the switch from one task to the next, and the
 * next one releases it (finish_switch()): so a holder of the lock that finds a task not queued
 * knows that its registers have been saved.
 *
 * Waking has two steps. The waker that changes the state from TASK_WAITING to TASK_RUNNABLE has to
 * activate the task: put it into a queue, unless it is still `queued`. In this case it has not gone
 * to sleep yet, and schedule() will see the state.
 */
#include "proc/schedule.h"

#include "arch/riscv/hart.h"
#include "arch/riscv/lock.h"
#include "arch/riscv/smp.h"
#include "arch/riscv/timer.h"
#include "lib/bitmap.h"
#include "lib/list.h"
#include "lib/log.h"
#include "mm/space.h"
#include "proc/stop.h"
#include "proc/task.h"

/* One turn, in the unit of task->turns. */
#define TURN_SHIFT 20
#define TURN       (1UL << TURN_SHIFT)

/* How long a program runs from one sample to the next. */
#define SAMPLE_PERIOD 4000000UL

struct runqueue {
	struct spinlock lock;
	u32 index;
	struct list tasks;  /* runnable, without the one that runs; the fewest turns come first */
	_Atomic u32 length; /* written under the lock, read by others as a hint */
	u64 turns;          /* the most that any task had had when it began to run */
	u64 slice_end;      /* when the task that runs must make room; TIMER_NEVER: nobody waits */
	u64 switched_at;    /* when it began to run */
	u64 sample_at;      /* when to sample it; TIMER_NEVER: it is no program */
	struct task *idle;
	struct task *previous; /* during a switch */
	u32 target;            /* the hart on which `previous` goes on, if it can */
	u64 switches;
	u64 system; /* nanoseconds that programs were in the kernel, by samples */
	/* The hart's own, with interrupts off. */
	u64 armed;           /* the deadline that the hardware has */
	struct space *space; /* that the hart runs in */
} ALIGNED(64);

static struct runqueue runqueues[HARTS_MAX];

/* Bit n: hart n has nothing to do. A hint where to put a task. */
static _Atomic u64 idle_harts;

static struct runqueue *own_queue(void)
{
	return &runqueues[hart_index()];
}

static bool is_running(const struct runqueue *queue, const struct task *task)
{
	return hart_task(&harts[queue->index]) == task;
}

static void set_work(u32 hart, u32 work)
{
	atomic_fetch_or(&harts[hart].work, work);
	if (hart != hart_index())
		hart_kick(hart);
}

/* Interrupts are off. */
static void arm(struct runqueue *queue, u64 deadline)
{
	if (deadline >= queue->armed)
		return; /* an earlier interrupt will look again */
	queue->armed = deadline;
	timer_arm(deadline);
}

void scheduler_deadline(u64 deadline)
{
	arm(own_queue(), deadline);
}

static u32 length(const struct runqueue *queue)
{
	return atomic_load_explicit(&queue->length, memory_order_relaxed);
}

static void change_length(struct runqueue *queue, u32 difference)
{
	atomic_store_explicit(&queue->length, length(queue) + difference, memory_order_relaxed);
}

/*
 * A task that slept for long, or comes from another hart, is put at most one turn ahead of the
 * others or behind them: so it gets one at once if it has used less than its share, and nobody
 * waits for more.
 */
static void push(struct runqueue *queue, struct task *task)
{
	u64 most = queue->turns + TURN;
	struct task *other;

	if (unlikely(most - task->turns > 2 * TURN)) /* wraps around when it has had more */
		task->turns = task->turns > most ? most : most - 2 * TURN;
	list_for_each_entry(other, &queue->tasks, run_node)
		if (other->turns > task->turns)
			break;
	list_insert_before(&other->run_node, &task->run_node);
	change_length(queue, 1);
}

static void take(struct runqueue *queue, struct task *task)
{
	list_remove(&task->run_node);
	change_length(queue, -1U);
}

static struct task *pop(struct runqueue *queue)
{
	struct task *task;

	if (list_empty(&queue->tasks))
		return queue->idle;
	task = list_first_entry(&queue->tasks, struct task, run_node);
	take(queue, task);
	if (task->turns > queue->turns)
		queue->turns = task->turns;
	return task;
}

/* Exact when the caller holds the lock of the task's queue and the task is not queued. */
static bool is_runnable(const struct task *task)
{
	return atomic_load_explicit(&task->state, memory_order_relaxed) == TASK_RUNNABLE;
}

static u32 hart_of(const struct task *task)
{
	return atomic_load_explicit(&task->hart, memory_order_relaxed);
}

/* Tasks that run or wait on a hart: exact if the caller holds the lock, else a hint. */
static u32 load(const struct runqueue *queue)
{
	return length(queue) + !is_running(queue, queue->idle);
}

/* Locks the runqueue of the task's hart, which may change until the lock is held. */
static struct runqueue *lock_queue_of(struct task *task) NO_THREAD_SAFETY_ANALYSIS
{
	for (;;) {
		u32 hart = hart_of(task);
		struct runqueue *queue = &runqueues[hart];

		spin_lock(&queue->lock);
		if (hart == hart_of(task))
			return queue;
		spin_unlock(&queue->lock);
	}
}

/* The best hart for a task: where it was, if that is idle, else any idle one, else where it was. */
static u32 choose_hart(const struct task *task)
{
	u64 idle = atomic_load_explicit(&idle_harts, memory_order_relaxed) & task->affinity;
	u32 last = hart_of(task);

	if (idle & BIT(last))
		return last;
	if (idle)
		return lowest_bit(idle);
	if (task->affinity & BIT(last))
		return last;
	return lowest_bit(task->affinity);
}

/* Puts a task into a locked queue, and tells the hart if that is needed. */
static void enqueue(struct runqueue *queue, struct task *task)
{
	struct task *running = hart_task(&harts[queue->index]);

	task->queued = true;
	push(queue, task);
	if (queue->slice_end != TIMER_NEVER)
		return;
	if (running == queue->idle)
		atomic_fetch_and(&idle_harts, ~BIT(queue->index));
	/* The time that the running task ran alone counts: it may have to make room at once. */
	queue->slice_end = queue->switched_at + running->slice;
	if (queue->index != hart_index())
		hart_kick(queue->index);
	else if (running != queue->idle)
		arm(queue, queue->slice_end);
}

/* Puts a runnable task into a queue, if it is in none. */
static void activate(struct task *task) NO_THREAD_SAFETY_ANALYSIS
{
	u64 flags = interrupts_save();
	struct runqueue *queue = lock_queue_of(task);

	/* While no lock is held, another waker may enqueue it, or the affinity may change. */
	while (!task->queued && is_runnable(task)) {
		u32 target = choose_hart(task);

		if (target == queue->index) {
			enqueue(queue, task);
			break;
		}
		task->hart = target;
		spin_unlock(&queue->lock);
		queue = lock_queue_of(task);
	}
	spin_unlock(&queue->lock);
	interrupts_restore(flags);
}

/* How many turns a task has had that has run for so long. */
static u64 turns_in(const struct task *task, u64 nanoseconds)
{
	return (nanoseconds << TURN_SHIFT) / task->slice;
}

void task_start(struct task *task)
{
	u64 ran = time_now() - own_queue()->switched_at;

	task->turns = current->turns + turns_in(current, ran);
	task->hart = hart_index();
	task->state = TASK_RUNNABLE;
	activate(task);
}

bool task_wake_from(struct task *task, u32 state)
{
	if (!atomic_compare_exchange_strong(&task->state, &state, TASK_RUNNABLE))
		return false;
	activate(task);
	return true;
}

void task_notify(struct task *task) NO_THREAD_SAFETY_ANALYSIS
{
	u64 flags = interrupts_save();
	struct runqueue *queue = lock_queue_of(task);

	if (is_running(queue, task))
		set_work(queue->index, WORK_SIGNAL);
	spin_unlock(&queue->lock);
	interrupts_restore(flags);
	task_wake_from(task, TASK_WAITING);
}

/* Whether it is between two queues, and in the list of neither, which lasts a few instructions. */
static bool is_being_stolen(const struct runqueue *queue, const struct task *task)
{
	return task->queued && !is_running(queue, task) && !list_node_linked(&task->run_node);
}

void task_set_affinity(struct task *task, u64 mask) NO_THREAD_SAFETY_ANALYSIS
{
	u64 flags = interrupts_save();
	struct runqueue *queue = lock_queue_of(task);
	bool move = false;

	while (is_being_stolen(queue, task)) {
		spin_unlock(&queue->lock);
		queue = lock_queue_of(task);
	}
	task->affinity = mask;
	if (task->queued && !(mask & BIT(queue->index))) {
		if (is_running(queue, task)) {
			set_work(queue->index, WORK_RESCHEDULE);
		} else if (list_node_linked(&task->run_node)) {
			take(queue, task);
			if (list_empty(&queue->tasks))
				queue->slice_end = TIMER_NEVER;
			task->queued = false;
			move = true;
		}
	}
	spin_unlock(&queue->lock);
	interrupts_restore(flags);
	if (move)
		activate(task);
}

void task_set_slice(struct task *task, u64 slice) NO_THREAD_SAFETY_ANALYSIS
{
	u64 flags = interrupts_save();
	struct runqueue *queue = lock_queue_of(task);

	task->slice = slice;
	spin_unlock(&queue->lock);
	interrupts_restore(flags);
}

/* When a program that begins to run now will have run for a whole period since its last sample. */
static u64 next_sample(const struct task *task, u64 now)
{
	u64 since = task->runtime - task->sampled_runtime;

	if (!task->process)
		return TIMER_NEVER;
	return since < SAMPLE_PERIOD ? now + SAMPLE_PERIOD - since : now;
}

/* How much of a runtime, which ends after the last sample, is system time. */
static u64 system_part(const struct task *task, u64 runtime)
{
	u64 since = task->sampled_in_system ? runtime - task->sampled_runtime : 0;

	return task->sampled_system + since;
}

/* Samples the running program. */
static void sample(struct runqueue *queue, u64 now, bool in_user)
{
	struct task *task = current;
	u64 runtime = task->runtime + now - queue->switched_at;

	task->sampled_system = system_part(task, runtime);
	if (!in_user)
		queue->system += runtime - task->sampled_runtime;
	task->sampled_runtime = runtime;
	task->sampled_in_system = !in_user;
	queue->sample_at = now + SAMPLE_PERIOD;
	if (task->process && now >= atomic_load(&task->process->time_check))
		set_work(queue->index, WORK_TIME);
}

/* Switches the hart's floating-point registers and address space to those of `next`. */
static void change_state(struct runqueue *queue, struct task *previous, struct task *next)
{
	struct space *space = next->process ? next->process->space : NULL;

	if (previous->process)
		fpu_switch_out(&previous->fpu, task_frame(previous));
	if (space != queue->space) {
		space_switch(queue->space, space);
		queue->space = space;
	}
	if (next->process)
		fpu_switch_in(&next->fpu, task_frame(next));
}

/*
 * The hart on which a running task that has to make room goes on: its own, unless it may not run
 * there, or its slice is over and another hart has less to do: then the one with the least. A
 * difference of one task is enough: so a task that is one too many goes round the harts, and all
 * tasks get the same share.
 */
static u32 next_hart(const struct runqueue *queue, const struct task *task, u64 ran)
{
	bool may_stay = task->affinity & BIT(queue->index);
	u32 best = queue->index, least = may_stay ? load(queue) : UINT32_MAX;

	if (may_stay && (list_empty(&queue->tasks) || ran < task->slice))
		return best;
	for (u32 i = 1; i < hart_count(); i++) {
		u32 hart = (queue->index + i) % hart_count();

		if ((task->affinity & BIT(hart)) && load(&runqueues[hart]) < least) {
			best = hart;
			least = load(&runqueues[hart]);
		}
	}
	return best;
}

/*
 * The end of a switch, in the new task: `previous` is no longer running. If it went to sleep and
 * has been woken since, the waker queues it, and it may run, and even end, as soon as the lock is
 * released.
 */
static void finish_switch(void) NO_THREAD_SAFETY_ANALYSIS
{
	struct runqueue *queue = own_queue();
	struct task *previous = queue->previous;
	bool misplaced = queue->target != queue->index;
	bool dead = atomic_load_explicit(&previous->state, memory_order_relaxed) == TASK_DEAD;

	if (misplaced)
		previous->hart = queue->target;
	spin_unlock(&queue->lock);
	if (dead)
		task_free(previous);
	else if (misplaced)
		activate(previous);
}

static void switch_tasks(struct runqueue *queue, struct task *previous, struct task *next, u64 now)
{
	struct hart *hart = this_hart();

	queue->sample_at = next_sample(next, now);
	arm(queue, queue->sample_at);
	queue->switches++;
	queue->previous = previous;
	change_state(queue, previous, next);
	hart_set_task(hart, next);
	atomic_fetch_and(&hart->work, WORK_STOP);
	if (atomic_load_explicit(&next->signal_pending, memory_order_relaxed) || next->restore_mask)
		atomic_fetch_or(&hart->work, WORK_SIGNAL);
	context_switch(&previous->context, &next->context);
	finish_switch();
}

void schedule(void) NO_THREAD_SAFETY_ANALYSIS
{
	lock_check_schedule();
	u64 flags = interrupts_save();
	struct runqueue *queue = own_queue();
	struct task *previous = current, *next;
	u64 now = time_now(), ran = now - queue->switched_at;

	spin_lock(&queue->lock);
	previous->turns += turns_in(previous, ran);
	previous->runtime += ran;
	queue->switched_at = now;
	queue->target = queue->index;
	if (!is_runnable(previous)) {
		previous->queued = false;
		task_count(&previous->switches_voluntary);
	} else if (previous != queue->idle) {
		queue->target = next_hart(queue, previous, ran);
		if (queue->target == queue->index)
			push(queue, previous);
		else
			previous->queued = false; /* finish_switch() sends it there */
		task_count(&previous->switches_forced);
	}
	next = pop(queue);
	queue->slice_end = TIMER_NEVER;
	if (!list_empty(&queue->tasks)) {
		queue->slice_end = now + next->slice;
		arm(queue, queue->slice_end);
	}
	if (next != previous)
		switch_tasks(queue, previous, next, now);
	else
		spin_unlock(&queue->lock);
	interrupts_restore(flags);
}

void task_answer_for(u64 runtime)
{
	current->turns += min(turns_in(current, runtime), TURN);
}

void task_yield(void)
{
	current->turns += TURN;
	schedule();
}

void task_first_run(void)
{
	struct task *task = current;

	finish_switch();
	if (task->function) {
		interrupts_enable();
		task->function(task->argument);
		interrupts_disable();
	}
}

void task_first_run_kernel(void *argument UNUSED)
{
	finish_switch();
	interrupts_enable();
	current->function(current->argument);
	panic("kernel thread %s returned", current->name);
}

void scheduler_timer(bool from_user)
{
	struct runqueue *queue = own_queue();
	u64 now = time_now(), next = timers_run(now);

	spin_lock(&queue->lock);
	if (now >= queue->slice_end) {
		queue->slice_end = TIMER_NEVER;
		set_work(queue->index, WORK_RESCHEDULE);
	}
	if (now >= queue->sample_at)
		sample(queue, now, from_user);
	next = min(next, queue->sample_at);
	queue->armed = min(next, queue->slice_end);
	spin_unlock(&queue->lock);
	timer_arm(queue->armed);
}

void scheduler_ipi(void)
{
	struct runqueue *queue = own_queue();

	spin_lock(&queue->lock);
	arm(queue, queue->slice_end);
	spin_unlock(&queue->lock);
}

/* Takes another hart's first task that may run here. It stays `queued`, which keeps wakers off. */
static struct task *take_from(struct runqueue *victim, u32 thief)
{
	struct task *task;

	spin_lock(&victim->lock);
	list_for_each_entry(task, &victim->tasks, run_node) {
		if (!(task->affinity & BIT(thief)))
			continue;
		take(victim, task);
		/* Nobody waits there any more: the next enqueue() must tell the hart again. */
		if (list_empty(&victim->tasks))
			victim->slice_end = TIMER_NEVER;
		task->hart = thief;
		spin_unlock(&victim->lock);
		return task;
	}
	spin_unlock(&victim->lock);
	return NULL;
}

/* An idle hart looks for work elsewhere. Interrupts are off. */
static bool steal(struct runqueue *queue)
{
	for (u32 i = 0; i < hart_count(); i++) {
		struct task *task = NULL;

		if (i != queue->index && length(&runqueues[i]))
			task = take_from(&runqueues[i], queue->index);
		if (task) {
			spin_lock(&queue->lock);
			push(queue, task);
			spin_unlock(&queue->lock);
			return true;
		}
	}
	return false;
}

static NORETURN void idle(void)
{
	struct runqueue *queue = own_queue();

	for (;;) {
		interrupts_disable();
		if (atomic_fetch_and(&this_hart()->work, 0) & WORK_STOP)
			harts_stop_point();
		if (!length(queue) && !steal(queue)) {
			atomic_fetch_or(&idle_harts, BIT(queue->index));
			/* From now on, putting a task into the queue sends an interrupt. */
			if (!length(queue) && !(this_hart()->work & WORK_STOP))
				wait_for_interrupt();
			atomic_fetch_and(&idle_harts, ~BIT(queue->index));
		}
		interrupts_enable();
		if (length(queue))
			schedule();
	}
}

u64 task_runtime(struct task *task, u64 *system) NO_THREAD_SAFETY_ANALYSIS
{
	u64 flags = interrupts_save();
	struct runqueue *queue = lock_queue_of(task);
	u64 runtime = task->runtime;

	if (is_running(queue, task))
		runtime += time_now() - queue->switched_at;
	if (system)
		*system = system_part(task, runtime);
	spin_unlock(&queue->lock);
	interrupts_restore(flags);
	return runtime;
}

void scheduler_use_space(struct space *space)
{
	u64 flags = interrupts_save();
	struct runqueue *queue = own_queue();

	space_switch(queue->space, space);
	queue->space = space;
	interrupts_restore(flags);
}

void scheduler_times(u32 hart, u64 *idle, u64 *system)
{
	struct runqueue *queue = &runqueues[hart];
	u64 flags;

	*idle = queue->idle ? task_runtime(queue->idle, NULL) : 0;
	flags = interrupts_save();
	spin_lock(&queue->lock);
	*system = queue->system;
	spin_unlock(&queue->lock);
	interrupts_restore(flags);
}

u64 scheduler_switches(void)
{
	u64 flags = interrupts_save(), total = 0;

	for (u32 i = 0; i < hart_count(); i++) {
		spin_lock(&runqueues[i].lock);
		total += runqueues[i].switches;
		spin_unlock(&runqueues[i].lock);
	}
	interrupts_restore(flags);
	return total;
}

u32 runnable_count(void)
{
	u32 count = 0;

	for (u32 i = 0; i < hart_count(); i++) {
		struct runqueue *queue = &runqueues[i];

		count += length(queue);
		if (queue->idle && !is_running(queue, queue->idle))
			count++;
	}
	return count;
}

/* What the hart does at this moment becomes its idle task. */
void scheduler_init_hart(void)
{
	struct runqueue *queue = own_queue();
	struct task *task = task_alloc("idle");

	if (!task)
		panic("no memory for an idle task");
	spin_init(&queue->lock);
	queue->index = hart_index();
	queue->length = 0;
	list_init(&queue->tasks);
	queue->turns = TURN;
	queue->slice_end = queue->armed = queue->sample_at = TIMER_NEVER;
	queue->switched_at = time_now();
	queue->idle = task;
	task->hart = queue->index;
	task->affinity = BIT(queue->index);
	task->queued = true;
	hart_set_task(this_hart(), task);
}

void scheduler_run(void)
{
	interrupts_enable();
	idle();
}
