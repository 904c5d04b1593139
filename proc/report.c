/*
 * /proc/<pid>: what a process is, in Linux's formats. The entries on memory are in report_memory.c.
 */
#include "proc/report.h"

#include "fs/context.h"
#include "fs/dentry.h"
#include "fs/file.h"
#include "fs/file_table.h"
#include "fs/mount.h"
#include "fs/procfs.h"
#include "fs/tty.h"
#include "lib/abi/errno.h"
#include "lib/abi/time.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/inject.h"
#include "mm/ledger.h"
#include "mm/slab.h"
#include "mm/space.h"
#include "mm/uaccess.h"
#include "proc/credentials.h"
#include "proc/pid.h"
#include "proc/signal.h"
#include "proc/stop.h"

#define PRIORITY_SHOWN 20 /* with nice 0 */

#define NANOSECONDS_PER_TICK (NANOSECONDS_PER_SECOND / CLOCK_TICKS_PER_SECOND)

/* What is read at once, under the locks. */
struct summary {
	u32 id; /* of the process, or of the thread that it is about */
	char state;
	char name[TASK_NAME_LENGTH];
	u32 parent, group, session, threads;
	u64 pending, shared_pending, blocked, ignored, caught, affinity;
	s32 nice;
	struct usage usage, children;
	struct credentials credentials; /* a copy, without references */
};

static char state_of(struct process *process) REQUIRES(family_lock)
{
	struct task *task;

	if (process->zombie)
		return 'Z';
	if (process->stopping && process->stopped_count == process->thread_count)
		return 'T';
	list_for_each_entry(task, &process->threads, thread_node)
		if (task->state == TASK_RUNNABLE)
			return 'R';
	return 'S';
}

static char state_of_thread(const struct task *task)
{
	const u32 state = task->state;

	switch (state) {
	case TASK_RUNNABLE:
		return 'R';
	case TASK_STOPPED:
		return 'T';
	default:
		return 'S';
	}
}

static void summarise_signals(struct process *process, struct summary *summary)
	REQUIRES(process->lock)
{
	const struct sigaction *action = process->actions->action;

	summary->shared_pending = process->pending.set;
	for (u32 i = 0; i < SIGNAL_MAX; i++) {
		if (action[i].sa_handler == SIG_IGN)
			summary->ignored |= BIT(i);
		else if (action[i].sa_handler != SIG_DFL)
			summary->caught |= BIT(i);
	}
}

/* NULL: the thread is gone. */
static struct task *find_thread(const struct procfs_thread *thread) REQUIRES(family_lock)
{
	struct task *task = task_find((u32)thread->id);

	return task && task->process == thread->process ? task : NULL;
}

/* What a thread has for itself. */
static void summarise_task(struct task *task, struct summary *summary) REQUIRES(family_lock)
{
	summary->pending = task->pending.set;
	summary->blocked = task->signal_mask;
	summary->affinity = task->affinity;
	summary->nice = task->nice;
}

static struct summary summarise(struct process *process)
{
	struct summary summary = { .id = process->id };

	spin_lock(&family_lock);
	spin_lock(&process->lock);
	summary.state = state_of(process);
	memcpy(summary.name, process->name, sizeof(summary.name));
	summary.parent = process->parent ? process->parent->id : 0;
	summary.group = process->group ? process->group->number : 0;
	summary.session = process->session ? process->session->number : 0;
	summary.threads = process->thread_count;
	summary.usage = usage_of_process(process);
	summary.children = process->children_usage;
	summary.credentials = *process_credentials(process);
	if (!list_empty(&process->threads))
		summarise_task(list_first_entry(&process->threads, struct task, thread_node),
			&summary);
	summarise_signals(process, &summary);
	spin_unlock(&process->lock);
	spin_unlock(&family_lock);
	return summary;
}

/* Puts into a summary of its process what the thread has for itself. 0 or -ESRCH: it is gone. */
static int summarise_thread(const struct procfs_thread *thread, struct summary *summary)
{
	struct task *task;

	*summary = summarise(thread->process);
	spin_lock(&family_lock);
	spin_lock(&thread->process->lock);
	task = find_thread(thread);
	if (task) {
		summary->id = task->id;
		summary->state = state_of_thread(task);
		memcpy(summary->name, task->name, sizeof(summary->name));
		summary->usage = usage_of_task(task);
		summary->credentials = *task->credentials;
		summarise_task(task, summary);
	}
	spin_unlock(&thread->process->lock);
	spin_unlock(&family_lock);
	return task ? 0 : -ESRCH;
}

static const char *state_name(char state)
{
	switch (state) {
	case 'Z':
		return "zombie";
	case 'T':
		return "stopped";
	case 'R':
		return "running";
	default:
		return "sleeping";
	}
}

