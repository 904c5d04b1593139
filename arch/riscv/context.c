/*
 * The first registers of new tasks, and when floating-point registers are saved and restored
 * (arch/riscv/context.h).
 */
#include "arch/riscv/context.h"

#include "lib/string.h"

/* arch/riscv/context.S, arch/riscv/trap.S */
void context_start_kernel(void);
void context_to_user(void);
void fpu_save(struct fpu_state *state);
void fpu_restore(const struct fpu_state *state);

void context_init_kernel(struct context *context, void *stack_top, void (*function)(void *),
	void *argument)
{
	*context = (struct context){
		.ra = (u64)context_start_kernel,
		.sp = (u64)stack_top,
		.s = { 0, (u64)function, (u64)argument },
		.kernel_sp = (u64)context_frame(stack_top),
	};
}

void context_init_user(struct context *context, void *stack_top, const struct trap_frame *frame)
{
	struct trap_frame *copy = context_frame(stack_top);

	*copy = *frame;
	*context = (struct context){
		.ra = (u64)context_to_user,
		.sp = (u64)copy,
		.kernel_sp = (u64)copy,
	};
}

void frame_init_user(struct trap_frame *frame, u64 pc, u64 sp)
{
	memset(frame, 0, sizeof(*frame));
	frame->pc = pc;
	frame->sp = sp;
	frame->status = SSTATUS_UXL_64 | SSTATUS_SPIE;
}

/* Turns the floating-point unit on for the kernel itself. */
static void fpu_access_begin(void)
{
	csr_set(sstatus, SSTATUS_FS_INITIAL);
}

static void fpu_access_end(void)
{
	csr_clear(sstatus, SSTATUS_FS);
}

static void set_fs(struct trap_frame *frame, u64 fs)
{
	frame->status = (frame->status & ~(u64)SSTATUS_FS) | fs;
}

void fpu_switch_out(struct fpu_state *state, struct trap_frame *frame)
{
	if ((frame->status & SSTATUS_FS) != SSTATUS_FS_DIRTY)
		return;
	fpu_access_begin();
	fpu_save(state);
	fpu_access_end();
	set_fs(frame, SSTATUS_FS_CLEAN);
}

void fpu_switch_in(const struct fpu_state *state, const struct trap_frame *frame)
{
	if (!(frame->status & SSTATUS_FS))
		return;
	fpu_access_begin();
	fpu_restore(state);
	fpu_access_end();
}

bool fpu_enable(struct trap_frame *frame)
{
	static const struct fpu_state zero;

	if (frame->status & SSTATUS_FS)
		return false;
	fpu_access_begin();
	fpu_restore(&zero);
	fpu_access_end();
	/* Dirty: the zeroes are only in the registers. */
	set_fs(frame, SSTATUS_FS_DIRTY);
	return true;
}
