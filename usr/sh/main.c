/*
 * sh: the shell. Commands come from the terminal, with line editing; from standard input; from
 * a file, sh FILE [ARGUMENT…]; or from a string, sh -c COMMANDS [NAME [ARGUMENT…]].
 */
#include <err.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "usr/sh/sh.h"

/* A line with its newline, in the arena; NULL at the end. */
typedef const char *(*read_line_t)(void *source, bool first);

static const char *line_from_terminal(void *source, bool first)
{
	char directory[PATH_MAX], prompt[PATH_MAX + 16];
	struct text text = { 0 };
	const char *line;

	(void)source;
	if (first)
		jobs_report_finished();
	if (!getcwd(directory, sizeof(directory)))
		strcpy(directory, "?");
	snprintf(prompt, sizeof(prompt), "cowslip:%s%s ", directory, getuid() ? "$" : "#");
	line = edit_line(first ? prompt : "> ");
	if (!line)
		return NULL;
	text_add_string(&text, line);
	text_add(&text, '\n');
	return text.bytes;
}

/* Byte by byte: what follows the line may be input for the command. */
static const char *line_from_input(void *source, bool first)
{
	struct text text = { 0 };
	char byte;

	(void)source;
	(void)first;
	while (read(STDIN_FILENO, &byte, 1) == 1) {
		text_add(&text, byte);
		if (byte == '\n')
			break;
	}
	return text.bytes;
}

static const char *line_from_file(void *source, bool first)
{
	char *line = NULL;
	const char *copy;
	size_t size;

	(void)first;
	if (getline(&line, &size, source) < 0)
		return NULL;
	copy = arena_copy(line, strlen(line));
	free(line);
	return copy;
}

/* Collects lines until they form complete commands, and runs those. */
static int run_lines(read_line_t read_line, void *source)
{
	int status = 0;

	while (!leaving()) {
		struct arena_mark mark = arena_mark(), before;
		enum parse_result result = PARSE_INCOMPLETE;
		struct text text = { 0 };
		struct node *tree = NULL;

		while (result == PARSE_INCOMPLETE) {
			const char *line = read_line(source, !text.length);

			if (shell.interrupted || (!line && !text.length))
				return status;
			if (!line) {
				warnx("the end came too early");
				shell.interrupted = shell.interactive;
				return 2;
			}
			text_add_string(&text, line);
			before = arena_mark();
			result = parse(text.bytes, &tree);
			if (result == PARSE_INCOMPLETE)
				arena_release(before);
		}
		if (result == PARSE_ERROR) {
			shell.interrupted = shell.interactive;
			return shell.status = 2;
		}
		if (tree)
			status = execute(tree);
		arena_release(mark);
	}
	return status;
}

int run_string(const char *text)
{
	struct node *tree;

	switch (parse(text, &tree)) {
	case PARSE_INCOMPLETE:
		warnx("the end came too early");
		return 2;
	case PARSE_ERROR:
		return 2;
	default:
		return execute(tree);
	}
}

int run_file(const char *path)
{
	FILE *file = NULL;
	int status, hidden, fd = open(path, O_RDONLY | O_CLOEXEC);

	/* Above the descriptors that the script may want for itself. */
	if (fd >= 0) {
		hidden = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_HIDDEN_FD);
		close(fd);
		file = hidden < 0 ? NULL : fdopen(hidden, "r");
	}
	if (!file) {
		warn("%s", path);
		return 127;
	}
	status = run_lines(line_from_file, file);
	if (ferror(file)) {
		warnx("%s: cannot be read", path);
		status = 127;
	}
	fclose(file);
	return status;
}

static void set_arguments(int argc, char **argv)
{
	shell.name = argv[0];
	shell.arguments = argv + 1;
	shell.argument_count = argc - 1;
}

int main(int argc, char **argv)
{
	int status;

	shell.pid = getpid();
	if (argc > 2 && strcmp(argv[1], "-c") == 0) {
		if (argc > 3)
			set_arguments(argc - 3, argv + 3);
		return run_string(argv[2]);
	}
	if (argc > 1) {
		set_arguments(argc - 1, argv + 1);
		return run_file(argv[1]);
	}
	if (!isatty(STDIN_FILENO))
		return run_lines(line_from_input, NULL);
	shell.interactive = true;
	jobs_start();
	do {
		struct arena_mark mark = arena_mark();

		shell.interrupted = false;
		status = run_lines(line_from_terminal, NULL);
		arena_release(mark);
	} while (shell.interrupted && !shell.exiting);
	return status;
}
