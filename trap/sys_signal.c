/*
 * System calls on signals. What they do is in proc/signal.c; this file handles Linux's arguments.
 */
#include "arch/riscv/frame.h"
#include "lib/error.h"
#include "proc/schedule.h"
#include "proc/signal.h"
#include "trap/sys.h"
#include "trap/user.h"

int mask_from_user(u64 address, u64 size, u64 *mask)
{
	if (size != sizeof(sigset_t))
		return -EINVAL;
	return from_user(mask, address, sizeof(*mask));
}

s64 sys_kill(u64 pid, u64 signal)
{
	struct signal_info info = signal_from_caller((s32)signal, SI_USER);

	return (s32)pid == INT32_MIN ? -ESRCH : signal_kill((s32)pid, &info);
}

s64 sys_tgkill(u64 pid, u64 tid, u64 signal)
{
	struct signal_info info = signal_from_caller((s32)signal, SI_TKILL);

	if ((s32)pid <= 0 || (s32)tid <= 0)
		return -EINVAL;
	return signal_kill_task((u32)pid, (u32)tid, &info);
}

s64 sys_tkill(u64 tid, u64 signal)
{
	struct signal_info info = signal_from_caller((s32)signal, SI_TKILL);

	return (s32)tid <= 0 ? -EINVAL : signal_kill_task(0, (u32)tid, &info);
}

static int queued_info(u64 signal, u64 address, struct signal_info *info)
{
	siginfo_t given;
	int error = from_user(&given, address, sizeof(given));

	if (!error)
		signal_info_import(&given, (s32)signal, info);
	return error;
}

/* A task may pretend to be the kernel, or kill(), only to itself. */
static bool is_forged(const struct signal_info *info, u64 tid)
{
	return (info->code >= 0 || info->code == SI_TKILL) && (u32)tid != current->id;
}

s64 sys_rt_sigqueueinfo(u64 pid, u64 signal, u64 address)
{
	struct signal_info info;
	int error = queued_info(signal, address, &info);

	if (error)
		return error;
	if (is_forged(&info, pid))
		return -EPERM;
	return (s32)pid <= 0 ? -ESRCH : signal_kill((s32)pid, &info);
}

s64 sys_rt_tgsigqueueinfo(u64 pid, u64 tid, u64 signal, u64 address)
{
	struct signal_info info;
	int error = queued_info(signal, address, &info);

	if (error)
		return error;
	if ((s32)pid <= 0 || (s32)tid <= 0)
		return -EINVAL;
	if (is_forged(&info, tid))
		return -EPERM;
	return signal_kill_task((u32)pid, (u32)tid, &info);
}

s64 sys_rt_sigaction(u64 signal, u64 new_address, u64 old_address, u64 size)
{
	struct sigaction new, old;
	s64 error = 0;

	if (size != sizeof(sigset_t))
		return -EINVAL;
	if (new_address)
		error = from_user(&new, new_address, sizeof(new));
	if (!error)
		error = signal_set_action((s32)signal, new_address ? &new : NULL, &old);
	if (!error && old_address)
		error = to_user(old_address, &old, sizeof(old));
	return error;
}

s64 sys_rt_sigprocmask(u64 how, u64 new_address, u64 old_address, u64 size)
{
	u64 old = current->signal_mask, new;
	int error = 0;

	if (size != sizeof(sigset_t))
		return -EINVAL;
	if (new_address) {
		error = mask_from_user(new_address, size, &new);
		if (error)
			return error;
		if (how == SIG_BLOCK)
			new |= old;
		else if (how == SIG_UNBLOCK)
			new = old & ~new;
		else if (how != SIG_SETMASK)
			return -EINVAL;
		signal_set_mask(new);
	}
	if (old_address)
		error = to_user(old_address, &old, sizeof(old));
	return error;
}

s64 sys_rt_sigpending(u64 address, u64 size)
{
	u64 set = signal_pending_set() & current->signal_mask;

	if (size > sizeof(set))
		return -EINVAL;
	return to_user(address, &set, size);
}

s64 sys_rt_sigsuspend(u64 address, u64 size)
{
	u64 mask;
	int error = mask_from_user(address, size, &mask);

	if (error)
		return error;
	signal_set_mask_for_call(mask);
	error = task_sleep(WAIT_FOREVER);
	signal_no_restart();
	return error;
}

s64 sys_rt_sigtimedwait(u64 set_address, u64 info_address, u64 timeout_address, u64 size)
{
	u64 set, deadline, kept = signal_kept_deadline();
	struct signal_info info;
	siginfo_t user_info;
	int error = mask_from_user(set_address, size, &set);
	s32 signal;

	if (!error)
		error = deadline_from_user(timeout_address, &deadline);
	if (error)
		return error;
	deadline = kept ? kept : deadline;
	signal = signal_wait(set, deadline, &info);
	if (signal == -EINTR)
		signal_no_restart_until(deadline);
	if (signal == -ETIMEDOUT)
		return -EAGAIN;
	if (signal < 0 || !info_address)
		return signal;
	signal_info_export(&info, &user_info);
	error = to_user(info_address, &user_info, sizeof(user_info));
	return error ? error : signal;
}

s64 sys_sigaltstack(u64 new_address, u64 old_address)
{
	u64 sp = task_frame(current)->sp;
	stack_t old = current->signal_stack, new;

	if (signal_stack_is_busy(sp))
		old.ss_flags |= SS_ONSTACK;
	if (new_address) {
		int error = from_user(&new, new_address, sizeof(new));

		if (!error)
			error = signal_stack_set(new, sp);
		if (error)
			return error;
	}
	if (!old_address)
		return 0;
	return to_user(old_address, &old, sizeof(old));
}

s64 sys_rt_sigreturn(void)
{
	struct trap_frame *frame = task_frame(current);
	u64 mask;

	if (!signal_frame_pop(frame, &mask)) {
		signal_fault(SIGSEGV, SI_KERNEL, 0);
		return 0;
	}
	/* a0 is the interrupted code's, no result of a call; the handler's own calls are over. */
	current->restart = RESTART_NONE;
	signal_set_mask(mask);
	return (s64)frame->a0;
}
