/*
 * What a panic shows besides its message (trap/fatal.h). Runs on the one hart that panics.
 */
#include "trap/fatal.h"

#include "arch/riscv/frame.h"
#include "arch/riscv/symbols.h"
#include "arch/riscv/trace.h"
#include "drivers/panic.h"
#include "lib/log.h"
#include "proc/task.h"

static const struct trap_frame *fatal_frame;

static const char *const cause_names[] = {
	[CAUSE_FETCH_MISALIGNED] = "misaligned instruction",
	[CAUSE_FETCH_ACCESS] = "instruction access fault",
	[CAUSE_ILLEGAL] = "illegal instruction",
	[CAUSE_BREAKPOINT] = "breakpoint",
	[CAUSE_LOAD_MISALIGNED] = "misaligned load, or atomic access",
	[CAUSE_LOAD_ACCESS] = "load access fault",
	[CAUSE_STORE_MISALIGNED] = "misaligned store, or atomic access",
	[CAUSE_STORE_ACCESS] = "store access fault",
	[CAUSE_SYSCALL] = "system call",
	[CAUSE_FETCH_PAGE] = "instruction page fault",
	[CAUSE_LOAD_PAGE] = "load page fault",
	[CAUSE_STORE_PAGE] = "store page fault",
};

const char *cause_name(u64 cause)
{
	const char *name = cause < ARRAY_SIZE(cause_names) ? cause_names[cause] : NULL;

	return name ? name : "unknown trap";
}

static void show_registers(const struct trap_frame *frame)
{
	static const char *const names[] = { "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1",
		"a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7",
		"s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6", "pc", "status", "cause",
		"value" };
	const u64 *words = (const u64 *)frame;

	for (u32 i = 0; i < ARRAY_SIZE(names); i++)
		log_raw("%8s %016lx%s", names[i], words[i], i % 4 == 3 ? "\n" : "");
	log_raw("\n");
}

static void show_state(void)
{
	struct task *task = current;

	if (task)
		log_raw("task %u (%s)\n", task->id, task->name);
	if (fatal_frame) {
		show_registers(fatal_frame);
		backtrace(fatal_frame->pc, fatal_frame->s0);
	} else {
		backtrace_here();
	}
	trace_show();
}

void fatal_init(void)
{
	panic_set_report(show_state);
}

NORETURN void fatal_trap(const struct trap_frame *frame, const char *what)
{
	fatal_frame = frame;
	panic("%s: %s at pc 0x%lx, address 0x%lx", what, cause_name(frame->cause), frame->pc,
		frame->value);
}
