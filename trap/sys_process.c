/*
 * System calls on processes: making, replacing, ending, waiting for them; their numbers, groups and
 * sessions. What they do is in proc/; this file handles Linux's arguments and errors.
 */
#include "fs/file.h"
#include "fs/file_table.h"
#include "lib/abi/fcntl.h"
#include "lib/abi/limits.h"
#include "lib/abi/sched.h"
#include "lib/abi/wait.h"
#include "lib/error.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "proc/exec.h"
#include "proc/exit.h"
#include "proc/fork.h"
#include "proc/pid.h"
#include "proc/signal.h"
#include "trap/sys.h"
#include "trap/user.h"

s64 sys_clone(u64 flags, u64 stack, u64 parent_tid, u64 tls, u64 child_tid)
{
	const struct clone_request request = {
		.flags = flags & 0xffffffff & ~(u64)CSIGNAL,
		.exit_signal = (s32)(flags & CSIGNAL),
		.stack = stack,
		.tls = tls,
		.parent_tid = parent_tid,
		.child_tid = child_tid,
	};

	return process_clone(&request);
}

s64 sys_clone3(u64 address, u64 size)
{
	struct clone_args args;
	struct clone_request request;
	int error = size < CLONE_ARGS_SIZE_VER0 ? -EINVAL
						: copy_structure_from_user(current_space(), &args,
							  sizeof(args), UADDR(address), size);

	if (error)
		return error;
	if ((args.flags & (CSIGNAL | CLONE_DETACHED)) || args.exit_signal > SIGNAL_MAX ||
		args.set_tid_size || !args.stack != !args.stack_size)
		return -EINVAL;
	if ((args.flags & (CLONE_PARENT | CLONE_THREAD)) && args.exit_signal)
		return -EINVAL;
	request = (struct clone_request){
		.flags = args.flags,
		.exit_signal = (s32)args.exit_signal,
		.stack = args.stack ? args.stack + args.stack_size : 0,
		.tls = args.tls,
		.parent_tid = args.parent_tid,
		.child_tid = args.child_tid,
	};
	return process_clone(&request);
}

/* The file of the descriptor itself, for AT_EMPTY_PATH with an empty path. */
static struct dentry *program_of_descriptor(u64 fd)
{
	FILE_HELD struct file *file = user_file_or_path(fd);

	if (!file)
		return error_pointer(-EBADF);
	return file->dentry ? dentry_get(file->dentry) : error_pointer(-EACCES);
}

/*
 * The program to run. name: the path that the program is told, which works without the directory:
 * "/dev/fd/3" or "/dev/fd/3/path". *lost: that path is gone once it runs, as exec closes the 3.
 */
static struct dentry *find_program(u64 directory, u64 address, u64 flags, char *name, bool *lost)
{
	char *text = user_string(address);
	size_t length;

	*lost = false;
	if (is_error(text))
		return (struct dentry *)text;
	if ((s32)directory == AT_FDCWD || *text == '/') {
		length = strlcpy(name, text, PATH_MAX);
	} else {
		length = (size_t)snprintf(name, PATH_MAX, "/dev/fd/%d%s%s", (s32)directory,
			*text ? "/" : "", text);
		*lost = file_table_get_close_on_exec(current->process->files, (u32)directory) > 0;
	}
	if (length < PATH_MAX && (*text || !(flags & AT_EMPTY_PATH)))
		return user_path_find(directory, text,
			flags & AT_SYMLINK_NOFOLLOW ? 0 : PATH_FOLLOW);
	kfree(text);
	return length < PATH_MAX ? program_of_descriptor(directory) : error_pointer(-ENAMETOOLONG);
}

s64 sys_execveat(u64 directory, u64 path, u64 arguments, u64 environment, u64 flags)
{
	struct space *space = current_space();
	const struct string_list argument_list = { .space = space, .user = arguments };
	const struct string_list environment_list = { .space = space, .user = environment };
	struct dentry *program;
	bool lost;

	if (flags & ~(u64)(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW))
		return -EINVAL;
	KMALLOC_HELD char *name = kmalloc(PATH_MAX);

	if (!name)
		return -ENOMEM;
	program = find_program(directory, path, flags, name, &lost);
	return process_exec(program, name, lost, &argument_list, &environment_list);
}

s64 sys_execve(u64 path, u64 arguments, u64 environment)
{
	return sys_execveat((u64)AT_FDCWD, path, arguments, environment, 0);
}

