/*
 * execve(2): scripts, what is to run, and the step from one program to the next.
 *
 * The new address space is built completely beside the old one. Only when nothing can fail any
 * more are the other threads ended and the old space dropped.
 */
#include "proc/exec.h"

#include "fs/context.h"
#include "fs/file.h"
#include "fs/file_table.h"
#include "fs/path.h"
#include "lib/abi/personality.h"
#include "lib/abi/resource.h"
#include "lib/error.h"
#include "lib/string.h"
#include "mm/limit.h"
#include "mm/slab.h"
#include "mm/space.h"
#include "proc/credentials.h"
#include "proc/exec_image.h"
#include "proc/exec_layout.h"
#include "proc/exec_stack.h"
#include "proc/exit.h"
#include "proc/futex.h"
#include "proc/limit.h"
#include "proc/pid.h"
#include "proc/posix_timer.h"
#include "proc/schedule.h"
#include "proc/signal.h"
#include "proc/vdso.h"

#define FIRST_LINE_SIZE 256 /* of a script, as on Linux */

/* All that one exec needs, in one allocation. */
struct exec {
	struct exec_strings strings;
	struct space *space;
	/* What will replace the old program's; after replace(), the old ones, to be released. */
	struct signal_actions *actions;
	struct file_table *files;
	struct fs_context *fs; /* NULL: the process keeps its own */
	struct credentials *credentials;
	bool readable; /* the caller may read the program's file */
	u32 levels;
	/* What follows is large, and cleared only in part. */
	struct exec_image program;
	struct exec_image interpreter; /* file NULL: the program needs no dynamic linker */
	struct exec_stack stack;
	char line[EXEC_SCRIPT_LEVELS + 1][FIRST_LINE_SIZE + 1]; /* of the program, too */
};

/* Scripts */

static char *skip_blanks(char *text)
{
	while (*text == ' ' || *text == '\t')
		text++;
	return text;
}

static char *skip_word(char *text)
{
	while (*text && *text != ' ' && *text != '\t')
		text++;
	return text;
}

static void insert_front(struct exec_strings *strings, const char *string)
{
	memmove(&strings->prefix[1], &strings->prefix[0],
		strings->prefix_count * sizeof(strings->prefix[0]));
	strings->prefix[0] = string;
	strings->prefix_count++;
}

/*
 * `line` is the beginning of a script: "#! interpreter [argument]". The rest of the line is one
 * argument. The arguments become interpreter, argument, path of the script, and what followed.
 * Returns the interpreter; NULL: there is none.
 */
static const char *take_script(struct exec *exec, char *line, const char *path)
{
	char *interpreter = skip_blanks(line + 2), *argument, *end;

	end = strchr(line, '\n');
	if (end)
		*end = '\0';
	else
		end = line + strlen(line);
	/* A name that ends where the line was cut off may not be the whole name. */
	if (end == line + FIRST_LINE_SIZE && !*skip_word(interpreter))
		return NULL;
	while (end > interpreter && (end[-1] == ' ' || end[-1] == '\t'))
		*--end = '\0';
	if (!*interpreter)
		return NULL;
	argument = skip_word(interpreter);
	if (*argument) {
		*argument++ = '\0';
		argument = skip_blanks(argument);
	}
	/* The script's path takes the place of the first argument so far. */
	if (exec->strings.prefix_count) {
		exec->strings.prefix[0] = path;
	} else {
		insert_front(&exec->strings, path);
		exec->strings.skip = 1;
	}
	if (*argument)
		insert_front(&exec->strings, argument);
	insert_front(&exec->strings, interpreter);
	return interpreter;
}

struct dentry *exec_lookup(const char *path)
{
	struct path place = { .context = current->process->fs, .text = path };

	return path_lookup(place, PATH_FOLLOW);
}

static struct file *open_program(struct dentry *dentry)
{
	return is_error(dentry) ? (struct file *)dentry : file_open_program(dentry);
}

/* Opens the program that runs in the end: for a script, its interpreter. Takes over the dentry. */
static int resolve(struct exec *exec, struct dentry *dentry, const char *path, bool lost)
{
	for (;; dentry = exec_lookup(path)) {
		struct file *file = open_program(dentry);
		ssize_t size;
		char *line;

		if (is_error(file))
			return pointer_error(file);
		line = exec->line[exec->levels];
		size = file_read_kernel(file, line, FIRST_LINE_SIZE, 0);
		if (size >= 2 && line[0] == '#' && line[1] == '!') {
			file_put(file);
			if (exec->levels++ == EXEC_SCRIPT_LEVELS)
				return -ELOOP;
			line[size] = '\0';
			path = take_script(exec, line, path);
			if (!path)
				return -ENOEXEC;
			if (lost)
				return -ENOENT;
			continue;
		}
		exec->program.file = file;
		return size < 0 ? (int)size : 0;
	}
}