/* On one line, whatever the name contains. */
static void show_name(struct text *out, const char *name)
{
	for (; *name; name++) {
		if (*name == '\n' || *name == '\\')
			text_append(out, "\\", 1);
		text_append(out, *name == '\n' ? "n" : name, 1);
	}
}

static void text_status(struct text *out, struct process *process, const struct summary *summary)
{
	const struct identity *user = &summary->credentials.user;
	const struct identity *group = &summary->credentials.group;

	text_append(out, "Name:\t", 6);
	show_name(out, summary->name);
	text_printf(out,
		"\n"
		"State:\t%c (%s)\n"
		"Tgid:\t%u\n"
		"Pid:\t%u\n"
		"PPid:\t%u\n"
		"TracerPid:\t0\n"
		"Uid:\t%u\t%u\t%u\t%u\n"
		"Gid:\t%u\t%u\t%u\t%u\n",
		summary->state, state_name(summary->state), process->id, summary->id,
		summary->parent, user->real, user->effective, user->saved, user->file, group->real,
		group->effective, group->saved, group->file);
	report_status_memory(out, process);
	text_printf(out,
		"Threads:\t%u\n"
		"SigPnd:\t%016lx\n"
		"ShdPnd:\t%016lx\n"
		"SigBlk:\t%016lx\n"
		"SigIgn:\t%016lx\n"
		"SigCgt:\t%016lx\n"
		"CapInh:\t%016lx\n"
		"CapPrm:\t%016lx\n"
		"CapEff:\t%016lx\n"
		"CapBnd:\t%016lx\n"
		"NoNewPrivs:\t%u\n"
		"Cpus_allowed:\t%lx\n"
		"voluntary_ctxt_switches:\t%lu\n"
		"nonvoluntary_ctxt_switches:\t%lu\n",
		summary->threads, summary->pending, summary->shared_pending, summary->blocked,
		summary->ignored, summary->caught, summary->credentials.inheritable,
		summary->credentials.permitted, summary->credentials.effective,
		summary->credentials.bounding, summary->credentials.no_new_privileges,
		summary->affinity, summary->usage.switches_voluntary,
		summary->usage.switches_forced);
}

static int show_status(struct text *out, void *argument)
{
	const struct summary summary = summarise(argument);

	text_status(out, argument, &summary);
	return 0;
}

static int show_thread_status(struct text *out, void *argument)
{
	const struct procfs_thread *thread = argument;
	struct summary summary;
	int error = summarise_thread(thread, &summary);

	if (!error)
		text_status(out, thread->process, &summary);
	return error;
}

/* The 52 fields of proc(5); those of which nothing is known here are 0. */
static void text_stat(struct text *out, struct process *process, const struct summary *summary)
{
	const struct program_strings *strings = &process->strings;
	u64 size, resident;
	u32 terminal;
	s32 foreground;

	report_sizes(process, &size, &resident);
	tty_describe((s32)summary->session, &terminal, &foreground);
	text_printf(out, "%u (%s) %c %u %u %u %u %d 0 %lu 0 0 0 ", summary->id, summary->name,
		summary->state, summary->parent, summary->group, summary->session, terminal,
		foreground, summary->usage.page_faults);
	text_printf(out, "%lu %lu %lu %lu %d %d %u 0 %lu %lu %lu %lu ",
		(summary->usage.runtime - summary->usage.system) / NANOSECONDS_PER_TICK,
		summary->usage.system / NANOSECONDS_PER_TICK,
		(summary->children.runtime - summary->children.system) / NANOSECONDS_PER_TICK,
		summary->children.system / NANOSECONDS_PER_TICK, PRIORITY_SHOWN + summary->nice,
		summary->nice, summary->threads, process->start_time / NANOSECONDS_PER_TICK, size,
		resident / PAGE_SIZE, process->limits[RLIMIT_RSS].rlim_cur);
	text_printf(out,
		"0 0 0 0 0 %lu %lu %lu %lu 0 0 0 %d 0 0 0 0 0 0 0 0 0 %lu %lu %lu %lu %d\n",
		summary->pending | summary->shared_pending, summary->blocked, summary->ignored,
		summary->caught, process->exit_signal, strings->argument_start,
		strings->argument_end, strings->environment_start, strings->environment_end,
		process->exit_status);
}

static int show_stat(struct text *out, void *argument)
{
	const struct summary summary = summarise(argument);

	text_stat(out, argument, &summary);
	return 0;
}

static int show_thread_stat(struct text *out, void *argument)
{
	const struct procfs_thread *thread = argument;
	struct summary summary;
	int error = summarise_thread(thread, &summary);

	if (!error)
		text_stat(out, thread->process, &summary);
	return error;
}

