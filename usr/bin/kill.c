/*
 * kill [-SIGNAL] PID…: sends a signal (TERM) to processes; a negative PID names a group.
 * kill -l lists the signals. SIGNAL is a name, with or without SIG, or a number.
 */
#include <ctype.h>
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "usr/bin/tool.h"

static int parse_signal(const char *text)
{
	if (isdigit(*text))
		return atoi(text);
	if (strncmp(text, "SIG", 3) == 0)
		text += 3;
	for (int number = 1; number < NSIG; number++) {
		const char *name = sigabbrev_np(number);

		if (name && strcmp(name, text) == 0)
			return number;
	}
	errx(EXIT_FAILURE, "unknown signal %s", text);
}

static int list_signals(void)
{
	for (int number = 1; number < NSIG; number++)
		if (sigabbrev_np(number))
			printf("%2d %-6s %s\n", number, sigabbrev_np(number), strsignal(number));
	return output_status(0, 1);
}

int main(int argc, char **argv)
{
	int number = SIGTERM, status = 0, i = 1;

	if (argc == 2 && strcmp(argv[1], "-l") == 0)
		return list_signals();
	if (argc > 2 && strcmp(argv[1], "-s") == 0) {
		number = parse_signal(argv[2]);
		i = 3;
	} else if (argc > 1 && argv[1][0] == '-' && strcmp(argv[1], "--") != 0) {
		number = parse_signal(argv[1] + 1);
		i = 2;
	}
	if (i < argc && strcmp(argv[i], "--") == 0)
		i++;
	if (i == argc)
		errx(EXIT_FAILURE, "usage: kill [-SIGNAL] PID… | kill -l");
	for (; i < argc; i++) {
		char *end;
		long pid = strtol(argv[i], &end, 10);

		if (*end || end == argv[i] || pid != (pid_t)pid)
			errx(EXIT_FAILURE, "%s is not a process id", argv[i]);
		if (kill((pid_t)pid, number) < 0) {
			warn("%s", argv[i]);
			status = 1;
		}
	}
	return status;
}
