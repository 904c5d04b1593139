/*
 * The last events of each hart (arch/riscv/trace.h). Only the hart itself writes its own.
 */
#include "arch/riscv/trace.h"

#include "lib/log.h"

struct trace traces[HARTS_MAX];

void trace_show(void)
{
	const struct trace *trace = &traces[hart_index()];
	u64 number = min(trace->next, (u64)TRACE_EVENTS);

	log_raw("last events of hart %u:\n", hart_index());
	for (u64 i = trace->next - number; i < trace->next; i++) {
		const struct trace_event *event = &trace->event[i % TRACE_EVENTS];

		log_raw("  %12lu  %-28s 0x%lx 0x%lx\n", event->time, event->name, event->a,
			event->b);
	}
}
