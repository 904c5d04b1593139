/*
 * Runs trees. What must not change the shell runs in a forked child: programs, the parts of a
 * pipeline, ( ), and background commands.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "usr/sh/sh.h"

#define STATUS_NOT_EXECUTABLE 126
#define STATUS_NOT_FOUND      127
#define STATUS_INTERRUPTED    130

struct shell shell = { .name = "sh" };

/* The first word that is not NAME=VALUE. */
static const struct word *skip_assignments(const struct word *words)
{
	while (words && is_assignment(words->text))
		words = words->next;
	return words;
}

static _Noreturn void execute_program(const struct word *words, char **argv)
{
	for (; words && is_assignment(words->text); words = words->next) {
		assign(words->text);
		variable_export(arena_copy(words->text, variable_name_length(words->text)));
	}
	execvp(argv[0], argv);
	if (errno == ENOEXEC) { /* a script without #! */
		shell.name = argv[0];
		shell.arguments = argv + 1;
		for (shell.argument_count = 0; argv[shell.argument_count + 1];)
			shell.argument_count++;
		exit(run_file(argv[0]));
	}
	if (errno != ENOENT) {
		warn("%s", argv[0]);
		_exit(STATUS_NOT_EXECUTABLE);
	}
	warnx("%s: not found", argv[0]);
	_exit(STATUS_NOT_FOUND);
}

static int count(char **argv)
{
	int number = 0;

	while (argv[number])
		number++;
	return number;
}

static int run_builtin(builtin_t builtin, const struct node *node, char **argv)
{
	struct saved_fds saved = { 0 };
	int status = 1;

	if (redirect(node->redirections, &saved) == 0)
		status = builtin(count(argv), argv);
	if (fflush(stdout) < 0 && status == 0)
		status = 1;
	restore_fds(&saved);
	return status;
}

/* exec: the shell becomes the program or, without one, keeps the redirections. */
static int run_exec(const struct node *node, char **argv)
{
	if (redirect(node->redirections, NULL) < 0)
		return 1;
	if (argv[1])
		execute_program(NULL, argv + 1);
	return 0;
}

static int execute_assignments(const struct node *node)
{
	struct saved_fds saved = { 0 };
	int status = 0;

	shell.substitution_status = 0;
	for (const struct word *word = node->words; word; word = word->next)
		assign(word->text);
	if (redirect(node->redirections, &saved) < 0)
		status = 1;
	restore_fds(&saved);
	return status ? status : shell.substitution_status;
}

/* in_child: this process was forked for the command, so that a program can replace it. */
static int execute_command(const struct node *node, bool in_child)
{
	const struct word *words = skip_assignments(node->words);
	struct job job = { 0 };
	builtin_t builtin;
	char **argv;

	if (!words)
		return execute_assignments(node);
	shell.substitution_status = 0;
	argv = expand_words(words);
	if (shell.interrupted)
		return STATUS_INTERRUPTED;
	if (!argv[0])
		return shell.substitution_status;
	if (strcmp(argv[0], "exec") == 0)
		return run_exec(node, argv);
	builtin = find_builtin(argv[0]);
	if (builtin)
		return run_builtin(builtin, node, argv);

	switch (in_child ? 0 : job_fork(&job)) {
	case -1:
		return 1;
	case 0:
		if (redirect(node->redirections, NULL) < 0)
			_exit(1);
		execute_program(node->words, argv);
	default:
		return job_wait(&job);
	}
}

/* Called in a process that was forked for the node. */
static _Noreturn void execute_in_child(const struct node *node)
{
	exit(node->kind == NODE_COMMAND ? execute_command(node, true) : execute(node));
}

/* One end of a pipe becomes a standard descriptor. */
static void attach(int fd, int standard)
{
	if (fd < 0 || fd == standard)
		return;
	dup2(fd, standard);
	close(fd);
}

static int execute_pipeline(const struct node *node)
{
	struct job job = { 0 };
	int input = -1, status;
	pid_t child = 0;

	for (; node; node = node->kind == NODE_PIPE ? node->right : NULL) {
		const struct node *command = node->kind == NODE_PIPE ? node->left : node;
		int ends[2] = { -1, -1 };

		if (node->kind == NODE_PIPE && pipe2(ends, O_CLOEXEC) < 0) {
			warn("pipe");
			child = -1;
			break;
		}
		child = job_fork(&job);
		if (child == 0) {
			attach(input, STDIN_FILENO);
			attach(ends[1], STDOUT_FILENO);
			execute_in_child(command);
		}
		if (input >= 0)
			close(input);
		if (ends[1] >= 0)
			close(ends[1]);
		input = ends[0];
		if (child < 0)
			break;
	}
	if (input >= 0)
		close(input);
	status = job_wait(&job);
	return child < 0 ? 1 : status;
}

