/*
 * Between the trap frame and the user's stack: what a signal handler finds there, in Linux's layout
 * for riscv64, and the way back.
 */
#include "arch/riscv/context.h"
#include "arch/riscv/vdso_data.h"
#include "lib/abi/errno.h"
#include "lib/abi/time.h"
#include "lib/abi/ucontext.h"
#include "lib/string.h"
#include "mm/space.h"
#include "mm/uaccess.h"
#include "proc/signal.h"
#include "proc/vdso.h"

/* Lies at the stack pointer with which a handler starts, and with which it returns. */
struct signal_frame {
	siginfo_t info;
	ucontext_t context;
};

/* The part before the floating-point registers: all of the frame for a program that uses none. */
#define PLAIN_SIZE offsetof(struct signal_frame, context.uc_mcontext.fpregs)

/*
 * A bit of uc_flags that Linux does not use: the program had not used floating point yet, and the
 * frame holds nothing of it.
 */
#define FLAG_WITHOUT_FPU (1UL << 63)

#define STACK_ALIGNMENT 16

_Static_assert(offsetof(struct trap_frame, t6) - offsetof(struct trap_frame, ra) ==
		sizeof(((struct user_regs *)0)->x) - sizeof(u64),
	"x1 to x31 lie in one order in both");

_Static_assert(offsetof(struct signal_frame, context.uc_mcontext) == SIGNAL_FRAME_X(0), "vDSO");
_Static_assert(offsetof(struct signal_frame, context.uc_mcontext.fpregs) == SIGNAL_FRAME_F(0),
	"vDSO");

/* As on Linux: the stack's end, where all of it is free, counts; its start does not. */
static bool is_on_stack(const stack_t *stack, u64 sp)
{
	return !(stack->ss_flags & SS_DISABLE) && sp - (u64)stack->ss_sp - 1 < stack->ss_size;
}

bool signal_stack_is_busy(u64 sp)
{
	return is_on_stack(&current->signal_stack, sp);
}

int signal_stack_set(stack_t stack, u64 sp)
{
	if (signal_stack_is_busy(sp))
		return -EPERM;
	/* SS_ONSTACK has no meaning here, but some programs pass it. */
	if (stack.ss_flags == SS_ONSTACK)
		stack.ss_flags = 0;
	if (stack.ss_flags & ~SS_DISABLE)
		return -EINVAL;
	if (!stack.ss_flags && stack.ss_size < MINSIGSTKSZ)
		return -ENOMEM;
	if (stack.ss_flags == SS_DISABLE)
		stack = (stack_t){ .ss_flags = SS_DISABLE };
	current->signal_stack = stack;
	return 0;
}

static bool stacks_differ(const stack_t *one, const stack_t *other)
{
	return one->ss_sp != other->ss_sp || one->ss_size != other->ss_size ||
		one->ss_flags != other->ss_flags;
}

static s32 clock_ticks(u64 nanoseconds)
{
	return nanoseconds / (NANOSECONDS_PER_SECOND / CLOCK_TICKS_PER_SECOND);
}

static inline void fill_info(const struct signal_info *info, siginfo_t *user)
{
	u64 *words = (u64 *)user;

#pragma clang loop unroll(full)
	for (u32 i = 0; i < sizeof(*user) / sizeof(*words); i++)
		words[i] = 0;
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
	fill_info(info, user);
}

void signal_info_import(const siginfo_t *user, s32 signal, struct signal_info *info)
{
	*info = (struct signal_info){
		.signal = signal,
		.code = user->si_code,
		.pid = user->si_pid,
		.uid = user->si_uid,
		.value = (u64)user->si_ptr,
	};
	if (signal == SIGCHLD && info->code > 0)
		info->value = (u32)user->si_status;
	else if (info->code > 0 && info->code < SI_KERNEL)
		info->value = (u64)user->si_addr;
}

static bool uses_fpu(const struct trap_frame *frame)
{
	return frame->status & SSTATUS_FS;
}

static RARE void save_fpu(struct trap_frame *frame, union user_fpregs *registers)
{
	struct task *task = current;

	fpu_switch_out(&task->fpu, frame);
	memcpy(registers->d.f, task->fpu.f, sizeof(task->fpu.f));
	registers->d.fcsr = task->fpu.fcsr;
	for (u32 i = 0; i < ARRAY_SIZE(registers->q.reserved); i++)
		registers->q.reserved[i] = 0; /* nothing follows */
}

/* Replaces what the handler left in the registers by what they held before it. */
static void restore_fpu(struct trap_frame *frame, const ucontext_t *context)
{
	const union user_fpregs *registers = &context->uc_mcontext.fpregs;
	struct task *task = current;

	fpu_switch_out(&task->fpu, frame); /* the registers are no longer newer than the state */
	if (context->uc_flags & FLAG_WITHOUT_FPU) {
		task->fpu = (struct fpu_state){};
	} else {
		memcpy(task->fpu.f, registers->d.f, sizeof(task->fpu.f));
		task->fpu.fcsr = registers->d.fcsr;
	}
	fpu_switch_in(&task->fpu, frame);
}

