/*
 * Between the trap frame and the user's stack: what a signal handler finds there, in Linux's layout
 * for riscv64, and the way back.
 */
#include "arch/riscv/context.h"
#include "lib/abi/time.h"
#include "lib/abi/ucontext.h"
#include "lib/string.h"
#include "mm/uaccess.h"
#include "proc/signal.h"
#include "proc/vdso.h"

/* Lies at the stack pointer with which a handler starts, and with which it returns. */
struct signal_frame {
	siginfo_t info;
	ucontext_t context;
};

#define STACK_ALIGNMENT 16

_Static_assert(offsetof(struct trap_frame, t6) - offsetof(struct trap_frame, ra) ==
		       sizeof(((struct user_regs *)0)->x) - sizeof(u64),
	"x1 to x31 lie in one order in both");

static bool is_on_stack(const stack_t *stack, u64 sp)
{
	return !(stack->ss_flags & SS_DISABLE) && sp - (u64)stack->ss_sp <= stack->ss_size;
}

static s32 clock_ticks(u64 nanoseconds)
{
	return nanoseconds / (NANOSECONDS_PER_SECOND / CLOCK_TICKS_PER_SECOND);
}

void signal_info_export(const struct signal_info *info, siginfo_t *user)
{
	memset(user, 0, sizeof(*user));
	user->si_signo = info->signal;
	user->si_code = info->code;
	if (info->signal == SIGCHLD && info->code > 0) {
		user->si_fields.child.pid = info->pid;
		user->si_fields.child.uid = info->uid;
		user->si_fields.child.status = info->value;
		user->si_fields.child.utime = clock_ticks(info->utime);
	} else if (info->code > 0 && info->code < SI_KERNEL) {
		user->si_addr = (void *)info->value;
	} else {
		user->si_pid = info->pid;
		user->si_uid = info->uid;
		user->si_ptr = (void *)info->value;
	}
}

static void save_registers(struct trap_frame *frame, mcontext_t *context)
{
	struct task *task = current;

	context->regs.pc = frame->pc;
	memcpy(context->regs.x, &frame->ra, sizeof(context->regs.x));
	if (!(frame->status & SSTATUS_FS))
		return;
	fpu_switch_out(&task->fpu, frame);
	memcpy(context->fpregs.d.f, task->fpu.f, sizeof(task->fpu.f));
	context->fpregs.d.fcsr = task->fpu.fcsr;
}

static void restore_registers(struct trap_frame *frame, const mcontext_t *context)
{
	struct task *task = current;

	frame->pc = context->regs.pc;
	memcpy(&frame->ra, context->regs.x, sizeof(context->regs.x));
	if (!(frame->status & SSTATUS_FS))
		return; /* neither the program nor the handler has used floating point */
	fpu_switch_out(&task->fpu, frame);
	memcpy(task->fpu.f, context->fpregs.d.f, sizeof(task->fpu.f));
	task->fpu.fcsr = context->fpregs.d.fcsr;
	fpu_switch_in(&task->fpu, frame);
}

bool signal_frame_push(struct trap_frame *frame, const struct signal_info *info,
	const struct sigaction *action, u64 mask)
{
	struct task *task = current;
	struct signal_frame saved;
	stack_t *stack = &task->signal_stack;
	u64 sp = frame->sp;

	memset(&saved.context, 0, sizeof(saved.context));
	signal_info_export(info, &saved.info);
	saved.context.uc_stack = *stack;
	saved.context.uc_sigmask.bits = mask;
	save_registers(frame, &saved.context.uc_mcontext);

	if ((action->sa_flags & SA_ONSTACK) && !(stack->ss_flags & SS_DISABLE) &&
	    !is_on_stack(stack, sp))
		sp = (u64)stack->ss_sp + stack->ss_size;
	sp = align_down(sp - sizeof(saved), STACK_ALIGNMENT);
	if (copy_to_user(current_space(), UADDR(sp), &saved, sizeof(saved)))
		return false;

	frame->pc = (u64)action->sa_handler;
	frame->sp = sp;
	frame->ra = VDSO_SIGNAL_RETURN;
	frame->a0 = info->signal;
	frame->a1 = sp + offsetof(struct signal_frame, info);
	frame->a2 = sp + offsetof(struct signal_frame, context);
	return true;
}

bool signal_frame_pop(struct trap_frame *frame, u64 *mask)
{
	struct signal_frame saved;

	if (copy_from_user(current_space(), &saved, UADDR(frame->sp), sizeof(saved)))
		return false;
	restore_registers(frame, &saved.context.uc_mcontext);
	current->signal_stack = saved.context.uc_stack;
	*mask = saved.context.uc_sigmask.bits;
	return true;
}
