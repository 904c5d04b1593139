/*
 * The last events of each hart, for a panic to show. To record one costs a few stores.
 */
#pragma once

#include "arch/riscv/csr.h"
#include "arch/riscv/hart.h"
#include "lib/types.h"

#define TRACE_EVENTS 32 /* that each hart remembers; a power of two */

struct trace_event {
	u64 time;         /* ticks */
	const char *name; /* a literal */
	u64 a, b;         /* what the name says */
};

struct trace {
	u64 next; /* events so far */
	struct trace_event event[TRACE_EVENTS];
};

extern struct trace traces[HARTS_MAX];

/* name: a literal that says what a and b are. An interrupt in between may overwrite the event. */
static inline void trace(const char *name, u64 a, u64 b)
{
	struct trace *trace = &traces[hart_index()];
	struct trace_event *event = &trace->event[trace->next++ % TRACE_EVENTS];

	event->time = csr_read(time);
	event->name = name;
	event->a = a;
	event->b = b;
}

/* Logs the events of the calling hart, the latest last. */
void trace_show(void);