/* The exit status of a process, as wait4 reports it. */
static s32 exited(u64 code)
{
	return (s32)(code & 0xff) << 8;
}

s64 sys_exit(u64 code)
{
	task_exit(exited(code));
}

s64 sys_exit_group(u64 code)
{
	process_exit(exited(code));
}

s64 sys_wait4(u64 pid, u64 status, u64 options, u64 usage)
{
	struct wait_result result;
	s32 number = (s32)pid, type = P_ALL;
	int error;

	if ((u32)options & ~(u32)(WNOHANG | WUNTRACED | WCONTINUED | WNOTHREAD | WALL | WCLONE))
		return -EINVAL;
	if (number == INT32_MIN)
		return -ESRCH;
	if (number > 0)
		type = P_PID;
	else if (number != -1)
		type = P_PGID;
	error = process_wait(type, number < 0 ? (u32)-number : (u32)number, (u32)options | WEXITED,
		&result);
	if (error || !result.pid)
		return error;
	if (status)
		error = to_user(status, &result.status, sizeof(result.status));
	if (!error && usage)
		error = usage_to_user(&result.usage, usage);
	return error ? error : result.pid;
}

/* What waitid reports of a child: a siginfo_t like that of SIGCHLD. */
static void describe(const struct wait_result *result, siginfo_t *info)
{
	struct signal_info brief = {
		.signal = SIGCHLD,
		.pid = result->pid,
		.uid = result->uid,
	};
	s32 status = result->status;

	if (WIFEXITED(status)) {
		brief.code = CLD_EXITED;
		brief.value = WEXITSTATUS(status);
	} else if (WIFCONTINUED(status)) {
		brief.code = CLD_CONTINUED;
		brief.value = SIGCONT;
	} else if (WIFSTOPPED(status)) {
		brief.code = CLD_STOPPED;
		brief.value = WSTOPSIG(status);
	} else {
		brief.code = CLD_KILLED;
		brief.value = WTERMSIG(status);
	}
	signal_info_export(&brief, info);
}

/* waitid writes only this much of a siginfo_t. */
#define WAITID_BYTES (offsetof(siginfo_t, si_status) + sizeof(int))

static int wait_by_id(u32 type, s32 id, u32 options, struct wait_result *result)
{
	const u32 events = WEXITED | WSTOPPED | WCONTINUED;

	if ((options & ~(events | WNOHANG | WNOWAIT | WNOTHREAD | WALL | WCLONE)) ||
		!(options & events))
		return -EINVAL;
	if (type > P_PGID || (type == P_PID && id <= 0) || (type == P_PGID && id < 0))
		return -EINVAL;
	return process_wait((s32)type, (u32)id, options, result);
}

/* As on Linux, clears the siginfo_t if there is nothing to report; a failed write is told first. */
s64 sys_waitid(u64 type, u64 id, u64 info_address, u64 options, u64 usage)
{
	struct wait_result result = {};
	siginfo_t info = {};
	int error = wait_by_id((u32)type, (s32)id, (u32)options, &result), untold = 0;

	if (result.pid)
		describe(&result, &info);
	if (result.pid && usage)
		untold = usage_to_user(&result.usage, usage);
	if (!untold && info_address)
		untold = to_user(info_address, &info, WAITID_BYTES);
	return untold ? untold : error;
}

s64 sys_getpid(void)
{
	return current->process->id;
}

s64 sys_gettid(void)
{
	return current->id;
}

s64 sys_getppid(void)
{
	struct process *parent;
	s64 id;

	spin_lock(&family_lock);
	parent = current->process->parent;
	id = parent ? parent->id : 0;
	spin_unlock(&family_lock);
	return id;
}

s64 sys_set_tid_address(u64 address)
{
	current->clear_child_tid = address;
	return current->id;
}

s64 sys_set_robust_list(u64 head, u64 size)
{
	if (size != sizeof(u64) * 3)
		return -EINVAL;
	current->robust_list = head;
	return 0;
}

/* Groups and sessions */

s64 sys_setpgid(u64 pid, u64 group)
{
	/* Group 0 stands for the process's own number, which must not be negative either. */
	if ((s32)group < 0 || (!(u32)group && (s32)pid < 0))
		return -EINVAL;
	if ((s32)pid < 0)
		return -ESRCH;
	return group_set((u32)pid, (u32)group);
}

s64 sys_getpgid(u64 pid)
{
	return group_of((u32)pid);
}

s64 sys_getsid(u64 pid)
{
	return session_of((u32)pid);
}

s64 sys_setsid(void)
{
	return session_create();
}
