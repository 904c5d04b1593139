/*
 * From a trap to its handler. arch/riscv/trap.S comes here with interrupts disabled and
 * all registers in the frame; system calls do not come this way (trap/syscall.c).
 *
 *	user mode	interrupts, page faults (resolved or turned into a signal), other faults
 *	kernel		interrupts; all else is a bug: the kernel touches user memory only
 *			through mm/uaccess.c
 */
#include "arch/riscv/trap.h"

#include "arch/riscv/lock_check.h"
#include "arch/riscv/smp.h"
#include "arch/riscv/trace.h"
#include "drivers/interrupt.h"
#include "drivers/panic.h"
#include "lib/abi/errno.h"
#include "lib/log.h"
#include "mm/space.h"
#include "proc/exit.h"
#include "proc/schedule.h"
#include "proc/signal.h"
#include "proc/task.h"
#include "trap/fatal.h"

static void handle_interrupt(const struct trap_frame *frame, bool from_user)
{
	lock_check_interrupt(true);
	switch (frame->cause & ~CAUSE_INTERRUPT) {
	case INTERRUPT_TIMER:
		scheduler_timer(from_user);
		break;
	case INTERRUPT_SOFTWARE:
		smp_acknowledge();
		panic_stop_point();
		scheduler_ipi();
		break;
	case INTERRUPT_EXTERNAL:
		interrupts_handle();
		break;
	default:
		fatal_trap(frame, "interrupt from nowhere");
	}
	lock_check_interrupt(false);
}

/* The program did what it may not do: it gets the signal. If that kills it, the log says so. */
static void user_error(const struct trap_frame *frame, s32 signal, s32 code, u64 address)
{
	if (!signal_fault_is_caught(signal))
		log_info("%s[%u]: %s at pc 0x%lx, address 0x%lx, sp 0x%lx", current->name,
			current->id, cause_name(frame->cause), frame->pc, frame->value, frame->sp);
	signal_fault(signal, code, address);
}

/* The code of a SIGSEGV, as on Linux: no region at the address, or one that forbids the access. */
static s32 segv_code(u64 address)
{
	u64 page = align_down(address, PAGE_SIZE);

	return space_check_mapped(current_space(), page, PAGE_SIZE, 0) ? SEGV_MAPERR : SEGV_ACCERR;
}

static void handle_page_fault(const struct trap_frame *frame, enum access access)
{
	int error = fault_resolve(current_space(), UADDR(frame->value), access);

	if (likely(!error)) {
		task_count(&current->page_faults);
		return;
	}
	trace("fault pc address", frame->pc, frame->value);
	if (error == -ENOMEM) {
		if (oom_kill_other())
			return;
		log_warn("%s[%u]: out of memory, killed", current->name, current->id);
		signal_fault(SIGKILL, SI_KERNEL, frame->value);
	} else if (error == -ENXIO) {
		user_error(frame, SIGBUS, BUS_ADRERR, frame->value);
	} else {
		user_error(frame, SIGSEGV, segv_code(frame->value), frame->value);
	}
}

/* Except for page faults, the signal reports the address of the instruction, as on Linux. */
static void handle_exception(struct trap_frame *frame)
{
	switch (frame->cause) {
	case CAUSE_LOAD_PAGE:
		handle_page_fault(frame, ACCESS_READ);
		break;
	case CAUSE_STORE_PAGE:
		handle_page_fault(frame, ACCESS_WRITE);
		break;
	case CAUSE_FETCH_PAGE:
		handle_page_fault(frame, ACCESS_EXECUTE);
		break;
	case CAUSE_ILLEGAL:
		user_error(frame, SIGILL, ILL_ILLOPC, frame->pc);
		break;
	case CAUSE_BREAKPOINT:
		signal_fault(SIGTRAP, TRAP_BRKPT, frame->pc);
		break;
	case CAUSE_FETCH_MISALIGNED:
	case CAUSE_LOAD_MISALIGNED:
	case CAUSE_STORE_MISALIGNED:
		user_error(frame, SIGBUS, BUS_ADRALN, frame->pc);
		break;
	default:
		user_error(frame, SIGSEGV, SEGV_ACCERR, frame->pc);
		break;
	}
}

void trap_user(struct trap_frame *frame)
{
	if (frame->cause & CAUSE_INTERRUPT) {
		handle_interrupt(frame, true);
		return;
	}
	/*
	 * A program's first floating-point instruction is not an error. This sets registers of the
	 * hart: interrupts stay disabled, so that no task switch comes in between.
	 */
	if (frame->cause == CAUSE_ILLEGAL && fpu_enable(frame))
		return;
	interrupts_enable();
	handle_exception(frame);
	interrupts_disable();
}

void trap_kernel(struct trap_frame *frame)
{
	if (!(frame->cause & CAUSE_INTERRUPT))
		fatal_trap(frame, "bug in the kernel");
	handle_interrupt(frame, false);
}

NORETURN void trap_stack_overflow(struct trap_frame *frame)
{
	fatal_trap(frame, "kernel stack overflow");
}