/* The new address space */

/* Before anybody else knows the space; the heap follows the program. */
static void set_layout(struct space *space, const struct exec_layout *layout, u64 heap)
{
	write_lock(&space->lock);
	space->layout = (struct space_layout){ .brk_start = heap,
		.map_top = layout->map_top,
		.stack_end = layout->stack_end,
		.vdso = layout->vdso };
	space->brk = heap;
	write_unlock(&space->lock);
}

/* Opens the dynamic linker, if the program asks for one. */
static int resolve_interpreter(struct exec *exec)
{
	char *path = exec_image_interpreter(&exec->program);
	struct file *file;
	int error;

	if (!path || is_error(path))
		return path ? pointer_error(path) : 0;
	file = open_program(exec_lookup(path));
	kfree(path);
	if (is_error(file))
		return pointer_error(file);
	exec->interpreter.file = file;
	error = exec_image_read(&exec->interpreter);
	return error == -ENOEXEC ? -ELIBBAD : error;
}

/* The caller must not decide how a program with other rights is laid out. */
static u64 stack_limit(const struct exec *exec)
{
	u64 limit = limit_of_caller(RLIMIT_STACK);

	return exec->strings.secure ? min(limit, LIMIT_STACK_DEFAULT) : limit;
}

static bool at_random_addresses(const struct exec *exec)
{
	return exec_layout_random &&
		(exec->strings.secure || !(current->process->personality & ADDR_NO_RANDOMIZE));
}

static int build_space(struct exec *exec)
{
	struct exec_image *program = &exec->program, *interpreter = &exec->interpreter;
	struct exec_layout layout;
	int error;

	exec->space = space_create();
	if (!exec->space)
		return -ENOMEM;
	exec_layout_choose(&layout, stack_limit(exec), at_random_addresses(exec));
	if (program->elf.relocatable)
		exec_layout_program(&layout, program);
	set_layout(exec->space, &layout,
		exec_layout_heap(&layout, program->elf.end + program->bias));
	error = exec_image_map(program, exec->space);
	if (!error)
		error = vdso_map(exec->space);
	if (!error && interpreter->file)
		error = exec_image_place(interpreter, exec->space);
	if (!error)
		error = exec_stack_build(exec->space, &exec->strings, program, interpreter->bias,
			exec->credentials, &exec->stack);
	return error;
}

/* The point of no return */

static bool is_single_thread(struct process *process)
{
	bool single;

	spin_lock(&process->lock);
	single = process->thread_count == 1;
	spin_unlock(&process->lock);
	return single;
}

/* Ends the other threads; the caller becomes the first one. -EINTR: it is to end itself. */
static int become_single_thread(struct process *process)
{
	struct task *task = current;
	struct waiter waiter = {};

	spin_lock(&process->lock);
	if (process->exiting || process->execing) {
		spin_unlock(&process->lock);
		return -EINTR;
	}
	process->execing = task;
	process_kill_others(process);
	spin_unlock(&process->lock);

	for (;;) {
		wait_join(&process->thread_events, &waiter);
		if (is_single_thread(process))
			break;
		wait_sleep_uninterruptible(WAIT_FOREVER);
	}
	wait_leave(&waiter);

	spin_lock(&family_lock);
	spin_lock(&process->lock);
	if (task->pid != process->pid) {
		task_unregister(task);
		task_register(task, process->pid);
	}
	posix_timers_delete(process);
	signal_queue_drop_timers(&process->pending);
	signal_queue_drop_timers(&task->pending);
	process->execing = NULL;
	process->executed = true;
	process->exit_signal = SIGCHLD;
	signal_retarget(process);
	spin_unlock(&process->lock);
	spin_unlock(&family_lock);
	return 0;
}