static int show_comm(struct text *out, void *argument)
{
	text_printf(out, "%s\n", summarise(argument).name);
	return 0;
}

static int show_thread_comm(struct text *out, void *argument)
{
	struct summary summary;
	int error = summarise_thread(argument, &summary);

	if (!error)
		text_printf(out, "%s\n", summary.name);
	return error;
}

/* Threads name each other, but no other process's. */
static int write_thread_comm(void *argument, const char *text, size_t size UNUSED)
{
	const struct procfs_thread *thread = argument;
	struct task *task;

	if (thread->process != current->process)
		return -EINVAL;
	spin_lock(&family_lock);
	task = find_thread(thread);
	if (task)
		task_set_name(task, text);
	spin_unlock(&family_lock);
	return task ? 0 : -ESRCH;
}

static int write_comm(void *argument, const char *text, size_t size)
{
	struct process *process = argument;
	struct procfs_thread first = { process, (s32)process->id };

	return write_thread_comm(&first, text, size);
}

/* Arguments or environment, as they are. */
static int show_strings(struct text *out, struct process *process, bool environment)
{
	SPACE_HELD struct space *space = NULL;
	char part[256];
	struct program_strings strings;
	u64 start, end;
	int error = 0;

	/* Both of one program: where the old one had its strings, the next may have secrets. */
	spin_lock(&process->lock);
	space = space_get(process->space);
	strings = process->strings;
	spin_unlock(&process->lock);
	start = environment ? strings.environment_start : strings.argument_start;
	end = environment ? strings.environment_end : strings.argument_end;
	if (!space)
		return 0;
	while (start < end && !error) {
		size_t size = min(end - start, (u64)sizeof(part));

		error = copy_from_user(space, part, UADDR(start), size);
		if (!error)
			text_append(out, part, size);
		start += size;
	}
	return error;
}

static int show_cmdline(struct text *out, void *argument)
{
	return show_strings(out, argument, false);
}

static int show_environ(struct text *out, void *argument)
{
	return show_strings(out, argument, true);
}

static struct dentry *follow_exe(struct process *process)
{
	struct dentry *dentry = NULL;

	spin_lock(&process->lock);
	if (process->executable)
		dentry = dentry_get(process->executable->dentry);
	spin_unlock(&process->lock);
	return dentry;
}

static struct dentry *directory_of(struct process *process,
	struct dentry *(*find)(struct fs_context *context))
{
	struct fs_context *context;
	struct dentry *directory;

	spin_lock(&process->lock);
	context = fs_context_get(process->fs);
	spin_unlock(&process->lock);
	directory = context ? find(context) : NULL;
	fs_context_put(context);
	return directory;
}

static struct dentry *follow_cwd(struct process *process)
{
	return directory_of(process, fs_context_cwd);
}

static struct dentry *follow_root(struct process *process)
{
	return directory_of(process, fs_context_root);
}

/* fail-nth is that of the calling thread in its own process, of the first thread in another. */

static bool count_down(void)
{
	struct task *task = current;

	if (!task || !task->fail_nth || --task->fail_nth)
		return false;
	atomic_fetch_sub(&inject_armed, 1);
	return true;
}

static struct task *task_meant(struct process *process) REQUIRES(process->lock)
{
	if (process == current->process)
		return current;
	if (list_empty(&process->threads))
		return NULL;
	return list_first_entry(&process->threads, struct task, thread_node);
}

static int write_fail_nth(void *argument, const char *text, size_t size)
{
	struct process *process = argument;
	struct task *task;
	u32 number = 0;

	/* Else a program with other rights would run out of memory where its caller wants it to. */
	if (!capable(CAP_SYS_RESOURCE))
		return -EPERM;
	for (size_t i = 0; i < size && text[i] != '\n'; i++) {
		if (text[i] < '0' || text[i] > '9' || number > UINT32_MAX / 10 - 1)
			return -EINVAL;
		number = number * 10 + (u32)(text[i] - '0');
	}
	spin_lock(&process->lock);
	task = task_meant(process);
	if (task) {
		if (task->fail_nth)
			atomic_fetch_sub(&inject_armed, 1);
		task->fail_nth = number;
		if (number)
			atomic_fetch_add(&inject_armed, 1);
	}
	spin_unlock(&process->lock);
	return task ? 0 : -ESRCH;
}

