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

/* What of it comes before the floating-point registers: all of it for a program without any. */
#define PLAIN_SIZE offsetof(struct signal_frame, context.uc_mcontext.fpregs)

/*
 * A bit of uc_flags, where Linux has none: the program had not used floating point yet, and what
 * lies in the frame in its place is nothing.
 */
#define FLAG_WITHOUT_FPU (1UL << 63)

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

/* All but the zeroes in between. */
static void fill_info(const struct signal_info *info, siginfo_t *user)
{
	user->si_signo = info->signal;
	user->si_code = info->code;
	if (info->signal == SIGCHLD && info->code > 0) {
		user->si_fields.child.pid = info->pid;
		user->si_fields.child.uid = info->uid;
		user->si_fields.child.status = (int)info->value;
		user->si_utime = clock_ticks(info->utime);
		user->si_stime = clock_ticks(info->stime);
	} else if (info->code > 0 && info->code < SI_KERNEL) {
		user->si_addr = (void *)info->value;
	} else {
		user->si_pid = info->pid;
		user->si_uid = info->uid;
		user->si_ptr = (void *)info->value;
	}
}

void signal_info_export(const struct signal_info *info, siginfo_t *user)
{
	memset(user, 0, sizeof(*user));
	fill_info(info, user);
}

static bool uses_fpu(const struct trap_frame *frame)
{
	return frame->status & SSTATUS_FS;
}

static void save_fpu(struct trap_frame *frame, union user_fpregs *registers)
{
	struct task *task = current;

	fpu_switch_out(&task->fpu, frame);
	memcpy(registers->d.f, task->fpu.f, sizeof(task->fpu.f));
	registers->d.fcsr = task->fpu.fcsr;
}

static void restore_fpu(struct trap_frame *frame, const union user_fpregs *registers)
{
	struct task *task = current;

	fpu_switch_out(&task->fpu, frame); /* the registers are no longer ahead of the state */
	memcpy(task->fpu.f, registers->d.f, sizeof(task->fpu.f));
	task->fpu.fcsr = registers->d.fcsr;
	fpu_switch_in(&task->fpu, frame);
}

bool signal_frame_push(struct trap_frame *frame, const struct signal_info *info,
	const struct sigaction *action, u64 mask)
{
	struct task *task = current;
	struct signal_frame saved;
	ucontext_t *context = &saved.context;
	stack_t *stack = &task->signal_stack;
	size_t size = PLAIN_SIZE;
	u64 sp = frame->sp;

	memset(&saved, 0, offsetof(struct signal_frame, context.uc_mcontext));
	fill_info(info, &saved.info);
	context->uc_stack = *stack;
	context->uc_sigmask.bits = mask;
	context->uc_mcontext.regs.pc = frame->pc;
	memcpy(context->uc_mcontext.regs.x, &frame->ra, sizeof(context->uc_mcontext.regs.x));
	if (uses_fpu(frame)) {
		memset(&context->uc_mcontext.fpregs, 0, sizeof(context->uc_mcontext.fpregs));
		save_fpu(frame, &context->uc_mcontext.fpregs);
		size = sizeof(saved);
	} else {
		context->uc_flags = FLAG_WITHOUT_FPU;
	}

	if ((action->sa_flags & SA_ONSTACK) && !(stack->ss_flags & SS_DISABLE) &&
		!is_on_stack(stack, sp))
		sp = (u64)stack->ss_sp + stack->ss_size;
	sp = align_down(sp - sizeof(saved), STACK_ALIGNMENT);
	if (copy_to_user(current_space(), UADDR(sp), &saved, size))
		return false;

	frame->pc = (u64)action->sa_handler;
	frame->sp = sp;
	frame->ra = VDSO_SIGNAL_RETURN;
	frame->a0 = (u64)info->signal;
	frame->a1 = sp + offsetof(struct signal_frame, info);
	frame->a2 = sp + offsetof(struct signal_frame, context);
	return true;
}

/* What the handler left in the floating-point registers gives way to what was there before. */
static bool pop_fpu(struct trap_frame *frame, u64 address, bool without)
{
	union user_fpregs registers = {};

	address += PLAIN_SIZE;
	if (!without &&
		copy_from_user(current_space(), &registers, UADDR(address), sizeof(registers)))
		return false;
	restore_fpu(frame, &registers);
	return true;
}

bool signal_frame_pop(struct trap_frame *frame, u64 *mask)
{
	u64 address = frame->sp;
	const size_t info_size = offsetof(struct signal_frame, context);
	ucontext_t context;

	if (copy_from_user(current_space(), &context, UADDR(address + info_size),
		    PLAIN_SIZE - info_size))
		return false;
	if (uses_fpu(frame) && !pop_fpu(frame, address, context.uc_flags & FLAG_WITHOUT_FPU))
		return false;
	frame->pc = context.uc_mcontext.regs.pc;
	memcpy(&frame->ra, context.uc_mcontext.regs.x, sizeof(context.uc_mcontext.regs.x));
	current->signal_stack = context.uc_stack;
	*mask = context.uc_sigmask.bits;
	return true;
}
