/*
 * The timers of each hart: a tree by deadline, behind a lock of its own that is taken with
 * interrupts off, since the timer interrupt calls what is due.
 */
#include "proc/timer.h"

#include "arch/riscv/hart.h"
#include "arch/riscv/lock.h"
#include "proc/schedule.h"

static struct hart_timers {
	struct spinlock lock;
	struct tree tree;
} ALIGNED(64) hart_timers[HARTS_MAX];

static struct timer *timer_of(struct tree_node *node)
{
	return tree_entry_or_null(node, struct timer, node);
}

static u64 first_deadline(const struct hart_timers *timers)
{
	struct timer *first = timer_of(tree_first(&timers->tree));

	return first ? first->deadline : TIMER_NEVER;
}

void timer_setup(struct timer *timer, void (*expired)(struct timer *timer))
{
	timer->expired = expired;
	timer->active = false;
	timer->hart = 0;
}

static void insert(struct tree *tree, struct timer *timer)
{
	struct tree_node *parent = NULL, **link = &tree->root;

	while (*link) {
		parent = *link;
		link = &parent->child[timer->deadline >= timer_of(parent)->deadline];
	}
	tree_insert(tree, &timer->node, parent, link);
}

void timer_start(struct timer *timer, u64 deadline)
{
	u64 flags = interrupts_save();
	struct hart_timers *timers = &hart_timers[hart_index()];

	spin_lock(&timers->lock);
	timer->deadline = deadline;
	timer->hart = hart_index();
	timer->active = true;
	insert(&timers->tree, timer);
	deadline = first_deadline(timers);
	spin_unlock(&timers->lock);
	scheduler_deadline(deadline);
	interrupts_restore(flags);
}

void timer_cancel(struct timer *timer)
{
	struct hart_timers *timers = &hart_timers[timer->hart];
	u64 flags = spin_lock_irqsave(&timers->lock);

	if (timer->active) {
		tree_remove(&timers->tree, &timer->node);
		timer->active = false;
	}
	spin_unlock_irqrestore(&timers->lock, flags);
}

u64 timers_run(u64 now)
{
	struct hart_timers *timers = &hart_timers[hart_index()];
	struct timer *timer;
	u64 next;

	spin_lock(&timers->lock);
	while ((timer = timer_of(tree_first(&timers->tree))) && timer->deadline <= now) {
		tree_remove(&timers->tree, &timer->node);
		timer->active = false;
		timer->expired(timer);
	}
	next = first_deadline(timers);
	spin_unlock(&timers->lock);
	return next;
}
