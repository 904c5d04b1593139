/*
 * execve(2): scripts, ELF images, and the step from one program to the next.
 *
 * The new address space is built completely beside the old one. Only when nothing can fail any
 * more are the other threads ended and the old space let go.
 */
#include "proc/exec.h"

#include "fs/file.h"
#include "fs/file_table.h"
#include "lib/elf.h"
#include "lib/error.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "mm/space.h"
#include "mm/uaccess.h"
#include "proc/exec_stack.h"
#include "proc/exit.h"
#include "proc/pid.h"
#include "proc/schedule.h"
#include "proc/signal.h"
#include "proc/vdso.h"

#define FIRST_LINE_SIZE 256 /* of a script, as on Linux */

/* Where position-independent programs go: two thirds up, out of the way of heap and mappings. */
#define RELOCATABLE_BASE (USER_END / 3 * 2)

#define EXECUTABLE_BY_ANYONE (S_IXUSR | S_IXGRP | S_IXOTH)

/* All that one exec needs, in one allocation. */
struct exec {
	struct exec_strings strings;
	struct file *file;
	u64 bias;
	struct space *space;
	/* What is to take the old program's place; then what it has left, until it is let go. */
	struct signal_actions *actions;
	struct file_table *files;
	u32 levels;
	/* Not cleared at first, from here on. */
	struct elf_image image;
	struct exec_stack stack;
	char line[EXEC_SCRIPT_LEVELS][FIRST_LINE_SIZE + 1];
};

static struct file *open_executable(const char *path)
{
	struct file *file = file_open(current->process->fs, NULL, path, O_RDONLY, 0);

	if (is_error(file))
		return file;
	if (S_ISREG(file->inode->mode) && (file->inode->mode & EXECUTABLE_BY_ANYONE))
		return file;
	file_put(file);
	return error_pointer(-EACCES);
}

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
 * The result is the interpreter, NULL: there is none.
 */
static const char *take_script(struct exec *exec, char *line, const char *path)
{
	char *interpreter = skip_blanks(line + 2), *argument, *end;

	end = strchr(line, '\n');
	if (end)
		*end = '\0';
	else
		end = line + strlen(line);
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

/* Opens what is to run in the end: of a script, the interpreter. */
static int resolve(struct exec *exec, const char *path)
{
	for (;;) {
		struct file *file = open_executable(path);
		ssize_t size;
		char *line;

		if (is_error(file))
			return pointer_error(file);
		if (exec->levels == EXEC_SCRIPT_LEVELS) {
			file_put(file);
			return -ELOOP;
		}
		line = exec->line[exec->levels++];
		size = file_read_kernel(file, line, FIRST_LINE_SIZE, 0);
		if (size >= 2 && line[0] == '#' && line[1] == '!') {
			line[size] = '\0';
			path = take_script(exec, line, path);
			file_put(file);
			if (!path)
				return -ENOEXEC;
			continue;
		}
		exec->file = file;
		return size < 0 ? (int)size : 0;
	}
}

/* Images */

static int read_image(struct exec *exec)
{
	Elf64_Phdr program_header[ELF_SEGMENTS_MAX * 2];
	Elf64_Ehdr header;
	ssize_t size = file_read_kernel(exec->file, &header, sizeof(header), 0);
	size_t headers_size;
	int error;

	if (size < 0)
		return (int)size;
	if (size < (ssize_t)sizeof(header))
		return -ENOEXEC;
	error = elf_check_header(&header);
	if (error)
		return error;
	headers_size = elf_program_headers_size(&header);
	if (headers_size > sizeof(program_header))
		return -ENOEXEC;
	size = file_read_kernel(exec->file, program_header, headers_size, (s64)header.e_phoff);
	if (size < 0)
		return (int)size;
	if (size < (ssize_t)headers_size)
		return -ENOEXEC;
	return elf_read_image(&header, program_header, inode_size(exec->file->inode),
		STACK_END - STACK_LIMIT, &exec->image);
}

static u32 region_flags(const struct elf_segment *segment)
{
	u32 flags = 0;

	if (segment->flags & PF_R)
		flags |= REGION_READ;
	if (segment->flags & PF_W)
		flags |= REGION_READ | REGION_WRITE; /* there is no writing without reading */
	if (segment->flags & PF_X)
		flags |= REGION_EXECUTE;
	return flags;
}

/* The pages that hold bytes of the file. */
static int map_file_pages(struct exec *exec, const struct elf_segment *segment, u64 start, u64 end)
{
	struct region model = {
		.start = start,
		.end = end,
		.flags = region_flags(segment),
		.offset = segment->file_offset >> PAGE_SHIFT,
	};
	s64 result = file_map(exec->file, &model);

	if (result)
		return (int)result;
	result = space_map(exec->space, &model, MAP_EXACT);
	file_map_done(&model);
	return result < 0 ? (int)result : 0;
}

static int map_zero_pages(struct exec *exec, const struct elf_segment *segment, u64 start, u64 end)
{
	const struct region model = {
		.start = start,
		.end = end,
		.flags = region_flags(segment),
	};
	s64 result = space_map(exec->space, &model, MAP_EXACT);

	return result < 0 ? (int)result : 0;
}

/* What lies in memory but not in the file reads as zeroes: the end of a page, then whole pages. */
static int map_segment(struct exec *exec, const struct elf_segment *segment)
{
	u64 start = segment->address + exec->bias;
	u64 file_end = start + segment->file_size, end = start + segment->memory_size;
	u64 middle = align_up(file_end, PAGE_SIZE);
	int error;

	if (segment->file_size) {
		error = map_file_pages(exec, segment, align_down(start, PAGE_SIZE), middle);
		if (error)
			return error;
		if (end > file_end && (segment->flags & PF_W)) {
			error = clear_user(exec->space, UADDR(file_end),
				min(end, middle) - file_end);
			if (error)
				return error;
		}
	} else {
		middle = align_down(start, PAGE_SIZE);
	}
	if (end <= middle)
		return 0;
	return map_zero_pages(exec, segment, middle, align_up(end, PAGE_SIZE));
}

static void set_heap(struct space *space, u64 address)
{
	write_lock(&space->lock);
	space->brk_start = address;
	space->brk = address;
	write_unlock(&space->lock);
}

static int build_space(struct exec *exec)
{
	struct elf_image *image = &exec->image;
	int error;

	exec->space = space_create();
	if (!exec->space)
		return -ENOMEM;
	if (image->relocatable)
		exec->bias = align_down(RELOCATABLE_BASE, image->alignment) - image->start;
	for (u32 i = 0; i < image->segments; i++) {
		error = map_segment(exec, &image->segment[i]);
		if (error)
			return error;
	}
	set_heap(exec->space, image->end + exec->bias);
	error = vdso_map(exec->space);
	if (error)
		return error;
	return exec_stack_build(exec->space, &exec->strings, image, exec->bias, &exec->stack);
}

/* The point of no return */

/* The other threads end; the caller becomes the first one. -EINTR: the process ends already. */
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
		if (process->thread_count == 1)
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
	process->execing = NULL;
	process->stopping = false;
	process->executed = true;
	spin_unlock(&process->lock);
	spin_unlock(&family_lock);
	return 0;
}

