/*
 * Waiting for several files at once, for ppoll() and pselect6(). A file's poll operation says what
 * is ready and joins the queues that a change will wake; the caller then sleeps.
 */
#pragma once

#include "fs/wait.h"
#include "lib/abi/poll.h"
#include "lib/types.h"

#define POLL_QUEUES_MAX 2 /* how many one file's poll operation may join */

struct poll_table {
	struct waiter *waiters; /* zeroed, POLL_QUEUES_MAX for each file */
	u32 used;
	void (*notify)(struct waiter *waiter); /* NULL: the caller will sleep */
	void *owner;                           /* for notify */
};

/* table NULL: the caller will not wait. */
static inline void poll_join(struct poll_table *table, struct wait_queue *queue)
{
	struct waiter *waiter;

	if (!table)
		return;
	waiter = &table->waiters[table->used++];
	if (table->notify) {
		waiter->notify = table->notify;
		waiter->owner = table->owner;
		wait_watch(queue, waiter);
	} else {
		wait_join(queue, waiter);
	}
}