static const char *last_component(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Replaces the old program by what was built. On return, `exec` holds what is to be released. */
static void replace(struct exec *exec)
{
	struct process *process = current->process;
	bool another = exec->strings.secure ||
		credentials_of_another(current->credentials, exec->credentials);

	spin_lock(&process->lock);
	swap(process->space, exec->space);
	swap(process->files, exec->files);
	if (exec->fs)
		swap(process->fs, exec->fs);
	swap(process->actions, exec->actions);
	swap(process->executable, exec->program.file);
	swap(current->credentials, exec->credentials);
	process->membarrier = 0;
	process->strings = exec->stack.strings;
	strlcpy(process->name, last_component(exec->strings.path), sizeof(process->name));
	if (another)
		process->parent_death_signal = 0;
	process->secretive = another || !exec->readable;
	process->limits[RLIMIT_STACK].rlim_cur = stack_limit(exec);
	if (exec->strings.secure)
		process->personality = 0;
	spin_unlock(&process->lock);
	scheduler_use_space(process->space);
}

/* Resets what a thread does not keep from its old program. */
static void reset_task(const struct exec *exec)
{
	const struct exec_image *first;
	struct task *task = current;

	memcpy(task->name, task->process->name, sizeof(task->name));
	task->signal_stack = (stack_t){ .ss_flags = SS_DISABLE };
	first = exec->interpreter.file ? &exec->interpreter : &exec->program;
	frame_init_user(task_frame(task), first->elf.entry + first->bias, exec->stack.pointer);
}

/* The caller's own, or what the program's set-user-id and the like make of them. 0 or -ENOMEM. */
static int build_credentials(struct exec *exec)
{
	struct inode *program = exec->program.file->inode;
	struct credentials *old = current->credentials, model;

	exec->readable = permission(program, R_OK) == 0;
	exec->strings.secure = credentials_for_exec(program, &model);
	if (!credentials_differ(&model, old))
		exec->credentials = credentials_get(old);
	else
		exec->credentials = credentials_create(&model);
	return exec->credentials ? 0 : -ENOMEM;
}

static bool is_shared(const struct file_table *files)
{
	return atomic_load(&files->count) > 1;
}

/*
 * A descriptor table that no other process shares or can come to share: as long as there are other
 * threads, one of them may share the process's own with a new process. NULL: no memory.
 */
static struct file_table *own_files(struct process *process)
{
	if (is_shared(process->files) || !is_single_thread(process))
		return file_table_clone(process->files);
	return file_table_get(process->files);
}

/* The other threads have ended. If none of them shared the process's own table, that is kept. */
static void keep_files(struct exec *exec, struct process *process)
{
	if (exec->files == process->files || is_shared(process->files))
		return;
	file_table_put(exec->files);
	exec->files = file_table_get(process->files);
}

static int commit(struct exec *exec)
{
	struct process *process = current->process;
	int error;

	/* Under the lock: another thread may change the actions, and drop these. */
	spin_lock(&process->lock);
	exec->actions = signal_actions_cleared(process->actions);
	spin_unlock(&process->lock);
	if (!exec->actions)
		return -ENOMEM;
	exec->files = own_files(process);
	if (!exec->files)
		return -ENOMEM;
	/* A thread may have shared the directories since is_confined() looked. */
	if (exec->strings.secure)
		exec->fs = fs_context_clone(process->fs);
	if (exec->strings.secure && !exec->fs)
		return -ENOMEM;
	error = become_single_thread(process);
	if (error)
		return error;
	keep_files(exec, process);
	futex_leave_program(current);
	replace(exec);
	vfork_release(process);
	file_table_close_on_exec(process->files);
	reset_task(exec);
	return 0;
}

/* A program gets at least one argument, if only an empty one, as on Linux. */
static int take_arguments(struct exec_strings *strings, const struct string_list *arguments)
{
	static const char *const nothing[] = { NULL };
	static const struct string_list none = { .kernel = nothing };
	u64 first;
	int error = string_list_get(arguments, 0, &first);

	strings->arguments = arguments;
	if (!error && !first) {
		strings->arguments = &none;
		insert_front(strings, "");
	}
	return error;
}

int process_exec(struct dentry *program, const char *path, bool lost,
	const struct string_list *arguments, const struct string_list *environment)
{
	struct exec *exec = kmalloc(sizeof(*exec));
	int error;

	if (!exec) {
		if (!is_error(program))
			dentry_put(program);
		return -ENOMEM;
	}
	memset(exec, 0, offsetof(struct exec, program));
	exec_image_clear(&exec->program);
	exec_image_clear(&exec->interpreter);
	exec->strings.path = path;
	exec->strings.environment = environment;
	error = take_arguments(&exec->strings, arguments);
	if (!error)
		error = resolve(exec, program, path, lost);
	else if (!is_error(program))
		dentry_put(program);
	if (!error)
		error = exec_image_read(&exec->program);
	if (!error)
		error = resolve_interpreter(exec);
	if (!error)
		error = build_credentials(exec);
	if (!error)
		error = build_space(exec);
	if (!error)
		error = commit(exec);

	/* What was built in vain, or what the old program has left. */
	space_put(exec->space);
	file_table_put(exec->files);
	fs_context_put(exec->fs);
	signal_actions_put(exec->actions);
	credentials_put(exec->credentials);
	file_put(exec->program.file);
	file_put(exec->interpreter.file);
	kfree(exec);
	return error;
}