static int execute_background(const struct node *node)
{
	struct job job = { .background = true };
	pid_t child = job_fork(&job);

	if (child == 0)
		execute_in_child(node->left);
	if (child < 0)
		return 1;
	shell.last_background = child;
	if (shell.interactive)
		fprintf(stderr, "[%d]\n", child);
	return 0;
}

static int execute_subshell(const struct node *node)
{
	struct job job = { 0 };
	pid_t child = job_fork(&job);

	if (child == 0) {
		if (redirect(node->redirections, NULL) < 0)
			_exit(1);
		exit(execute(node->left));
	}
	return child < 0 ? 1 : job_wait(&job);
}

/* Called after each turn of a loop: whether there is another one. */
static bool loop_goes_on(void)
{
	if (!shell.loops_to_leave)
		return !leaving();
	if (--shell.loops_to_leave > 0 || !shell.continuing)
		return false;
	shell.continuing = false;
	return true;
}

static int execute_while(const struct node *node)
{
	int status = 0;

	for (;;) {
		int condition = execute(node->left);

		if (leaving() || (condition == 0) != (node->kind == NODE_WHILE))
			return status;
		status = execute(node->right);
		if (!loop_goes_on())
			return status;
	}
}

static int execute_for(const struct node *node)
{
	char **values = expand_words(node->words);
	int status = 0;

	for (; *values; values++) {
		variable_set(node->name, *values);
		status = execute(node->right);
		if (!loop_goes_on())
			break;
	}
	return status;
}

/* Executes a node, except for the redirections of a compound command. */
static int execute_inner(const struct node *node)
{
	int status;

	switch (node->kind) {
	case NODE_COMMAND:
		return execute_command(node, false);
	case NODE_PIPE:
		return execute_pipeline(node);
	case NODE_BACKGROUND:
		return execute_background(node);
	case NODE_SUBSHELL:
		return execute_subshell(node);
	case NODE_NOT:
		return !execute(node->left);
	case NODE_GROUP:
		return execute(node->left);
	case NODE_AND:
		status = execute(node->left);
		return status == 0 && !leaving() ? execute(node->right) : status;
	case NODE_OR:
		status = execute(node->left);
		return status != 0 && !leaving() ? execute(node->right) : status;
	case NODE_SEQUENCE:
		status = execute(node->left);
		return leaving() ? status : execute(node->right);
	case NODE_IF:
		status = execute(node->left);
		if (leaving())
			return status;
		return execute(status == 0 ? node->right : node->other);
	default:
		shell.loops++;
		status = node->kind == NODE_FOR ? execute_for(node) : execute_while(node);
		shell.loops--;
		return status;
	}
}

int execute(const struct node *node)
{
	struct arena_mark mark = arena_mark();
	struct saved_fds saved = { 0 };
	bool redirected;

	if (!node)
		return 0;
	redirected =
		node->redirections && node->kind != NODE_COMMAND && node->kind != NODE_SUBSHELL;
	if (redirected && redirect(node->redirections, &saved) < 0)
		shell.status = 1;
	else
		shell.status = execute_inner(node);
	if (redirected)
		restore_fds(&saved);
	arena_release(mark);
	return shell.status;
}

/* $( ) */
char *command_output(const char *text)
{
	struct text output = { 0 };
	struct job job = { 0 };
	char buffer[512];
	ssize_t length;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0) {
		warn("pipe");
		return "";
	}
	if (job_fork(&job) == 0) {
		attach(ends[1], STDOUT_FILENO);
		exit(run_string(text));
	}
	close(ends[1]);
	while ((length = read(ends[0], buffer, sizeof(buffer))) > 0)
		for (ssize_t i = 0; i < length; i++)
			text_add(&output, buffer[i]);
	close(ends[0]);
	shell.substitution_status = job_wait(&job);
	while (output.length && output.bytes[output.length - 1] == '\n')
		output.bytes[--output.length] = '\0';
	return output.length ? output.bytes : "";
}