static const char *last_component(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Puts what was built in the place of what was. On return, `exec` holds what is to be let go. */
static void replace(struct exec *exec)
{
	struct process *process = current->process;
	struct space *space = process->space;
	struct file_table *files = process->files;
	struct signal_actions *actions = process->actions;
	struct file *executable = process->executable;

	spin_lock(&process->lock);
	process->space = exec->space;
	process->files = exec->files;
	process->actions = exec->actions;
	process->executable = exec->file;
	process->argument_start = exec->stack.argument_start;
	process->argument_end = exec->stack.argument_end;
	process->environment_start = exec->stack.environment_start;
	process->environment_end = exec->stack.environment_end;
	strlcpy(process->name, last_component(exec->strings.path), sizeof(process->name));
	spin_unlock(&process->lock);
	scheduler_use_space(exec->space);

	exec->space = space;
	exec->files = files;
	exec->actions = actions;
	exec->file = executable;
}

/* What of a thread does not outlive its program. */
static void reset_task(const struct exec *exec)
{
	struct task *task = current;

	memcpy(task->name, task->process->name, sizeof(task->name));
	task->signal_stack = (stack_t){ .ss_flags = SS_DISABLE };
	task->clear_child_tid = 0;
	task->robust_list = 0;
	frame_init_user(task_frame(task), exec->image.entry + exec->bias, exec->stack.pointer);
	atomic_fetch_or(&this_hart()->work, WORK_FRAME);
}

/* A table of descriptors that is no other process's. NULL: no memory. */
static struct file_table *own_files(struct process *process)
{
	if (atomic_load(&process->files->count) > 1)
		return file_table_clone(process->files);
	file_table_get(process->files);
	return process->files;
}

static int commit(struct exec *exec)
{
	struct process *process = current->process;
	int error;

	exec->actions = signal_actions_after_exec(process->actions);
	if (!exec->actions)
		return -ENOMEM;
	exec->files = own_files(process);
	if (!exec->files)
		return -ENOMEM;
	error = become_single_thread(process);
	if (error)
		return error;
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

int process_exec(const char *path, const struct string_list *arguments,
	const struct string_list *environment)
{
	struct exec *exec = kmalloc(sizeof(*exec));
	int error;

	if (!exec)
		return -ENOMEM;
	memset(exec, 0, offsetof(struct exec, image));
	exec->strings.path = path;
	exec->strings.environment = environment;
	error = take_arguments(&exec->strings, arguments);
	if (!error)
		error = resolve(exec, path);
	if (!error)
		error = read_image(exec);
	if (!error)
		error = build_space(exec);
	if (!error)
		error = commit(exec);

	/* What was built in vain, or what the old program has left. */
	if (exec->space)
		space_put(exec->space);
	if (exec->files)
		file_table_put(exec->files);
	if (exec->actions)
		signal_actions_put(exec->actions);
	if (exec->file)
		file_put(exec->file);
	kfree(exec);
	return error;
}