/* Without an allocation of its own, which would be counted. */
static ssize_t read_fail_nth(void *argument, struct io *io, u64 *offset)
{
	struct process *process = argument;
	char text[16];
	struct task *task;
	size_t size, done;

	spin_lock(&process->lock);
	task = task_meant(process);
	size = (size_t)snprintf(text, sizeof(text), "%u\n", task ? task->fail_nth : 0);
	spin_unlock(&process->lock);
	if (*offset >= size)
		return 0;
	done = io_write(io, text + *offset, min(size - *offset, io->left));
	*offset += done;
	return io_result(io, done);
}

void report_init(void)
{
	inject_hook = count_down;
}

const struct procfs_entry procfs_process_entries[] = {
	{ .file = { "cmdline", PERMISSIONS_READ, .show = show_cmdline } },
	{ .file = { "comm", PERMISSIONS_WRITE, .show = show_comm, .write = write_comm } },
	{ .file = { "cow", PERMISSIONS_OWNER, .show = report_show_cow } },
	{ .file = { .name = "cwd", .permissions = PERMISSIONS_LINK }, .follow = follow_cwd },
	{ .file = { "environ", PERMISSIONS_OWNER, .show = show_environ } },
	{ .file = { .name = "exe", .permissions = PERMISSIONS_LINK }, .follow = follow_exe },
	{ .file = { "fail-nth", PERMISSIONS_WRITE, .write = write_fail_nth,
		  .read = read_fail_nth } },
	{ .file = { "frames", PERMISSIONS_OWNER, .read = report_read_frames } },
	{ .file = { "maps", PERMISSIONS_OWNER, .show = report_show_maps } },
	{ .file = { "mountinfo", PERMISSIONS_READ, .show = mount_show_info } },
	{ .file = { "mounts", PERMISSIONS_READ, .show = mount_show } },
	{ .file = { "pagemap", PERMISSIONS_OWNER, .read = report_read_pagemap } },
	{ .file = { .name = "root", .permissions = PERMISSIONS_LINK }, .follow = follow_root },
	{ .file = { "smaps", PERMISSIONS_OWNER, .show = report_show_smaps } },
	{ .file = { "smaps_rollup", PERMISSIONS_OWNER, .show = report_show_smaps_rollup } },
	{ .file = { "stat", PERMISSIONS_READ, .show = show_stat } },
	{ .file = { "statm", PERMISSIONS_READ, .show = report_show_statm } },
	{ .file = { "status", PERMISSIONS_READ, .show = show_status } },
	{},
};

const struct pseudo_file procfs_thread_entries[] = {
	{ "comm", PERMISSIONS_WRITE, .show = show_thread_comm, .write = write_thread_comm },
	{ "stat", PERMISSIONS_READ, .show = show_thread_stat },
	{ "status", PERMISSIONS_READ, .show = show_thread_status },
	{},
};

bool procfs_thread_exists(const struct procfs_thread *thread)
{
	bool exists;

	spin_lock(&family_lock);
	exists = find_thread(thread) != NULL;
	spin_unlock(&family_lock);
	return exists;
}

s32 procfs_process_next_thread(const struct process *process, u64 from)
{
	struct task *task;
	s32 id;

	spin_lock(&family_lock);
	task = thread_next(process, from);
	id = task ? (s32)task->id : 0;
	spin_unlock(&family_lock);
	return id;
}

s32 procfs_process_next(u64 from)
{
	struct process *process = process_next_get(from);
	s32 id;

	if (!process)
		return 0;
	id = (s32)process->id;
	process_put(process);
	return id;
}

struct process *procfs_process_get(s32 pid)
{
	return pid > 0 ? process_find_get((u32)pid) : NULL;
}

void procfs_process_hold(struct process *process)
{
	process_get(process);
}

void procfs_process_put(struct process *process)
{
	process_put(process);
}

void procfs_process_owner(struct process *process, bool inside, u32 *user, u32 *group)
{
	const struct credentials *credentials;

	spin_lock(&process->lock);
	credentials =
		inside && process->secretive ? &credentials_root : process_credentials(process);
	*user = credentials->user.effective;
	*group = credentials->group.effective;
	spin_unlock(&process->lock);
}

s32 procfs_own_pid(void)
{
	return current->process ? (s32)current->process->id : 0;
}

s64 procfs_process_next_fd(struct process *process, u64 from)
{
	s64 fd;

	spin_lock(&process->lock);
	fd = process->files ? file_table_next(process->files, from) : -1;
	spin_unlock(&process->lock);
	return fd;
}

struct dentry *procfs_process_fd(struct process *process, u64 fd)
{
	struct dentry *dentry;

	spin_lock(&process->lock);
	dentry = process->files ? file_table_dentry(process->files, fd) : NULL;
	spin_unlock(&process->lock);
	return dentry;
}

u64 procfs_audit(void)
{
	u64 differences;

	harts_stop();
	differences = ledger_audit();
	harts_resume();
	return differences;
}
