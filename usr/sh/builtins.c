/*
 * Commands that change the shell itself, so that no child could run them.
 */
#include <ctype.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "usr/sh/sh.h"

static int builtin_cd(int argc, char **argv)
{
	const char *path = argc > 1 ? argv[1] : variable_get("HOME");

	if (chdir(path ? path : "/") == 0)
		return 0;
	warn("cd: %s", path);
	return 1;
}

static int builtin_exit(int argc, char **argv)
{
	shell.exiting = true;
	return argc > 1 ? atoi(argv[1]) & 0xff : shell.status;
}

static int builtin_export(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		size_t length = variable_name_length(argv[i]);
		const char *name = arena_copy(argv[i], length);

		if (!length || (argv[i][length] && argv[i][length] != '=')) {
			warnx("export: %s: not a name", argv[i]);
			return 1;
		}
		if (argv[i][length] == '=')
			variable_set(name, argv[i] + length + 1);
		variable_export(name);
	}
	for (char **entry = environ; argc == 1 && *entry; entry++)
		printf("export %s\n", *entry);
	return 0;
}

static int builtin_unset(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		variable_unset(argv[i]);
	return 0;
}

/* A backslash is never special, with or without -r. */
static int builtin_read(int argc, char **argv)
{
	int first = argc > 1 && strcmp(argv[1], "-r") == 0 ? 2 : 1;
	struct text line = { 0 };
	char *rest, byte = 0;

	while (read(STDIN_FILENO, &byte, 1) == 1 && byte != '\n')
		text_add(&line, byte);
	while (line.length && isblank(line.bytes[line.length - 1]))
		line.bytes[--line.length] = '\0';
	rest = line.length ? line.bytes : "";
	for (int i = first; i < argc; i++) {
		size_t length;

		rest += strspn(rest, " \t");
		length = i + 1 < argc ? strcspn(rest, " \t") : strlen(rest);
		variable_set(argv[i], arena_copy(rest, length));
		rest += length;
	}
	return byte != '\n';
}

static int builtin_shift(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 1;

	if (count < 0 || count > shell.argument_count)
		return 1;
	shell.arguments += count;
	shell.argument_count -= count;
	return 0;
}

static int builtin_break(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 1;

	if (count < 1) {
		warnx("%s: %s: not a number of loops", argv[0], argv[1]);
		count = shell.loops;
	}
	shell.loops_to_leave = count < shell.loops ? count : shell.loops;
	shell.continuing = strcmp(argv[0], "continue") == 0;
	return 0;
}

/* Without arguments, waits for every child. */
static int builtin_wait(int argc, char **argv)
{
	int wait_status = 0;

	while (argc == 1 && wait(&wait_status) > 0)
		;
	if (argc == 1)
		return 0;
	for (int i = 1; i < argc; i++)
		if (waitpid(atoi(argv[i]), &wait_status, 0) < 0)
			return 127;
	return status_of(wait_status);
}

static int builtin_source(int argc, char **argv)
{
	return argc > 1 ? run_file(argv[1]) : 1;
}

static int builtin_eval(int argc, char **argv)
{
	struct text text = { 0 };

	for (int i = 1; i < argc; i++) {
		text_add_string(&text, argv[i]);
		text_add(&text, ' ');
	}
	return text.length ? run_string(text.bytes) : 0;
}

static int builtin_fg(int argc, char **argv)
{
	(void)argc;
	return job_continue(strcmp(argv[0], "bg") == 0);
}

static int builtin_history(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	history_print();
	return 0;
}

static int builtin_colon(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

static int builtin_help(int argc, char **argv);

static const struct {
	const char *name;
	builtin_t run;
	const char *usage;
} builtins[] = {
	{ ".", builtin_source, "FILE: runs the commands in a file, here" },
	{ ":", builtin_colon, "does nothing" },
	{ "[", builtin_test, "EXPRESSION ]: see test" },
	{ "bg", builtin_fg, "continues the stopped job in the background" },
	{ "break", builtin_break, "[N]: leaves N loops" },
	{ "cd", builtin_cd, "[DIRECTORY]: changes the working directory" },
	{ "continue", builtin_break, "[N]: goes on with the next turn of the N-th loop" },
	{ "eval", builtin_eval, "[WORD…]: runs its arguments as a command" },
	{ "exit", builtin_exit, "[STATUS]: ends the shell" },
	{ "export", builtin_export, "[NAME[=VALUE]…]: puts variables into the environment" },
	{ "fg", builtin_fg, "continues the stopped job" },
	{ "help", builtin_help, "shows this" },
	{ "history", builtin_history, "shows the lines typed so far" },
	{ "read", builtin_read, "[-r] NAME…: reads a line into variables" },
	{ "shift", builtin_shift, "[N]: drops the first N arguments" },
	{ "test", builtin_test, "-e|-f|-d|-s|-n|-z WORD | A =|!=|-eq|-lt|… B: compares" },
	{ "unset", builtin_unset, "NAME…: forgets variables" },
	{ "wait", builtin_wait, "[PID…]: waits for background commands" },
};

#define BUILTIN_COUNT (sizeof(builtins) / sizeof(builtins[0]))

static int builtin_help(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	for (size_t i = 0; i < BUILTIN_COUNT; i++)
		printf("%-9s %s\n", builtins[i].name, builtins[i].usage);
	puts("exec      [COMMAND…]: becomes the command; or keeps its redirections");
	puts("All other commands are programs in the folders of $PATH.");
	return 0;
}

builtin_t find_builtin(const char *name)
{
	for (size_t i = 0; i < BUILTIN_COUNT; i++)
		if (strcmp(builtins[i].name, name) == 0)
			return builtins[i].run;
	return NULL;
}