/* x1 to x31. */
static void copy_registers(u64 *restrict to, const u64 *restrict from)
{
#pragma clang loop unroll(full)
	for (u32 i = 0; i < ARRAY_SIZE(((struct user_regs *)0)->x); i++)
		to[i] = from[i];
}

static void fill(struct signal_frame *saved, struct trap_frame *frame,
	const struct signal_info *info, u64 mask)
{
	ucontext_t *context = &saved->context;

	fill_info(info, &saved->info);
	context->uc_flags = uses_fpu(frame) ? 0 : FLAG_WITHOUT_FPU;
	context->uc_link = NULL;
	context->uc_stack = current->signal_stack;
	context->uc_sigmask.bits = mask;
	context->uc_mcontext.regs.pc = frame->pc;
	copy_registers(context->uc_mcontext.regs.x, &frame->ra);
	if (uses_fpu(frame))
		save_fpu(frame, &context->uc_mcontext.fpregs);
}

/* How much of the frame a program needs, by whether it uses floating point. */
static size_t size_for(const struct trap_frame *frame)
{
	return uses_fpu(frame) ? sizeof(struct signal_frame) : PLAIN_SIZE;
}

/* Whether the user's memory can be accessed in place: it is aligned, and in one page. */
static bool is_in_place(uaddr_t address, size_t size)
{
	return is_aligned(address.value, STACK_ALIGNMENT) &&
		uaddr_page(address).value == uaddr_page(uaddr_add(address, size - 1)).value;
}

/* By way of the kernel's stack. */
static RARE bool store_copy(u64 sp, struct trap_frame *frame, const struct signal_info *info,
	u64 mask)
{
	struct signal_frame saved = {};

	fill(&saved, frame, info, mask);
	return !copy_to_user(current_space(), UADDR(sp), &saved, size_for(frame));
}

static bool store(u64 sp, struct trap_frame *frame, const struct signal_info *info, u64 mask)
{
	struct space *space = current_space();
	struct signal_frame *saved;
	int error;

	if (!is_in_place(UADDR(sp), size_for(frame)))
		return store_copy(sp, frame, info, mask);
	saved = user_reach_write(space, UADDR(sp), &error);
	if (!saved)
		return false;
	fill(saved, frame, info, mask);
	user_release(space);
	return true;
}

bool signal_frame_push(struct trap_frame *frame, const struct signal_info *info,
	const struct sigaction *action, u64 mask)
{
	const stack_t *stack = &current->signal_stack;
	u64 sp = frame->sp;

	if ((action->sa_flags & SA_ONSTACK) && !(stack->ss_flags & SS_DISABLE) &&
		!is_on_stack(stack, sp))
		sp = (u64)stack->ss_sp + stack->ss_size;
	sp = align_down(sp - sizeof(struct signal_frame), STACK_ALIGNMENT);
	/* What lies below the alternative stack is the program's: it must not be overwritten. */
	if (is_on_stack(stack, frame->sp) && !is_on_stack(stack, sp))
		return false;
	if (!store(sp, frame, info, mask))
		return false;

	frame->pc = (u64)action->sa_handler;
	frame->sp = sp;
	frame->ra = current_space()->layout.vdso + vdso_signal_return;
	frame->a0 = (u64)info->signal;
	frame->a1 = sp + offsetof(struct signal_frame, info);
	frame->a2 = sp + offsetof(struct signal_frame, context);
	return true;
}

/* An alternative stack that the handler has written into the frame is used if it can be set. */
static RARE void restore_rest(struct trap_frame *frame, const ucontext_t *context)
{
	if (stacks_differ(&context->uc_stack, &current->signal_stack))
		(void)!signal_stack_set(context->uc_stack, frame->sp);
	if (uses_fpu(frame))
		restore_fpu(frame, context);
}

static void restore(struct trap_frame *frame, const ucontext_t *context, u64 *mask)
{
	frame->pc = context->uc_mcontext.regs.pc;
	copy_registers(&frame->ra, context->uc_mcontext.regs.x);
	*mask = context->uc_sigmask.bits;
	if (uses_fpu(frame) || stacks_differ(&context->uc_stack, &current->signal_stack))
		restore_rest(frame, context);
}

/* By way of the kernel's stack. */
static RARE bool restore_copy(struct trap_frame *frame, uaddr_t address, size_t size, u64 *mask)
{
	ucontext_t context;

	if (copy_from_user(current_space(), &context, address, size))
		return false;
	restore(frame, &context, mask);
	return true;
}

bool signal_frame_pop(struct trap_frame *frame, u64 *mask)
{
	const size_t info_size = offsetof(struct signal_frame, context);
	uaddr_t address = UADDR(frame->sp + info_size);
	size_t size = size_for(frame) - info_size;
	struct space *space = current_space();
	const ucontext_t *context;
	int error;

	if (!is_in_place(address, size))
		return restore_copy(frame, address, size, mask);
	context = user_reach_read(space, address, &error);
	if (!context)
		return false;
	restore(frame, context, mask);
	user_release(space);
	return true;
}
